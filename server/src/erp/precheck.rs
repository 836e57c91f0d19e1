//! The pre-check: what the cashier prints or shows, with the QR code of exactly the payment link.
//!
//! The page carries its styles and its script in itself, under a nonce: a till that fetched it by token prints it as it
//! is. As soon as the order does not wait for a payment any more, the QR code gives way to what became of it.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono_tz::Tz;
use domain::{
    locale::Locale,
    order::{Order, Reason, Status},
    refusal::{PaymentRefusal, Refusal, RequestError},
    texts,
    view::ErrorBody,
};
use rand::RngCore;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Shared,
    day::{MOSCOW, local},
    orders::order,
    reader::Reader,
    refused::Refused,
};
use crate::qr::{QrPicture, USUAL_SCALE, escape};

const STYLE: &str = include_str!("precheck.css");
const SCRIPT: &str = include_str!("precheck.js");
/// Side of a module on paper: what phones read from a thermal print.
const MODULE_TENTHS_MM: usize = 6;
/// Least side of the whole code on paper.
const LEAST_TENTHS_MM: usize = 300;

/// How the page behaves.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Printing {
    /// `no`: the print dialog does not open by itself.
    print: Option<String>,
}

/// The pre-check as a page for 80 mm paper and for the screen
///
/// Opens the print dialog by itself. Once the order is paid, cancelled, changed or expired the page says so in place of
/// the QR code.
#[utoipa::path(get, path = "/orders/{id}/precheck", tag = "pre-check",
    params(("id" = String, Path), Printing), responses(
    (status = 200, description = "The page", content_type = "text/html"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn page(
    State(till): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
    printing: Result<Query<Printing>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let Query(printing) = printing.map_err(|error| RequestError::Malformed { problem: error.body_text() })?;
    let order = order(&till, &id).await?;
    let next = successor(&till, &order).await?;
    let zone = till.catalogue.snapshot().get(&order.station.id).map_or(MOSCOW, |entry| entry.hours.zone());
    let slip = Slip { order: &order, next, locale, zone, prints: printing.print.as_deref() != Some("no") };
    let nonce = nonce();
    let html = slip.html(&nonce)?;
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The QR code of the payment link as a drawing
#[utoipa::path(get, path = "/orders/{id}/qr.svg", tag = "pre-check", params(("id" = String, Path)), responses(
    (status = 200, description = "SVG: byte mode, error correction M, quiet zone 4", content_type = "image/svg+xml"),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: there is nothing to pay any more", body = ErrorBody),
))]
pub async fn svg(
    State(till): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let order = order(&till, &id).await?;
    let svg = code(&order)?.svg(&label(&order, locale));
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// The QR code of the payment link as a picture
#[utoipa::path(get, path = "/orders/{id}/qr.png", tag = "pre-check", params(("id" = String, Path)), responses(
    (status = 200, description = "PNG, 8 pixels to a module", content_type = "image/png"),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: there is nothing to pay any more", body = ErrorBody),
))]
pub async fn png(State(till): State<Shared>, Path(id): Path<String>) -> Result<Response, Refused> {
    let order = order(&till, &id).await?;
    let png = code(&order)?.png(USUAL_SCALE).map_err(|error| {
        tracing::error!(%error, "a picture cannot be written");
        RequestError::Internal
    })?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// The code of a link that can be used now; a stale one is never shown.
fn code(order: &Order) -> Result<QrPicture, Refusal> {
    let link = order.invoice.as_ref().filter(|_| order.status == Status::AwaitingPayment);
    let link = link.ok_or(PaymentRefusal::NotAwaitingPayment)?;
    QrPicture::of(&link.payment_url).map_err(|error| {
        tracing::error!(order.number, %error, "the payment link does not fit into a QR code");
        RequestError::Internal.into()
    })
}

fn label(order: &Order, locale: Locale) -> String {
    match locale {
        Locale::Ru => format!("QR-код для оплаты заказа {}", order.number),
        Locale::En => format!("QR code to pay order {}", order.number),
    }
}

/// A changed composition is a new order under the next suffix: `AZS12-000451` becomes `AZS12-000451-2`, then `-3`.
async fn successor(till: &Shared, order: &Order) -> Result<Option<u32>, Refusal> {
    let Some(id) = order.external_id().filter(|_| order.status == Status::Canceled) else { return Ok(None) };
    let next = match id.rsplit_once('-').and_then(|(base, n)| Some((base, n.parse::<u32>().ok()?))) {
        Some((base, n)) if (2..1000).contains(&n) => vec![format!("{base}-{}", n + 1), format!("{id}-2")],
        _ => vec![format!("{id}-2")],
    };
    for candidate in next {
        if let Some(found) = till.orders.read.by_external_id(&candidate).await? {
            return Ok(Some(found.number));
        }
    }
    Ok(None)
}

fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// One pre-check in words.
struct Slip<'a> {
    order: &'a Order,
    /// Number of the order that stands in its place.
    next: Option<u32>,
    locale: Locale,
    zone: Tz,
    prints: bool,
}

impl Slip<'_> {
    fn html(&self, nonce: &str) -> Result<String, Refusal> {
        let (order, locale) = (self.order, self.locale);
        let payable = order.status == Status::AwaitingPayment;
        let (middle, side) = match payable {
            true => self.payable()?,
            false => (self.outcome(), LEAST_TENTHS_MM),
        };
        let station = match order.pump {
            Some(pump) => format!("{} · {} {pump}", order.station.name, locale.pick("колонка", "pump")),
            None => order.station.name.clone(),
        };
        let title = format!(
            "{} №\u{a0}{}",
            locale.pick("Пречек", "Pre-check"),
            locale.integer(i64::from(order.number))
        );
        Ok(format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title}</title><style nonce=\"{nonce}\">:root{{--qr:{whole}.{tenth}mm}}\n{STYLE}</style></head>\
             <body><main data-order=\"{id}\" data-status=\"{status}\" data-print=\"{print}\" data-expires=\"{expires}\">\
             <header><h1>{title}</h1><time>{placed}</time></header>\
             <p class=\"station\">{station}</p><p class=\"address\">{address}</p>\
             <table><tbody>{lines}</tbody><tfoot>{totals}</tfoot></table>{middle}</main>\
             <script nonce=\"{nonce}\">{SCRIPT}</script></body></html>",
            lang = locale.tag(),
            title = escape(&title),
            whole = side / 10,
            tenth = side % 10,
            id = order.id,
            status = order.status.name(),
            print = if payable && self.prints { "yes" } else { "no" },
            expires = order.expires_at.unix_timestamp(),
            placed = local(order.placed_at, self.zone).format("%d.%m.%Y %H:%M"),
            station = escape(&station),
            address = escape(&order.station.address),
            lines = self.lines(),
            totals = self.totals(),
        ))
    }

    fn lines(&self) -> String {
        let locale = self.locale;
        let rows = self.order.lines.iter().map(|line| {
            format!(
                "<tr><td>{}, {} × {}</td><td class=\"sum\">{}</td></tr>",
                escape(&line.title(locale)),
                escape(&locale.quantity(line.quantity, line.unit)),
                locale.money(line.price),
                locale.money(line.total),
            )
        });
        rows.collect()
    }

    fn totals(&self) -> String {
        let (order, locale) = (self.order, self.locale);
        format!(
            "<tr class=\"total\"><th scope=\"row\">{}</th><td class=\"sum\">{}</td></tr>\
             <tr class=\"vat\"><th scope=\"row\">{}</th><td class=\"sum\">{}</td></tr>",
            locale.pick("Итого", "Total"),
            locale.money(order.total),
            locale.pick("В т.ч. НДС", "VAT included"),
            locale.money(order.vat),
        )
    }

    /// The code, and its side on paper in tenths of a millimetre.
    fn payable(&self) -> Result<(String, usize), Refusal> {
        let (order, locale) = (self.order, self.locale);
        let code = code(order)?;
        let side = (code.side() * MODULE_TENTHS_MM).max(LEAST_TENTHS_MM);
        let until = local(order.expires_at, self.zone).format("%H:%M");
        let html = format!(
            "<figure>{}<figcaption>{}</figcaption></figure><p class=\"until\">{} · {} <b>{until}</b> \
             <span class=\"left\"></span></p><p class=\"number\">{} <b>{}</b></p>\
             <p role=\"status\" class=\"status\">{}</p>",
            code.svg(&label(order, locale)),
            locale.pick("Наведите камеру, чтобы оплатить счёт", "Point the camera to pay the invoice"),
            locale.pick("Для организаций и ИП", "For companies and sole traders"),
            locale.pick("до", "until"),
            locale.pick("Номер заказа", "Order number"),
            locale.integer(i64::from(order.number)),
            locale.pick("Ждём оплату…", "Waiting for the payment…"),
        );
        Ok((html, side))
    }

    /// What became of an order that nobody can pay any more.
    fn outcome(&self) -> String {
        let (order, locale) = (self.order, self.locale);
        let paid_at = order.history.iter().find(|step| step.status == Status::Paid);
        let (class, heading) = match (order.status, paid_at) {
            (Status::Placing, _) => {
                ("waiting", locale.pick("Счёт создаётся…", "The invoice is being made…").to_owned())
            }
            (status, Some(step)) if status.is_paid() => {
                let at = local(step.at, self.zone).format("%H:%M");
                ("paid", format!("{}, {at}", locale.pick("✓ Оплачено", "✓ Paid")))
            }
            (status, _) if status.is_paid() => ("paid", locale.pick("✓ Оплачено", "✓ Paid").to_owned()),
            (Status::Canceled, _) if self.next.is_some() => {
                ("over", locale.pick("Состав изменён", "The composition has changed").to_owned())
            }
            (Status::Canceled, _) => ("over", locale.pick("Отменён", "Cancelled").to_owned()),
            (Status::Expired, _) => ("over", locale.pick("Срок вышел", "Expired").to_owned()),
            _ => ("over", locale.pick("Не действует", "Not valid").to_owned()),
        };
        let more = match (self.next, &order.reason) {
            (Some(number), _) => Some(format!(
                "{} №\u{a0}{}. {}",
                locale.pick("Действует пречек", "Valid is pre-check"),
                locale.integer(i64::from(number)),
                locale.pick("По этому платить нельзя.", "This one cannot be paid."),
            )),
            (None, Some(Reason::CanceledByOperator | Reason::CanceledByCustomer))
                if order.settlement.payment.is_none() =>
            {
                let ru = "По этому пречеку платить нельзя.";
                Some(locale.pick(ru, "This pre-check cannot be paid.").to_owned())
            }
            (None, _) => texts::describe_order(order, locale),
        };
        format!(
            "<div role=\"status\" class=\"outcome {class}\"><p>{heading}</p>{}</div>",
            more.map(|more| format!("<p class=\"more\">{}</p>", escape(&more))).unwrap_or_default()
        )
    }
}

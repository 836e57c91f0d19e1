//! The pre-check that the cashier prints or shows, with the QR code of exactly the payment link.
//!
//! The page carries its styles and its script in itself, under a nonce: a back office that fetched it by token prints it
//! as it is. As soon as the order does not wait for a payment any more, its result replaces the QR code.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    order::{Order, Status},
    refusal::{PaymentRefusal, Refusal, RequestError},
    view::ErrorBody,
};
use rand::RngCore;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    day::MOSCOW,
    orders::order,
    precheck_page::{PrecheckPage, code_label},
};
use crate::{
    api_error::ErrorResponse,
    internal_error::internal_error,
    orders::ReadOrders,
    qr::{DEFAULT_SCALE_PX, QrPicture},
    request_locale::RequestLocale,
    stations::catalogue::Catalogue,
};

/// Query of the page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrintQuery {
    /// `no`: the print dialog does not open by itself.
    print: Option<String>,
}

/// The pre-check as a page for 80 mm paper and for the screen
///
/// Opens the print dialog by itself. Once the order is paid, cancelled, changed or expired the page says so in place of
/// the QR code.
#[utoipa::path(get, path = "/orders/{id}/precheck", tag = "pre-check",
    params(("id" = String, Path), PrintQuery), responses(
    (status = 200, description = "The page", content_type = "text/html"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn page(
    State(read): State<ReadOrders>,
    State(catalogue): State<Arc<Catalogue>>,
    RequestLocale(locale): RequestLocale,
    Path(id): Path<String>,
    print_query: Result<Query<PrintQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ErrorResponse> {
    let Query(print_query) =
        print_query.map_err(|error| RequestError::Malformed { problem: error.body_text() })?;
    let order = order(&read, &id).await?;
    let next = find_successor(&read, &order).await?;
    let zone = catalogue.snapshot().get(&order.station.id).map_or(MOSCOW, |entry| entry.hours.zone());
    let code = match order.status {
        Status::AwaitingPayment => Some(payment_code(&order)?),
        _ => None,
    };
    let prints = print_query.print.as_deref() != Some("no");
    let nonce = new_nonce();
    let page = PrecheckPage { order: &order, code, next, locale, zone, prints, nonce: &nonce };
    let html = page.render().into_string();
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
    State(read): State<ReadOrders>,
    RequestLocale(locale): RequestLocale,
    Path(id): Path<String>,
) -> Result<Response, ErrorResponse> {
    let order = order(&read, &id).await?;
    let svg = payment_code(&order)?.to_svg(&code_label(&order, locale));
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// The QR code of the payment link as a picture
#[utoipa::path(get, path = "/orders/{id}/qr.png", tag = "pre-check", params(("id" = String, Path)), responses(
    (status = 200, description = "PNG, 8 pixels to a module", content_type = "image/png"),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: there is nothing to pay any more", body = ErrorBody),
))]
pub async fn png(State(read): State<ReadOrders>, Path(id): Path<String>) -> Result<Response, ErrorResponse> {
    let order = order(&read, &id).await?;
    let png = payment_code(&order)?
        .to_png(DEFAULT_SCALE_PX)
        .map_err(internal_error("a picture cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// The code of the payment link; `NotAwaitingPayment` if the link is stale.
fn payment_code(order: &Order) -> Result<QrPicture, Refusal> {
    let link = order.invoice.as_ref().filter(|_| order.status == Status::AwaitingPayment);
    let link = link.ok_or(PaymentRefusal::NotAwaitingPayment)?;
    QrPicture::encode(&link.payment_url).map_err(|error| {
        tracing::error!(order.number, %error, "the payment link does not fit into a QR code");
        RequestError::Internal.into()
    })
}

/// Finds the order that replaces a cancelled one. A changed composition is a new order under the next suffix:
/// `AZS12-000451` becomes `AZS12-000451-2`, then `-3`.
async fn find_successor(read: &ReadOrders, order: &Order) -> Result<Option<u32>, Refusal> {
    let Some(id) = order.external_id().filter(|_| order.status == Status::Canceled) else { return Ok(None) };
    let next = match id.rsplit_once('-').and_then(|(base, n)| Some((base, n.parse::<u32>().ok()?))) {
        Some((base, n)) if (2..1000).contains(&n) => vec![format!("{base}-{}", n + 1), format!("{id}-2")],
        _ => vec![format!("{id}-2")],
    };
    for candidate in next {
        if let Some(found) = read.by_external_id(&candidate).await? {
            return Ok(Some(found.number));
        }
    }
    Ok(None)
}

fn new_nonce() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

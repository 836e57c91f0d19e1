//! The pre-check as a page.

use chrono_tz::Tz;
use domain::{
    locale::Locale,
    order::{Order, Reason, Status},
    texts,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::day::to_local;
use crate::qr::QrPicture;

const PRECHECK_STYLE: &str = include_str!("precheck.css");
const PRECHECK_SCRIPT: &str = include_str!("precheck.js");
/// Side of a module on paper, so that phones read it from a thermal print.
const MODULE_SIDE_TENTHS_MM: usize = 6;
const MIN_CODE_SIDE_TENTHS_MM: usize = 300;

/// One pre-check and how it is shown.
pub struct PrecheckPage<'a> {
    pub order: &'a Order,
    /// The payment link; `None` where nothing can be paid any more.
    pub code: Option<QrPicture>,
    /// Number of the order that replaces this one.
    pub next: Option<u32>,
    pub locale: Locale,
    pub zone: Tz,
    /// The print dialog opens by itself.
    pub prints: bool,
    /// Of the page's style and script.
    pub nonce: &'a str,
}

impl PrecheckPage<'_> {
    pub fn render(&self) -> Markup {
        let (order, locale, nonce) = (self.order, self.locale, self.nonce);
        let title = format!(
            "{} №\u{a0}{}",
            locale.pick("Пречек", "Pre-check"),
            locale.integer(i64::from(order.number))
        );
        html! {
            (DOCTYPE)
            html lang=(locale.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style nonce=(nonce) { (PreEscaped(self.style())) }
                }
                body {
                    (self.main(&title))
                    script nonce=(nonce) { (PreEscaped(PRECHECK_SCRIPT)) }
                }
            }
        }
    }

    fn main(&self, title: &str) -> Markup {
        let (order, locale) = (self.order, self.locale);
        let prints = if self.code.is_some() && self.prints { "yes" } else { "no" };
        html! {
            main data-order=(order.id) data-status=(order.status.name()) data-print=(prints)
                data-expires=(order.expires_at.unix_timestamp()) {
                header {
                    h1 { (title) }
                    time { (to_local(order.placed_at, self.zone).format("%d.%m.%Y %H:%M")) }
                }
                p class="station" {
                    (order.station.name)
                    @if let Some(pump) = order.pump { " · " (locale.pick("колонка", "pump")) " " (pump) }
                }
                p class="address" { (order.station.address) }
                table {
                    tbody { (self.lines()) }
                    tfoot { (self.totals()) }
                }
                @match &self.code {
                    Some(code) => (self.payable(code)),
                    None => (self.outcome()),
                }
            }
        }
    }

    /// The code's side on paper depends on its number of modules.
    fn style(&self) -> String {
        let side = self
            .code
            .as_ref()
            .map_or(0, |code| code.side() * MODULE_SIDE_TENTHS_MM)
            .max(MIN_CODE_SIDE_TENTHS_MM);
        format!(":root{{--qr:{}.{}mm}}\n{PRECHECK_STYLE}", side / 10, side % 10)
    }

    fn lines(&self) -> Markup {
        let locale = self.locale;
        html! {
            @for line in &self.order.lines {
                tr {
                    td {
                        (line.localized_name(locale)) ", " (locale.quantity(line.quantity, line.unit)) " × "
                        (locale.money(line.price))
                    }
                    td class="sum" { (locale.money(line.total)) }
                }
            }
        }
    }

    fn totals(&self) -> Markup {
        let (order, locale) = (self.order, self.locale);
        html! {
            tr class="total" {
                th scope="row" { (locale.pick("Итого", "Total")) }
                td class="sum" { (locale.money(order.total)) }
            }
            tr class="vat" {
                th scope="row" { (locale.pick("В т.ч. НДС", "VAT included")) }
                td class="sum" { (locale.money(order.vat)) }
            }
        }
    }

    fn payable(&self, code: &QrPicture) -> Markup {
        let (order, locale) = (self.order, self.locale);
        html! {
            figure {
                (code.to_markup(&code_label(order, locale)))
                figcaption {
                    (locale.pick("Наведите камеру, чтобы оплатить счёт", "Point the camera to pay the invoice"))
                }
            }
            p class="until" {
                (locale.pick("Для организаций и ИП", "For companies and sole traders")) " · "
                (locale.pick("до", "until")) " "
                b { (to_local(order.expires_at, self.zone).format("%H:%M")) } " "
                span class="left" {}
            }
            p class="number" {
                (locale.pick("Номер заказа", "Order number")) " "
                b { (locale.integer(i64::from(order.number))) }
            }
            p role="status" class="status" { (locale.pick("Ждём оплату…", "Waiting for the payment…")) }
        }
    }

    /// The result of an order that cannot be paid any more.
    fn outcome(&self) -> Markup {
        let (class, heading) = self.heading();
        html! {
            div role="status" class={ "outcome " (class) } {
                p { (heading) }
                @if let Some(more) = self.explanation() { p class="more" { (more) } }
            }
        }
    }

    /// CSS class and text of the result.
    fn heading(&self) -> (&'static str, String) {
        let (order, locale) = (self.order, self.locale);
        let paid = order.history.iter().find(|step| step.status == Status::Paid);
        let (class, text) = match order.status {
            Status::Placing => ("waiting", locale.pick("Счёт создаётся…", "The invoice is being made…")),
            status if status.is_paid() => ("paid", locale.pick("✓ Оплачено", "✓ Paid")),
            Status::Canceled if self.next.is_some() => {
                ("over", locale.pick("Состав изменён", "The composition has changed"))
            }
            Status::Canceled => ("over", locale.pick("Отменён", "Cancelled")),
            Status::Expired => ("over", locale.pick("Срок вышел", "Expired")),
            _ => ("over", locale.pick("Не действует", "Not valid")),
        };
        match paid {
            Some(step) if class == "paid" => {
                (class, format!("{text}, {}", to_local(step.at, self.zone).format("%H:%M")))
            }
            _ => (class, text.to_owned()),
        }
    }

    fn explanation(&self) -> Option<String> {
        let (order, locale) = (self.order, self.locale);
        if let Some(number) = self.next {
            return Some(format!(
                "{} №\u{a0}{}. {}",
                locale.pick("Действует пречек", "Valid is pre-check"),
                locale.integer(i64::from(number)),
                locale.pick("По этому платить нельзя.", "This one cannot be paid."),
            ));
        }
        let by_hand = matches!(order.reason, Some(Reason::CanceledByOperator | Reason::CanceledByCustomer));
        if by_hand && order.settlement.payment.is_none() {
            let text = locale.pick("По этому пречеку платить нельзя.", "This pre-check cannot be paid.");
            return Some(text.to_owned());
        }
        texts::describe_order(order, locale)
    }
}

/// Text alternative of the code.
pub fn code_label(order: &Order, locale: Locale) -> String {
    match locale {
        Locale::Ru => format!("QR-код для оплаты заказа {}", order.number),
        Locale::En => format!("QR code to pay order {}", order.number),
    }
}

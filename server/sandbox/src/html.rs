//! The frame and the number formats of all sandbox pages, without script and inline style.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};
use rust_decimal::{Decimal, RoundingStrategy};

/// A whole page, marked as the sandbox. `head` is added to its head.
pub fn document(title: &str, head: Option<Markup>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="ru" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                @if let Some(head) = head { (head) }
                title { (title) " — ПЕСОЧНИЦА" }
                link rel="stylesheet" href="/sandbox/pay.css";
            }
            body {
                p.sandbox { "ПЕСОЧНИЦА — деньги не списываются" }
                main { (body) }
            }
        }
    }
}

/// A refresh tag for the head of a page.
pub fn reload_after(seconds: u8) -> Markup {
    html! { meta http-equiv="refresh" content=(seconds); }
}

/// The problem with the button that was pressed.
pub fn alert(problem: &str) -> Markup {
    html! { p.status role="alert" { (problem) } }
}

/// A page that no cache keeps, since it shows the current state.
pub fn uncached(status: StatusCode, page: Markup) -> Response {
    let mut response = (status, page).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// «2 333,26 ₽» with spaces that do not break.
pub fn money(sum: Decimal, currency: &str) -> String {
    let sign = if currency == "RUB" { "₽" } else { currency };
    format!("{}\u{a0}{sign}", two_decimals(sum))
}

/// «2 333,26» with spaces that do not break.
pub fn two_decimals(value: Decimal) -> String {
    let text = format!("{:.2}", value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    format!("{grouped},{fraction}")
}

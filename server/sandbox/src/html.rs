//! What all pages of the sandbox share: no script, no inline style, everything foreign escaped.

use rust_decimal::{Decimal, RoundingStrategy};

/// A whole page, marked as the sandbox. `head` and `body` are HTML already.
pub fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"ru\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\">{head}<title>{title} — ПЕСОЧНИЦА</title>\
         <link rel=\"stylesheet\" href=\"/sandbox/pay.css\"></head>\
         <body><p class=\"sandbox\">ПЕСОЧНИЦА — деньги не списываются</p><main>{body}</main></body></html>"
    )
}

/// «2 333,26 ₽» with spaces that do not break.
pub fn money(sum: Decimal, currency: &str) -> String {
    let sign = if currency == "RUB" { "₽" } else { currency };
    format!("{}\u{a0}{}", two_decimals(sum), escape(sign))
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

/// Text for an element or an attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

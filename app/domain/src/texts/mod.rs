//! What people read of the rules: a refusal, a warning, what became of an order. Each language is one file, with one
//! `match` for each kind of text; a text has the same name in both languages.
//!
//! A sentence says first what happened to the money, then what to do.

mod en;
mod ru;
mod sentence;

use crate::{
    locale::Locale,
    order::{Discrepancy, Order, StartReason, notice::OrderNotice},
    quote::QuoteWarning,
    refusal::{OrderRefusal, PaymentRefusal, Refusal, RequestError},
};

/// The sentence of a refusal.
#[must_use]
pub fn describe_refusal(refusal: &Refusal, locale: Locale) -> String {
    match refusal {
        Refusal::Order(refusal) => describe_order_refusal(refusal, locale),
        Refusal::Payment(refusal) => describe_payment_refusal(refusal, locale),
        Refusal::Request(error) => describe_request_error(error, locale),
    }
}

/// The sentence of a refusal of ordering.
#[must_use]
pub fn describe_order_refusal(refusal: &OrderRefusal, locale: Locale) -> String {
    match locale {
        Locale::Ru => ru::order_refusal(refusal),
        Locale::En => en::order_refusal(refusal),
    }
}

/// The sentence of a refusal around the money.
#[must_use]
pub fn describe_payment_refusal(refusal: &PaymentRefusal, locale: Locale) -> String {
    match locale {
        Locale::Ru => ru::payment_refusal(refusal),
        Locale::En => en::payment_refusal(refusal),
    }
}

/// The sentence of a request that is not carried out.
#[must_use]
pub fn describe_request_error(error: &RequestError, locale: Locale) -> String {
    match locale {
        Locale::Ru => ru::request_error(error),
        Locale::En => en::request_error(error),
    }
}

/// Why a station without automation withdraws no release, as the end of a sentence about the station.
#[must_use]
pub fn describe_left_to_cashier(locale: Locale) -> &'static str {
    match locale {
        Locale::Ru => ru::LEFT_TO_CASHIER,
        Locale::En => en::LEFT_TO_CASHIER,
    }
}

/// A sentence that does not stop an order.
#[must_use]
pub fn describe_warning(warning: QuoteWarning, locale: Locale) -> String {
    match locale {
        Locale::Ru => ru::quote_warning(warning),
        Locale::En => en::quote_warning(warning),
    }
}

/// Why the last start of an order came to nothing.
#[must_use]
pub fn describe_start_failure(reason: &StartReason, locale: Locale) -> String {
    match locale {
        Locale::Ru => ru::start_failure(reason),
        Locale::En => en::start_failure(reason),
    }
}

/// What does not add up, for operators.
#[must_use]
pub fn describe_discrepancy(what: Discrepancy, locale: Locale) -> &'static str {
    match locale {
        Locale::Ru => ru::discrepancy(what),
        Locale::En => en::discrepancy(what),
    }
}

/// What the customer has to know about an order beside its status: what happened, how much comes back, from whom, and
/// when. `None` on a good day.
#[must_use]
pub fn describe_order(order: &Order, locale: Locale) -> Option<String> {
    let OrderNotice { happened, money } = OrderNotice::from_order(order)?;
    let mut sentences = match locale {
        Locale::Ru => vec![ru::happened(happened)],
        Locale::En => vec![en::happened(happened)],
    };
    let describe_money = locale.pick::<fn(_) -> _>(ru::money_notice, en::money_notice);
    sentences.extend(money.into_iter().map(describe_money));
    Some(sentences.join(" "))
}

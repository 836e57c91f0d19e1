//! What tests read of an order, and events that several of them have.

use domain::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, Order,
        machine::Event,
        settlement::{Progress, RefundItem, RefundPart, RefundScope},
    },
    quantity::Centi,
};
use test_support::{
    order_steps::refund,
    orders::{of_lines, petrol},
};

/// An order of 40 l of petrol alone, at 62.37 a litre.
pub fn only_fuel() -> Order {
    of_lines(vec![petrol(Centi::new(4000))])
}

/// Why its money is held.
pub fn hold_cause(order: &Order) -> Option<Discrepancy> {
    order.hold.map(|hold| hold.cause)
}

/// Kinds of open discrepancies.
pub fn kinds(order: &Order) -> Vec<Discrepancy> {
    order.discrepancies.iter().map(|one| one.what).collect()
}

/// Sum and state of each return.
pub fn amounts(order: &Order) -> Vec<(i64, Progress)> {
    order.settlement.returns.iter().map(|back| (back.amount.get(), back.state)).collect()
}

/// A return of this sum that is under way, as [`amounts`] gives it.
pub fn under_way(amount: i64) -> (i64, Progress) {
    (amount, Progress::UnderWay)
}

/// A return of this sum that has gone, as [`amounts`] gives it.
pub fn done(amount: i64) -> (i64, Progress) {
    (amount, Progress::Done)
}

/// A refund that somebody has made in the merchant's office, and that is final.
pub fn office(number: &str, amount: i64, lines: &[(&str, i64)]) -> Event {
    let lines = lines.iter().map(|(sku, sum)| (Sku((*sku).to_owned()), Kopecks::new(*sum))).collect();
    Event::RefundFound {
        number: number.to_owned(),
        amount: Kopecks::new(amount),
        lines,
        at: None,
        is_confirmed: true,
    }
}

/// The same while Invoicebox may still cancel it.
pub fn unconfirmed(refund: Event) -> Event {
    match refund {
        Event::RefundFound { number, amount, lines, at, .. } => {
            Event::RefundFound { number, amount, lines, at, is_confirmed: false }
        }
        event => event,
    }
}

/// The operator's refund of a coffee under this key.
pub fn coffee(key: u128) -> Event {
    let part = RefundPart::Amount(Kopecks::new(14_900));
    refund(key, RefundScope::Items(vec![RefundItem { sku: Sku("coffee".to_owned()), part }]))
}

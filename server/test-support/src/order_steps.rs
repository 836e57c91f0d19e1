//! Steps of an order's life for tests of its rules, at [`NOW`] and under the default rules of starts.

use domain::{
    id::IdempotencyKey,
    locale::Locale,
    money::Kopecks,
    order::{
        Order,
        machine::{Canceller, Effect, Event, Outcome, RefusalKind, StationReport},
        settlement::{RefundRequest, RefundScope, ReturnedBy},
    },
    quantity::Centi,
    view::OrderView,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::orders::{NOW, apply_at, invoice, paid_by, report, report_of, started};

/// Applies an event; gives its effects without the report to the station, which moves no money.
pub fn change(order: &mut Order, event: Event) -> Vec<Effect> {
    change_at(order, event, NOW)
}

/// As [`change`], this long after [`NOW`].
pub fn change_after(order: &mut Order, event: Event, after: Duration) -> Vec<Effect> {
    change_at(order, event, NOW + after)
}

fn change_at(order: &mut Order, event: Event, now: OffsetDateTime) -> Vec<Effect> {
    match apply_at(order, event.clone(), now) {
        Outcome::Changed(mut effects) => {
            effects.retain(|effect| *effect != Effect::ReportEnd);
            effects
        }
        outcome => panic!("{event:?}: {outcome:?}"),
    }
}

/// Applies these events, each of which has to change the order.
pub fn change_all(mut order: Order, events: impl IntoIterator<Item = Event>) -> Order {
    for event in events {
        change(&mut order, event);
    }
    order
}

/// The outcome of an event that changes nothing.
pub fn try_change(order: &Order, event: Event) -> Outcome {
    let mut after = order.clone();
    let outcome = apply_at(&mut after, event, NOW);
    if !matches!(outcome, Outcome::Changed(_)) {
        assert_eq!(after, *order);
    }
    outcome
}

/// This order with its invoice, paid: by money, or by a reserve.
pub fn paid_order(order: Order, held: bool) -> Order {
    change_all(order, [Event::InvoiceCreated(invoice()), paid_by(invoice().provider_id, held)])
}

/// This paid order, its pump started, and the request about to be sent.
pub fn start(order: Order) -> Order {
    let event = started(&order);
    change_all(order, [event, Event::ReleaseRequested])
}

/// This order, paid, with the first pump released.
pub fn ready(order: Order, held: bool) -> Order {
    change_all(start(paid_order(order, held)), [report(StationReport::Accepted)])
}

/// The end of the first release.
pub fn dispensed(centi: i64) -> Event {
    report(StationReport::Dispensed(Centi::new(centi)))
}

/// A reading of the meter under the first release.
pub fn volume(centi: i64) -> Event {
    report(StationReport::Volume(Centi::new(centi)))
}

/// The answer of the station that it does not release the pump.
pub fn pump_refused(release: u32) -> Event {
    report_of(release, StationReport::Refused { reason: "занято".to_owned(), kind: RefusalKind::Answer })
}

/// The callback of the station that it has cancelled.
pub fn canceled_by_station(release: u32, reason: &str) -> Event {
    report_of(release, StationReport::Refused { reason: reason.to_owned(), kind: RefusalKind::Callback })
}

/// An end of the first release that nobody can read.
pub fn unreadable() -> Event {
    report(StationReport::DispensedUnreadable { text: "много".to_owned() })
}

pub fn cancel(by: Canceller) -> Event {
    Event::CancelRequested { by, reason: None }
}

/// The operator closes the order: with this volume, or with all that was ordered.
pub fn complete(centi: Option<i64>) -> Event {
    Event::CompletedByOperator { dispensed: centi.map(Centi::new), items: None }
}

/// The operator's refund under this key.
pub fn refund(key: u128, scope: RefundScope) -> Event {
    let key = IdempotencyKey(Uuid::from_u128(key));
    Event::RefundRequested(RefundRequest { key, scope, reason: "претензия".to_owned() })
}

/// The operator's refund of a sum, or of all that is left.
pub fn refund_sum(key: u128, amount: Option<i64>) -> Event {
    refund(key, amount.map_or(RefundScope::Rest, |amount| RefundScope::Amount(Kopecks::new(amount))))
}

/// Records the shipment that is under way.
pub fn record_shipment(order: &mut Order) -> Vec<Effect> {
    let number = order.settlement.shipment.as_ref().map(|shipment| shipment.number.clone());
    let number = number.unwrap_or_else(|| panic!("no shipment"));
    change(order, Event::ShipmentRecorded { number, taken: None })
}

/// Records the oldest return that is under way.
pub fn record_refund(order: &mut Order) -> Vec<Effect> {
    let number = pending_return(order);
    change(order, Event::RefundRecorded { number, by: ReturnedBy::Refund })
}

/// Refuses the oldest return that is under way.
pub fn refuse_refund(order: &mut Order) -> Vec<Effect> {
    let number = pending_return(order);
    change(order, Event::RefundRefused { number, reason: "нет".to_owned() })
}

fn pending_return(order: &Order) -> String {
    let back = order.settlement.pending_returns().next();
    back.unwrap_or_else(|| panic!("no return")).number.clone()
}

/// What the customer reads about the order, in Russian, with plain spaces.
pub fn message(order: &Order) -> String {
    let message = OrderView::from_order(order, Locale::Ru).message;
    message.unwrap_or_default().replace(['\u{a0}', '\u{202f}'], " ")
}

/// `[total, final, refund]` of an order whose end is known.
pub fn sums(order: &Order) -> [i64; 3] {
    let view = OrderView::from_order(order, Locale::Ru);
    let (Some(kept), Some(refund)) = (view.final_total, view.refund) else { panic!("not known yet") };
    [view.total, kept, refund].map(Kopecks::get)
}

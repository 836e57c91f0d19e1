//! The state machine: one event at a time, as a pure function.
//!
//! Every adapter (notification, station, clock, customer, cashier) turns what it received into an [`Event`]; the outcome
//! says what changed and which [`Effect`]s must be carried out afterwards, at least once. The whole table, every
//! status against every event, is in `STATES.md`; a test keeps it in step.

mod money;
mod payment;
mod people;
mod returns;
mod station;

use time::OffsetDateTime;

pub use super::{
    effect::Effect,
    ending::Canceller,
    event::{Event, Outcome},
};

use super::{Discrepancy, Order, Reason, RecordedDiscrepancy, Status, Step};
use crate::quantity::Centi;

/// Overrun of the meter that is nobody's fault: 0.05 of a unit.
pub const MAX_METER_OVERRUN: Centi = Centi::new(5);

/// Discrepancies of an order among which a kind may come again.
pub const MAX_DISCREPANCIES: usize = 20;
/// Longest detail that is kept of one, in characters.
const MAX_DETAIL_CHARS: usize = 200;

/// Applies one event.
#[must_use]
pub fn apply(order: &mut Order, event: Event, now: OffsetDateTime) -> Outcome {
    let mut transition = Transition { order, now };
    match event {
        Event::InvoiceCreated(_)
        | Event::InvoiceRefused
        | Event::NumberTaken { .. }
        | Event::Paid { .. }
        | Event::PaidUnservable { .. }
        | Event::PaymentCanceled
        | Event::TimeOver => transition.apply_payment_event(event),
        Event::CancelRequested { .. }
        | Event::Withdrawn
        | Event::WithdrawalRefused
        | Event::WithdrawalUnanswered
        | Event::ReleaseLapsed
        | Event::CompletedByOperator(_)
        | Event::RefundRequested { .. }
        | Event::HandedOver => transition.apply_people_event(event),
        Event::ShipmentRecorded { .. }
        | Event::ShipmentRefused { .. }
        | Event::RefundRecorded { .. }
        | Event::RefundRefused { .. } => transition.apply_money_event(event),
        _ => transition.apply_station_event(event),
    }
}

/// An order at a moment.
struct Transition<'a> {
    order: &'a mut Order,
    now: OffsetDateTime,
}

/// Steps.
impl Transition<'_> {
    /// Moves to a status and records the step.
    fn move_to(&mut self, status: Status, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.status = status;
        self.order.seq += 1;
        self.order.history.push(Step { seq: self.order.seq, at: self.now, status });
        Outcome::Changed(effects.into_iter().collect())
    }

    fn end(&mut self, status: Status, reason: Reason, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.reason = Some(reason);
        self.order.cancellation = None;
        self.move_to(status, effects)
    }

    /// Something changed, the status did not.
    fn changed(&mut self, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.seq += 1;
        Outcome::Changed(effects.into_iter().collect())
    }

    fn changed_by_discrepancy(&mut self, what: Discrepancy, detail: String) -> Outcome {
        if self.record_discrepancy(what, detail) { self.changed([]) } else { Outcome::Unchanged }
    }

    /// Records a discrepancy once per kind and detail, and returns whether it is new. Only the first of a kind is recorded
    /// beyond the limit; so each order has a bounded number of them, whatever a station reports and however often.
    fn record_discrepancy(&mut self, what: Discrepancy, detail: String) -> bool {
        let detail: String = detail.chars().take(MAX_DETAIL_CHARS).collect();
        let recorded = &mut self.order.discrepancies;
        let known = recorded.iter().any(|one| one.what == what && one.detail == detail);
        let full = recorded.len() >= MAX_DISCREPANCIES && recorded.iter().any(|one| one.what == what);
        let new = !known && !full;
        if new {
            recorded.push(RecordedDiscrepancy { what, at: self.now, detail });
        }
        new
    }
}

//! The status machine: one event at a time, as a pure function.
//!
//! Every adapter (notification, station, clock, customer, cashier) turns what it heard into an [`Event`]; the answer
//! says what changed and which [`Effect`]s must be carried out afterwards, at least once. The whole table, every
//! status against every event, is in `STATES.md`; a test keeps it in step.

mod money;
mod payment;
mod people;
mod station;

use time::OffsetDateTime;

pub use super::event::{Canceller, Effect, Event, Outcome};

use super::{Discrepancy, Noted, Order, Reason, Status, Step};
use crate::quantity::Centi;

/// Overrun of the meter that is nobody's fault: 0.05 of a unit.
pub const METER_OVERRUN: Centi = Centi::new(5);

/// Discrepancies of an order among which a kind may come again.
pub const MOST_NOTED: usize = 20;
/// Longest detail that is kept of one, in characters.
const LONGEST_DETAIL: usize = 200;

/// Applies one event.
#[must_use]
pub fn apply(order: &mut Order, event: Event, now: OffsetDateTime) -> Outcome {
    let mut at = At { order, now };
    match event {
        Event::InvoiceCreated(_)
        | Event::InvoiceRefused
        | Event::NumberTaken { .. }
        | Event::Paid { .. }
        | Event::PaidUnservable { .. }
        | Event::PaymentCanceled
        | Event::TimeOver => at.payment(event),
        Event::CancelRequested { .. }
        | Event::Withdrawn
        | Event::WithdrawalRefused
        | Event::WithdrawalUnanswered
        | Event::ReleaseLapsed
        | Event::CompletedByOperator(_)
        | Event::RefundRequested { .. }
        | Event::HandedOver => at.people(event),
        Event::ShipmentRecorded { .. }
        | Event::ShipmentRefused { .. }
        | Event::RefundRecorded { .. }
        | Event::RefundRefused { .. } => at.money(event),
        _ => at.station(event),
    }
}

/// An order at a moment.
struct At<'a> {
    order: &'a mut Order,
    now: OffsetDateTime,
}

/// Steps.
impl At<'_> {
    /// Moves to a status and records the step.
    fn to(&mut self, status: Status, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.status = status;
        self.order.seq += 1;
        self.order.history.push(Step { seq: self.order.seq, at: self.now, status });
        Outcome::Changed(effects.into_iter().collect())
    }

    fn ends(&mut self, status: Status, reason: Reason, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.reason = Some(reason);
        self.order.calling_off = None;
        self.to(status, effects)
    }

    /// Something changed, the status did not.
    fn noted(&mut self, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.seq += 1;
        Outcome::Changed(effects.into_iter().collect())
    }

    fn noted_discrepancy(&mut self, what: Discrepancy, detail: String) -> Outcome {
        if self.note(what, detail) { self.noted([]) } else { Outcome::Unchanged }
    }

    /// Each is recorded once: the same kind with another detail is another matter. The first of a kind always finds
    /// room; so each order has a bounded number of them, whatever a station tells and however often.
    fn note(&mut self, what: Discrepancy, detail: String) -> bool {
        let detail: String = detail.chars().take(LONGEST_DETAIL).collect();
        let noted = &mut self.order.discrepancies;
        let known = noted.iter().any(|one| one.what == what && one.detail == detail);
        let full = noted.len() >= MOST_NOTED && noted.iter().any(|one| one.what == what);
        let new = !known && !full;
        if new {
            noted.push(Noted { what, at: self.now, detail });
        }
        new
    }
}

impl From<Canceller> for Reason {
    fn from(by: Canceller) -> Self {
        match by {
            Canceller::Customer => Self::CanceledByCustomer,
            Canceller::Operator => Self::CanceledByOperator,
            Canceller::Clock => Self::NotBegun,
        }
    }
}

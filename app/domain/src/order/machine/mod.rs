//! The state machine: one event at a time, as a pure function.
//!
//! Every adapter (notification, station, clock, customer, cashier) turns what it received into an [`Event`]; the outcome
//! says what changed and which [`Effect`]s must be carried out afterwards, at least once. The whole table, every
//! status against every event, is in `STATES.md`; a test keeps it in step.

mod closing;
mod discrepancies;
mod found_refunds;
mod hold;
mod late_reports;
mod money;
mod payment;
mod people;
mod reserves;
mod return_parts;
mod returns;
mod second_payments;
mod start;
mod station;

use time::OffsetDateTime;

pub use super::{
    effect::Effect,
    ending::Canceller,
    event::{Event, Outcome, RefusalKind, StationReport},
};
pub use discrepancies::MAX_DISCREPANCIES;

use super::{Order, Reason, StartRules, Status, Step};
use crate::quantity::Centi;

/// Overrun of the meter that is nobody's fault: 0.05 of a unit.
pub const MAX_METER_OVERRUN: Centi = Centi::new(5);

/// Applies one event.
#[must_use]
pub fn apply(order: &mut Order, event: Event, now: OffsetDateTime, rules: &StartRules) -> Outcome {
    let (followed, was_shipping) = (order.settlement.refunds_to_follow(), order.is_shipping());
    let mut transition = Transition { order, now, rules };
    let outcome = transition.apply(event);
    if matches!(outcome, Outcome::Changed(_)) {
        returns::balance_reversal(transition.order);
        transition.name_owed_money();
    }
    follow_refunds(order, followed, return_what_waited(order, was_shipping, outcome))
}

/// What has waited for the answer to a shipment goes by itself when that is not sent any more.
fn return_what_waited(order: &Order, was_shipping: bool, outcome: Outcome) -> Outcome {
    let is_given_up = was_shipping && !order.is_shipping() && !order.is_shipped();
    let has_waited = order.hold.is_none() && order.settlement.pending_returns().next().is_some();
    match outcome {
        Outcome::Changed(mut effects) if is_given_up && has_waited => {
            let is_decided = effects.iter().any(|it| matches!(it, Effect::Refund | Effect::ReturnMoney));
            effects.extend((!is_decided && !order.is_reserve_unshipped()).then_some(Effect::Refund));
            Outcome::Changed(effects)
        }
        outcome => outcome,
    }
}

/// Whatever Invoicebox may still change, or may have done without our knowledge, is read until it is known.
fn follow_refunds(order: &Order, known: [usize; 2], outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Changed(mut effects) if order.settlement.has_more_to_follow(known) => {
            effects.push(Effect::FollowRefunds);
            Outcome::Changed(effects)
        }
        outcome => outcome,
    }
}

/// An order at a moment.
struct Transition<'a> {
    order: &'a mut Order,
    now: OffsetDateTime,
    rules: &'a StartRules,
}

/// Events.
impl Transition<'_> {
    fn apply(&mut self, event: Event) -> Outcome {
        match event {
            Event::InvoiceCreated(_)
            | Event::InvoiceRefused
            | Event::NumberTaken { .. }
            | Event::Paid { .. }
            | Event::SumDiffers { .. }
            | Event::LinkRefused { .. }
            | Event::PaidSumDiffers { .. }
            | Event::CreationUnanswered
            | Event::PaymentCanceled
            | Event::PaymentRestored { .. }
            | Event::TimeOver => self.apply_payment_event(event),
            Event::StartRequested { .. }
            | Event::ReleaseRequested
            | Event::ReleaseUnreached { .. }
            | Event::StartNotSent { .. }
            | Event::StartTimeOver
            | Event::StartOffered
            | Event::ReadyByHand => self.apply_start_event(event),
            Event::Station { release, report } => self.apply_report(release, report),
            Event::CancelRequested { .. }
            | Event::Withdrawn { .. }
            | Event::WithdrawalRefused { .. }
            | Event::WithdrawalUnanswered { .. }
            | Event::ReleaseLapsed
            | Event::Overdue
            | Event::CompletedByOperator { .. }
            | Event::GoodsTimeOver
            | Event::RefundRequested(_)
            | Event::DiscrepancySettled { .. } => self.apply_people_event(event),
            Event::ShipmentRecorded { .. }
            | Event::ShipmentRefused { .. }
            | Event::ShipmentRetried
            | Event::RefundsRetried
            | Event::ReserveTaken { .. }
            | Event::RefundSent { .. }
            | Event::RefundAbsent { .. }
            | Event::RefundRecorded { .. }
            | Event::RefundConfirmed { .. }
            | Event::RefundDated { .. }
            | Event::RefundRefused { .. }
            | Event::RefundFound { .. }
            | Event::SecondRefundFound { .. }
            | Event::MoneyDelayed { .. }
            | Event::RefundOverdue { .. }
            | Event::MoneyUntried { .. }
            | Event::InvoiceNotWithdrawn { .. }
            | Event::InvoicesWithdrawn => self.apply_money_event(event),
        }
    }
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

    /// Ends a paid order: what was handed over is charged, the rest goes back.
    fn end_and_settle(&mut self, status: Status, reason: Reason) -> Outcome {
        let _ = self.end(status, reason, []);
        Outcome::Changed(returns::settle(self.order, self.now))
    }

    /// Something changed, the status did not.
    fn changed(&mut self, effects: impl IntoIterator<Item = Effect>) -> Outcome {
        self.order.seq += 1;
        Outcome::Changed(effects.into_iter().collect())
    }
}

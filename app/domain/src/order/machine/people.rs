//! What the customer and the operator want, and the lapse of a release that nobody used.

use super::{Canceller, Effect, Event, MAX_METER_OVERRUN, Outcome, Transition, returns};
use crate::{
    order::{
        Cancellation, Discrepancy, Reason, Status,
        settlement::{Cause, Return},
    },
    quantity::Centi,
};

impl Transition<'_> {
    pub(super) fn apply_people_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        let automated = self.order.names_pump();
        match (self.order.status, event) {
            (S::Placing | S::AwaitingPayment, Event::CancelRequested { by }) => {
                let withdraw = self.order.invoice.is_some().then_some(Effect::CancelInvoice);
                self.end(S::Canceled, by.into(), withdraw)
            }
            // The station has not been asked yet.
            (S::Paid, Event::CancelRequested { by }) => {
                let back = returns::return_everything(self.order);
                self.end(S::Canceled, by.into(), back)
            }
            // The pump may be lifted at this very moment: the money is returned once the station has withdrawn its
            // release, and not at all when fuelling turns out to have begun.
            (S::Authorising | S::Ready, Event::CancelRequested { by }) if automated => {
                let under_way = self.order.cancellation;
                if under_way.is_some_and(|cancellation| cancellation.by != Canceller::Clock) {
                    return Outcome::Unchanged;
                }
                self.order.cancellation = Some(Cancellation { by, at: self.now });
                // Also after the clock: its own request may have been given up, and from now on somebody waits.
                self.changed([Effect::WithdrawRelease])
            }
            (S::Ready, Event::ReleaseLapsed)
                if automated
                    && self.order.cancellation.is_none()
                    && self.order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_none() =>
            {
                self.order.cancellation = Some(Cancellation { by: Canceller::Clock, at: self.now });
                self.changed([Effect::WithdrawRelease])
            }
            // What is handed over by a person may be in the customer's hands already: only the operator knows.
            (S::Ready, Event::CancelRequested { by: Canceller::Operator }) => {
                let back = returns::return_everything(self.order);
                self.end(S::Canceled, Reason::CanceledByOperator, back)
            }
            (S::Canceled, Event::CancelRequested { .. }) => Outcome::Unchanged,

            (S::Authorising | S::Ready, Event::Withdrawn) if self.order.cancellation.is_some() => {
                self.finish_cancellation()
            }
            (S::Authorising | S::Ready, Event::WithdrawalRefused) if self.order.cancellation.is_some() => {
                let cancellation = self.order.cancellation.take();
                if cancellation.is_some_and(|cancellation| cancellation.by == Canceller::Clock) {
                    self.record_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new());
                }
                self.changed([])
            }
            // The station is asked again, and the money waits, whoever has cancelled: a nozzle that is lifted in the meantime must be
            // paid for.
            (S::Ready, Event::WithdrawalUnanswered) if self.order.cancellation.is_some() => {
                self.changed_by_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new())
            }
            (
                _,
                Event::Withdrawn
                | Event::WithdrawalRefused
                | Event::WithdrawalUnanswered
                | Event::ReleaseLapsed,
            ) => Outcome::Unchanged,

            (S::Ready, Event::HandedOver) if !automated => self.complete(None),
            (S::Completed, Event::HandedOver) => Outcome::Unchanged,

            (S::Paid | S::Authorising | S::Ready | S::Fuelling, Event::CompletedByOperator(volume)) => {
                self.complete_by_operator(volume)
            }
            (S::Completed, Event::CompletedByOperator(volume))
                if volume.is_none() || volume == self.order.dispensed =>
            {
                Outcome::Unchanged
            }

            (status, Event::RefundRequested { amount, reason }) if status.is_final() => {
                let same = |back: &Return| {
                    amount == Some(back.amount) && back.cause == Cause::Operator { reason: reason.clone() }
                };
                if self.order.settlement.pending_returns().any(same) {
                    return Outcome::Unchanged;
                }
                returns::refund(self.order, amount, &reason)
                    .map_or(Outcome::Refused, |effects| self.changed(effects))
            }
            _ => Outcome::Refused,
        }
    }

    fn complete_by_operator(&mut self, volume: Option<Centi>) -> Outcome {
        let Some(line) = self.order.fuel_line() else {
            return if volume.is_none() { self.complete(None) } else { Outcome::Refused };
        };
        let ordered = line.quantity;
        let volume = volume.unwrap_or(ordered);
        if volume < Centi::ZERO || volume.get() > ordered.get().saturating_add(MAX_METER_OVERRUN.get()) {
            return Outcome::Refused;
        }
        let asked = self.order.names_pump() && self.order.status != Status::Paid;
        // The pump must not be filled from once more.
        self.complete_with_volume(volume, asked.then_some(Effect::WithdrawRelease))
    }

    pub(super) fn finish_cancellation(&mut self) -> Outcome {
        let reason = self
            .order
            .cancellation
            .take()
            .map_or(Reason::CanceledByOperator, |cancellation| cancellation.by.into());
        let back = returns::return_everything(self.order);
        self.end(Status::Canceled, reason, back)
    }
}

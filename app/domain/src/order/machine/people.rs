//! What the customer and the operator want, and what the clock does for them.

use super::{Canceller, Effect, Event, Outcome, Transition, reserves, returns};
use crate::order::{
    Cancellation, Discrepancy, Reason, ReleaseOutcome, ReleaseStanding, StartReason, Status,
    settlement::{RefundRequest, RefundScope},
};

impl Transition<'_> {
    pub(super) fn apply_people_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        match (self.order.status, event) {
            (_, Event::CancelRequested { by, reason }) => self.request_cancel(by, reason),
            (S::Authorising | S::Ready, Event::ReleaseLapsed) => self.apply_lapse(),
            (S::Ready | S::Fuelling, Event::Overdue) => {
                self.changed_by_discrepancy(Discrepancy::EndNotReported, String::new())
            }

            (
                _,
                Event::Withdrawn { release }
                | Event::WithdrawalRefused { release }
                | Event::WithdrawalUnanswered { release },
            ) if self.order.standing_of(release) != ReleaseStanding::Open => Outcome::Unchanged,
            (_, Event::Withdrawn { .. }) => self.apply_withdrawn(),
            (_, Event::WithdrawalRefused { .. }) => self.apply_withdrawal_refused(),
            (_, Event::WithdrawalUnanswered { .. }) => self.apply_withdrawal_unanswered(),

            (S::Completed, Event::GoodsTimeOver)
                if self.order.goods_until.is_some_and(|until| until <= self.now) =>
            {
                self.settle_goods(Vec::new())
            }
            (S::Completed, Event::GoodsTimeOver) => self.shorten_goods_time(),
            (_, Event::CompletedByOperator { dispensed, items }) => {
                self.complete_by_operator(dispensed, items)
            }
            (status, Event::RefundRequested(request)) if status.is_final() => self.request_refund(request),
            (_, Event::RefundRequested(_)) => Outcome::Refused,
            (_, Event::DiscrepancySettled { what, detail }) => {
                self.settle_discrepancies(what, detail.as_deref())
            }
            _ => Outcome::Unchanged,
        }
    }

    /// Cancels, and keeps the reason with what it has caused; the first one also of a repetition.
    fn request_cancel(&mut self, by: Canceller, reason: Option<String>) -> Outcome {
        let outcome = self.cancel(by);
        let is_kept = match outcome {
            Outcome::Refused => false,
            Outcome::Changed(_) => true,
            Outcome::Unchanged => self.order.cancel_reason.is_none(),
        };
        match (outcome, reason.filter(|_| is_kept)) {
            (Outcome::Unchanged, Some(reason)) => {
                self.order.cancel_reason = Some(reason);
                self.changed([])
            }
            (outcome, Some(reason)) => {
                self.order.cancel_reason = Some(reason);
                outcome
            }
            (outcome, None) => outcome,
        }
    }

    fn cancel(&mut self, by: Canceller) -> Outcome {
        use Status as S;
        match self.order.status {
            S::Placing | S::AwaitingPayment => {
                let withdraw = self.order.invoice.is_some().then_some(Effect::CancelInvoice);
                self.end(S::Canceled, by.into(), withdraw)
            }
            // Fuel has flowed of which nobody knows how much: a person decides.
            S::Paid if self.order.hold.is_some() && by != Canceller::Operator => Outcome::Refused,
            S::Paid => {
                self.decide_hold();
                self.end_and_settle(S::Canceled, by.into())
            }
            S::Authorising | S::Ready if self.order.open_release().is_some() => self.cancel_release(by),
            // What is handed over by a person may be in the customer's hands already: only the operator knows.
            S::Ready | S::Authorising if by == Canceller::Operator => {
                self.decide_hold();
                self.end_and_settle(S::Canceled, Reason::CanceledByOperator)
            }
            S::Canceled => Outcome::Unchanged,
            _ => Outcome::Refused,
        }
    }

    /// Cancels an order whose pump was started. A release that was sent may be used at this very moment: the money goes
    /// back once the station has withdrawn it, and not at all when fuelling turns out to have begun.
    fn cancel_release(&mut self, by: Canceller) -> Outcome {
        if self.order.has_unsent_release() {
            self.order.cancellation = Some(Cancellation { by, at: self.now });
            return self.end_release(ReleaseOutcome::NotSent, None, None);
        }
        let under_way = self.order.cancellation;
        if under_way.is_some_and(|cancellation| cancellation.by != Canceller::Clock) {
            return Outcome::Unchanged;
        }
        self.order.cancellation = Some(Cancellation { by, at: self.now });
        // Also after the clock: its own request may have been given up, and from now on somebody waits.
        self.changed([Effect::WithdrawRelease])
    }

    /// Nothing was reported of a release for too long: it is withdrawn. One that was not even requested ends at once; its
    /// start has become too old to be sent.
    fn apply_lapse(&mut self) -> Outcome {
        if self.order.has_unsent_release() {
            return self.end_release(ReleaseOutcome::NotSent, Some(StartReason::TooLate), None);
        }
        let is_asked = self.order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some();
        if !self.order.has_sent_release() || is_asked || self.order.cancellation.is_some() {
            return Outcome::Unchanged;
        }
        self.order.cancellation = Some(Cancellation { by: Canceller::Clock, at: self.now });
        self.changed([Effect::WithdrawRelease])
    }

    /// The station has confirmed that the pump is not released any more.
    fn apply_withdrawn(&mut self) -> Outcome {
        match (self.order.status, self.order.cancellation) {
            (status, _) if status.is_final() => self.confirm_withdrawal(ReleaseOutcome::Withdrawn),
            (Status::Authorising | Status::Ready, Some(cancellation)) => self.finish_withdrawal(cancellation),
            _ => Outcome::Unchanged,
        }
    }

    fn apply_withdrawal_refused(&mut self) -> Outcome {
        match (self.order.status, self.order.cancellation) {
            (status, _) if status.is_final() => {
                self.changed_by_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new())
            }
            (Status::Authorising | Status::Ready, Some(cancellation)) => {
                self.order.cancellation = None;
                if cancellation.by == Canceller::Clock {
                    self.record_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new());
                }
                self.changed([])
            }
            _ => Outcome::Unchanged,
        }
    }

    /// The money waits, whoever has cancelled: a nozzle that is lifted in the meantime must be paid for.
    fn apply_withdrawal_unanswered(&mut self) -> Outcome {
        let is_wanted = match self.order.status {
            Status::Authorising | Status::Ready => self.order.cancellation.is_some(),
            status => status.is_final(),
        };
        if !is_wanted {
            return Outcome::Unchanged;
        }
        self.changed_by_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new())
    }

    fn finish_withdrawal(&mut self, cancellation: Cancellation) -> Outcome {
        let reason = match (cancellation.by, self.order.status) {
            (Canceller::Clock, Status::Ready) => Some(StartReason::NotUsed),
            (Canceller::Clock, _) => Some(StartReason::NotAnswered),
            _ => None,
        };
        self.end_release(ReleaseOutcome::Withdrawn, reason, None)
    }

    fn request_refund(&mut self, request: RefundRequest) -> Outcome {
        if self.order.settlement.request_keys.contains(&request.key) {
            return Outcome::Unchanged;
        }
        if let Some(back) = self.order.settlement.requested_return(request.key) {
            let is_same = back.request.as_ref() == Some(&request);
            return if is_same { Outcome::Unchanged } else { Outcome::Refused };
        }
        // Money that waits for a decision goes by it. A release that may still be carried out is withdrawn first.
        if self.order.hold.is_some() {
            if request.scope != RefundScope::Rest || self.order.is_being_withdrawn() {
                return Outcome::Refused;
            }
            self.close_release(ReleaseOutcome::Closed);
            let effects = self.decide_hold();
            self.order.settlement.request_keys.push(request.key);
            return self.changed(effects);
        }
        if self.order.goods_until.is_some() {
            if request.scope != RefundScope::Rest {
                return Outcome::Refused;
            }
            self.order.settlement.request_keys.push(request.key);
            return self.settle_goods(Vec::new());
        }
        let Some(effects) = returns::refund(self.order, request, self.now) else { return Outcome::Refused };
        reserves::give_up_reserve(self.order, self.now);
        self.changed(effects)
    }
}

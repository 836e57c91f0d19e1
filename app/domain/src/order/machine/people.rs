//! What the customer and the operator want, and what the clock does for them.

use super::{Canceller, Effect, Event, MAX_METER_OVERRUN, Outcome, Transition, returns};
use crate::{
    order::{
        Cancellation, Discrepancy, HandedItem, Reason, ReleaseOutcome, StartReason, Status,
        settlement::{Payment, RefundRequest, RefundScope},
    },
    quantity::Centi,
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

            (S::Authorising | S::Ready, Event::Withdrawn) => match self.order.cancellation {
                Some(cancellation) => self.finish_withdrawal(cancellation),
                None => Outcome::Unchanged,
            },
            (S::Authorising | S::Ready, Event::WithdrawalRefused) if self.order.cancellation.is_some() => {
                let cancellation = self.order.cancellation.take();
                if cancellation.is_some_and(|cancellation| cancellation.by == Canceller::Clock) {
                    self.record_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new());
                }
                self.changed([])
            }
            // The station is asked again, and the money waits, whoever has cancelled: a nozzle that is lifted in the meantime must be
            // paid for.
            (S::Authorising | S::Ready, Event::WithdrawalUnanswered) if self.order.cancellation.is_some() => {
                self.changed_by_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new())
            }
            (status, Event::Withdrawn) if status.is_final() => {
                self.confirm_withdrawal(ReleaseOutcome::Withdrawn)
            }
            (status, Event::WithdrawalRefused | Event::WithdrawalUnanswered)
                if status.is_final() && self.order.open_release().is_some() =>
            {
                self.changed_by_discrepancy(Discrepancy::ReleaseNotWithdrawn, String::new())
            }

            (_, Event::HandedOver { items }) => self.hand_over(items),
            (S::Completed, Event::GoodsTimeOver)
                if self.order.goods_until.is_some_and(|until| until <= self.now) =>
            {
                self.settle_goods(Vec::new())
            }
            (_, Event::CompletedByOperator { dispensed, items }) => {
                self.complete_by_operator(dispensed, items)
            }
            (status, Event::RefundRequested(request)) if status.is_final() => self.request_refund(request),
            (_, Event::RefundRequested(_)) => Outcome::Refused,
            (_, Event::DiscrepancySettled { what }) => self.settle_discrepancies(what),
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
                self.release_hold();
                self.end_and_settle(S::Canceled, by.into())
            }
            S::Authorising | S::Ready if self.order.open_release().is_some() => self.cancel_release(by),
            // What is handed over by a person may be in the customer's hands already: only the operator knows.
            S::Ready | S::Authorising if by == Canceller::Operator => {
                self.end_and_settle(S::Canceled, Reason::CanceledByOperator)
            }
            S::Canceled => Outcome::Unchanged,
            _ => Outcome::Refused,
        }
    }

    /// Cancels an order whose pump was started. A release that was sent may be used at this very moment: the money goes
    /// back once the station has withdrawn it, and not at all when fuelling turns out to have begun.
    fn cancel_release(&mut self, by: Canceller) -> Outcome {
        if self.order.open_release().is_some_and(|release| release.sent_at.is_none()) {
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

    /// Nothing was reported of a release for too long: it is withdrawn.
    fn apply_lapse(&mut self) -> Outcome {
        let is_sent = self.order.open_release().is_some_and(|release| release.sent_at.is_some());
        let is_asked = self.order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some();
        if !is_sent || is_asked || self.order.cancellation.is_some() {
            return Outcome::Unchanged;
        }
        self.order.cancellation = Some(Cancellation { by: Canceller::Clock, at: self.now });
        self.changed([Effect::WithdrawRelease])
    }

    /// The station has confirmed that the pump is not released any more.
    fn finish_withdrawal(&mut self, cancellation: Cancellation) -> Outcome {
        self.close_discrepancies(Discrepancy::ReleaseNotWithdrawn);
        let reason = match (cancellation.by, self.order.status) {
            (Canceller::Clock, Status::Ready) => Some(StartReason::NotUsed),
            (Canceller::Clock, _) => Some(StartReason::NotAnswered),
            _ => None,
        };
        self.end_release(ReleaseOutcome::Withdrawn, reason, None)
    }

    /// Records what was handed over. An order of goods alone is completed by it.
    fn hand_over(&mut self, items: Option<Vec<HandedItem>>) -> Outcome {
        use Status as S;
        let items = items.unwrap_or_else(|| self.all_goods());
        match self.order.status {
            S::Completed if self.order.goods_until.is_some() => self.settle_goods(items),
            S::Completed if self.has_handed_over(&items) => Outcome::Unchanged,
            S::Ready if !self.order.needs_release() && self.order.fuel_line().is_none() => {
                self.order.handed_over = Some(items);
                self.complete(None)
            }
            S::Paid | S::Authorising | S::Ready | S::Fuelling
                if self.order.has_goods() && self.order.fuel_line().is_some() =>
            {
                if self.order.handed_over.as_ref() == Some(&items) {
                    return Outcome::Unchanged;
                }
                self.order.handed_over = Some(items);
                self.changed([])
            }
            _ => Outcome::Refused,
        }
    }

    /// Whether an ended order was closed with these; nothing said is all of them.
    fn has_handed_over(&self, items: &[HandedItem]) -> bool {
        match &self.order.handed_over {
            Some(known) => known == items,
            None => items == self.all_goods(),
        }
    }

    fn all_goods(&self) -> Vec<HandedItem> {
        let goods = self.order.lines.iter().filter(|line| line.fuel().is_none());
        goods.map(|line| HandedItem { sku: line.sku.clone(), quantity: line.quantity }).collect()
    }

    /// Decides about the goods beside a fuelling that gave nothing.
    fn settle_goods(&mut self, items: Vec<HandedItem>) -> Outcome {
        self.order.goods_until = None;
        self.order.handed_over = Some(items);
        let effects = returns::settle(self.order, self.now);
        self.changed(effects)
    }

    fn complete_by_operator(&mut self, volume: Option<Centi>, items: Option<Vec<HandedItem>>) -> Outcome {
        use Status as S;
        let Some(line) = self.order.fuel_line() else {
            let is_open = self.order.status == S::Ready || self.order.status == S::Completed;
            return if volume.is_none() && is_open { self.hand_over(items) } else { Outcome::Refused };
        };
        let ordered = line.quantity;
        // The pump goes on by itself: goods that are handed over meanwhile do not end the order.
        let is_at_pump = self.order.needs_release() && !self.order.status.is_final();
        if volume.is_none() && items.is_some() && is_at_pump {
            return self.hand_over(items);
        }
        let is_given_up = self.order.hold.is_some() && self.order.status.is_final();
        match self.order.status {
            S::Paid | S::Authorising | S::Ready | S::Fuelling => {}
            S::Completed if self.order.goods_until.is_some() && items.is_some() => {
                return self.hand_over(items);
            }
            _ if is_given_up => {}
            S::Completed if volume.is_none() || volume == self.order.dispensed => {
                let is_same = items.is_none_or(|items| self.has_handed_over(&items));
                return if is_same { Outcome::Unchanged } else { Outcome::Refused };
            }
            _ => return Outcome::Refused,
        }
        let volume = volume.unwrap_or(ordered);
        if volume < Centi::ZERO || volume.get() > ordered.get().saturating_add(MAX_METER_OVERRUN.get()) {
            return Outcome::Refused;
        }
        if is_given_up && !self.undo_decision() {
            return Outcome::Refused;
        }
        if let Some(hold) = self.order.hold.take() {
            self.close_discrepancies(hold.cause);
        }
        if items.is_some() {
            self.order.handed_over = items;
        }
        self.complete_beside_release(volume)
    }

    /// Completes an order whose release may still be carried out: it is withdrawn, and until that is confirmed no money
    /// goes back. Of a reserve the shipment would let the rest go, so it waits as well.
    fn complete_beside_release(&mut self, volume: Centi) -> Outcome {
        let Some(release) = self.order.open_release() else { return self.complete_with_volume(volume, None) };
        if release.sent_at.is_none() {
            self.close_release(ReleaseOutcome::NotSent);
            return self.complete_with_volume(volume, None);
        }
        if release.interrupted.is_some() {
            // The station has ended it.
            self.close_release(ReleaseOutcome::Closed);
            return self.complete_with_volume(volume, Some(Effect::ReportEnd));
        }
        if self.order.settlement.payment == Some(Payment::Held) {
            self.hold_until_withdrawn();
        }
        let outcome = self.complete_with_volume(volume, Some(Effect::WithdrawRelease));
        self.hold_until_withdrawn();
        match outcome {
            Outcome::Changed(mut effects) if self.order.hold.is_some() => {
                effects.retain(|effect| !matches!(effect, Effect::Refund | Effect::ReturnMoney));
                Outcome::Changed(effects)
            }
            outcome => outcome,
        }
    }

    fn request_refund(&mut self, request: RefundRequest) -> Outcome {
        if self.order.settlement.request_keys.contains(&request.key) {
            return Outcome::Unchanged;
        }
        if let Some(back) = self.order.settlement.requested_return(request.key) {
            let is_same = back.request.as_ref() == Some(&request);
            return if is_same { Outcome::Unchanged } else { Outcome::Refused };
        }
        // Money that waits for a decision goes by it.
        if self.order.hold.is_some() {
            if request.scope != RefundScope::Rest {
                return Outcome::Refused;
            }
            let effects = self.release_hold();
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
        returns::refund(self.order, request, self.now)
            .map_or(Outcome::Refused, |effects| self.changed(effects))
    }
}

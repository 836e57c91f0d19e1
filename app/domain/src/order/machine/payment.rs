//! What Invoicebox says of the invoice, and the clock of the unpaid order.

use super::{Effect, Event, Outcome, Transition, found_refunds, reserves, returns};
use crate::{
    money::Kopecks,
    order::{
        Discrepancy, Invoice, PaidAt, Reason, ReleaseOutcome, Status,
        settlement::{Payment, Progress, Return, ReturnedBy},
    },
};
use time::OffsetDateTime;

impl Transition<'_> {
    pub(super) fn apply_payment_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        match (self.order.status, event) {
            (_, Event::InvoiceCreated(invoice)) => self.apply_invoice(invoice),

            (S::Placing, Event::InvoiceRefused) => self.end(S::Failed, Reason::ProviderRefused, []),

            (S::Placing, Event::NumberTaken { next }) if next != self.order.merchant_order_id => {
                let taken = std::mem::replace(&mut self.order.merchant_order_id, next);
                self.order.earlier_numbers.push(taken.clone());
                self.record_discrepancy(Discrepancy::NumberTaken, taken);
                self.changed([Effect::CreateInvoice])
            }

            (status, Event::Paid { provider_id, held, paid_at, amount })
                if self.order.settlement.payment.is_none() =>
            {
                let effects = self.record_payment(provider_id, held);
                match amount.filter(|amount| *amount != self.order.total) {
                    Some(amount) => self.end_paid_with_other_sum(amount, effects, paid_at),
                    None if status.is_final() => self.end_paid_too_late(effects, paid_at),
                    None => self.start_fulfilment(effects, paid_at),
                }
            }
            (_, Event::Paid { provider_id, held, paid_at, amount }) => {
                self.apply_repeated_payment(provider_id, held, paid_at, amount)
            }
            (_, Event::PaymentRestored { held }) => self.restore_payment(held),
            (_, Event::SumDiffers { amount, invoice }) => self.apply_other_sum(amount, invoice),
            (_, Event::LinkRefused { invoice }) => self.apply_refused_link(invoice),
            (_, Event::PaidSumDiffers { amount }) if self.order.settlement.payment.is_some() => {
                self.hold_for_other_sum(amount)
            }
            (_, Event::CreationUnanswered) if !self.order.creation_unanswered => {
                self.order.creation_unanswered = true;
                self.changed([Effect::FindDuplicates])
            }

            (S::Placing | S::AwaitingPayment, Event::PaymentCanceled) => {
                self.end(S::Canceled, Reason::PaymentCanceled, [])
            }
            (_, Event::PaymentCanceled) if self.order.settlement.payment.is_some() => {
                self.apply_payment_canceled()
            }

            (S::Placing | S::AwaitingPayment, Event::TimeOver) => {
                let withdraw = self.order.invoice.is_some().then_some(Effect::CancelInvoice);
                self.end(S::Expired, Reason::PaymentTimeOver, withdraw)
            }
            _ => Outcome::Unchanged,
        }
    }

    /// Applies an invoice. Late answers are kept too: after the payment, after the end, and beside an invoice that is
    /// known already.
    fn apply_invoice(&mut self, invoice: Invoice) -> Outcome {
        match &mut self.order.invoice {
            None => {
                self.order.invoice = Some(invoice);
                match self.order.status {
                    Status::Placing => self.move_to(Status::AwaitingPayment, []),
                    // Ended while the answer was under way: nobody may pay it.
                    Status::Canceled | Status::Expired | Status::Failed => {
                        self.changed([Effect::CancelInvoice])
                    }
                    _ => self.changed([]),
                }
            }
            // The notification of the payment overtook the answer and had the id alone.
            Some(known) if known.provider_id == invoice.provider_id => {
                if !known.payment_url.is_empty() || *known == invoice {
                    return Outcome::Unchanged;
                }
                *known = invoice;
                self.changed([])
            }
            Some(_) if self.order.duplicate_invoices.contains(&invoice.provider_id) => Outcome::Unchanged,
            Some(_) => {
                let effects = self.record_duplicate(invoice.provider_id);
                self.changed(effects)
            }
        }
    }

    /// An invoice whose payment address leads elsewhere is withdrawn, and its address is not kept.
    fn apply_refused_link(&mut self, invoice: Invoice) -> Outcome {
        let invoice = Invoice { payment_url: String::new(), ..invoice };
        if self.order.status != Status::Placing {
            return self.apply_invoice(invoice);
        }
        self.order.invoice.get_or_insert(invoice);
        self.end(Status::Failed, Reason::LinkRefused, Some(Effect::CancelInvoice))
    }

    /// The invoice that was paid is the order's invoice from now on.
    fn record_payment(&mut self, provider_id: String, held: bool) -> Vec<Effect> {
        self.order.settlement.payment = Some(if held { Payment::Held } else { Payment::Taken });
        match &mut self.order.invoice {
            Some(known) if known.provider_id == provider_id => Vec::new(),
            Some(known) => {
                let other = std::mem::replace(&mut known.provider_id, provider_id.clone());
                self.order.duplicate_invoices.retain(|duplicate| *duplicate != provider_id);
                self.record_duplicate(other)
            }
            None => {
                let payment_url = String::new();
                self.order.invoice = Some(Invoice { provider_id, container_id: None, payment_url });
                Vec::new()
            }
        }
    }

    fn record_duplicate(&mut self, provider_id: String) -> Vec<Effect> {
        self.record_discrepancy(Discrepancy::DuplicateInvoices, provider_id.clone());
        self.order.duplicate_invoices.push(provider_id);
        vec![Effect::CancelDuplicates]
    }

    fn end_paid_too_late(&mut self, effects: Vec<Effect>, paid_at: Option<OffsetDateTime>) -> Outcome {
        self.order.paid_at = Some(PaidAt { learned: self.now, provider: paid_at });
        self.record_discrepancy(Discrepancy::PaidAfterEnd, String::new());
        self.hold_for_earlier_fuel();
        let outcome = self.end_and_settle(Status::Unavailable, Reason::PaidTooLate);
        after(effects, outcome)
    }

    /// Another sum was paid than the order costs: nothing is given for it, and what was paid goes back.
    fn end_paid_with_other_sum(
        &mut self,
        amount: Kopecks,
        effects: Vec<Effect>,
        paid_at: Option<OffsetDateTime>,
    ) -> Outcome {
        self.order.paid_at = Some(PaidAt { learned: self.now, provider: paid_at });
        self.order.settlement.other_sum = Some(amount);
        self.record_discrepancy(Discrepancy::SumDiffers, self.sums_detail(amount));
        let mut back = returns::return_other_sum(self.order, self.now, amount);
        if self.hold_for_earlier_fuel() {
            back.clear();
        }
        let outcome = self.end(Status::Unavailable, Reason::PaidOtherSum, back);
        after(effects, outcome)
    }

    fn sums_detail(&self, amount: Kopecks) -> String {
        format!("{} instead of {}", amount.to_decimal(), self.order.total.to_decimal())
    }

    /// An invoice over another sum is withdrawn before anybody pays it.
    fn apply_other_sum(&mut self, amount: Kopecks, invoice: Option<Invoice>) -> Outcome {
        let is_new = self.record_discrepancy(Discrepancy::SumDiffers, self.sums_detail(amount));
        if self.order.status == Status::Placing {
            if self.order.invoice.is_none() {
                self.order.invoice = invoice;
            }
            let withdraw = self.order.invoice.is_some().then_some(Effect::CancelInvoice);
            return self.end(Status::Failed, Reason::ProviderRefused, withdraw);
        }
        // Ended or paid while it was made: it is withdrawn as any other.
        match invoice.map_or(Outcome::Unchanged, |invoice| self.apply_invoice(invoice)) {
            Outcome::Unchanged if is_new => self.changed([]),
            outcome => outcome,
        }
    }

    /// No pump is started for money of which nobody knows how much it is: a person decides.
    fn hold_for_other_sum(&mut self, amount: Kopecks) -> Outcome {
        let detail = self.sums_detail(amount);
        let is_waiting = matches!(self.order.status, Status::Paid | Status::Authorising);
        if !is_waiting || self.order.has_sent_release() {
            return self.changed_by_discrepancy(Discrepancy::SumDiffers, detail);
        }
        let is_new = self.hold(Discrepancy::SumDiffers, detail);
        if self.order.has_unsent_release() {
            return self.end_release(ReleaseOutcome::NotSent, None, None);
        }
        if is_new { self.changed([]) } else { Outcome::Unchanged }
    }

    fn apply_repeated_payment(
        &mut self,
        provider_id: String,
        held: bool,
        paid_at: Option<OffsetDateTime>,
        amount: Option<Kopecks>,
    ) -> Outcome {
        let through_ours =
            self.order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id == provider_id);
        if !through_ours {
            return self.return_second_payment(provider_id, paid_at, amount);
        }
        if self.order.settlement.is_reversed() {
            return self.changed_by_discrepancy(Discrepancy::PaidAfterEnd, provider_id);
        }
        // While a shipment is under way, the capture is its own: what becomes of the rest is known by its answer.
        let settlement = &mut self.order.settlement;
        if settlement.payment == Some(Payment::Held) && !held && settlement.shipment.is_none() {
            settlement.payment = Some(Payment::Captured);
            // The money of fuel that was not given need not wait for the goods any more.
            let decided = if self.order.goods_until.is_some() {
                returns::settle(self.order, self.now)
            } else {
                Vec::new()
            };
            return match amount.map_or(Outcome::Unchanged, |taken| self.record_taken(taken)) {
                Outcome::Changed(effects) => after(decided, Outcome::Changed(effects)),
                _ => self.changed(decided),
            };
        }
        Outcome::Unchanged
    }

    /// The money is there after all: it counts, and what was not given for it goes back.
    fn restore_payment(&mut self, held: bool) -> Outcome {
        let was_revoked = std::mem::take(&mut self.order.settlement.is_revoked);
        let is_reversed = self.order.settlement.is_reversed();
        if !is_reversed && !self.order.settlement.is_canceled() {
            return if was_revoked { self.changed([]) } else { Outcome::Unchanged };
        }
        self.order.settlement.payment = Some(if held { Payment::Held } else { Payment::Taken });
        if is_reversed {
            self.close_discrepancies(Discrepancy::PaymentReversed);
            returns::forget_reversal(self.order);
        }
        if self.order.settlement.is_canceled() {
            self.owe_canceled_again();
        }
        // Others may have returned some of it meanwhile.
        found_refunds::drop_excess_returns(self.order);
        self.name_unshipped();
        let is_final = self.order.status.is_final();
        self.hold_money_that_is_back();
        let effects = match (is_final, is_reversed) {
            (true, true) => returns::settle_restored(self.order, self.now),
            (true, false) if self.order.hold.is_none() => vec![Effect::ReturnMoney],
            _ => Vec::new(),
        };
        self.changed(effects)
    }

    /// What was taken for returned by a cancellation is not: it has to go back once more, and an operator sees it.
    fn owe_canceled_again(&mut self) {
        let is_canceled = |back: &&mut Return| back.by == Some(ReturnedBy::Cancel);
        for back in self.order.settlement.returns.iter_mut().filter(is_canceled) {
            (back.state, back.by, back.done_at) = (Progress::UnderWay, None, None);
        }
        reserves::give_up_reserve(self.order, self.now);
        let owed = self.order.settlement.pending_returns().map(|back| {
            format!("{} {}: the cancelled payment is there again", back.number, back.amount.to_decimal())
        });
        for detail in owed.collect::<Vec<_>>() {
            self.record_discrepancy(Discrepancy::MoneyOwed, detail);
        }
    }

    /// Applies the cancellation of a payment that was made: we asked for it, or Invoicebox reverses it by itself.
    pub(super) fn apply_payment_canceled(&mut self) -> Outcome {
        if self.order.is_returned_as_a_whole() {
            return self.record_everything_returned();
        }
        returns::record_reversal(self.order, self.now);
        self.order.cancellation = None;
        self.record_discrepancy(Discrepancy::PaymentReversed, String::new());
        self.order.hold = None;
        self.order.goods_until = None;
        let withdraw = self.order.has_sent_release().then_some(Effect::WithdrawRelease);
        if self.order.has_unsent_release() {
            self.close_release(ReleaseOutcome::NotSent);
        }
        match self.order.status {
            Status::Paid | Status::Authorising | Status::Ready => {
                self.end(Status::Unavailable, Reason::PaymentCanceled, withdraw)
            }
            _ => self.changed(withdraw),
        }
    }

    /// We asked for it: what was still on its way back has gone by the cancellation.
    fn record_everything_returned(&mut self) -> Outcome {
        let mut is_new = false;
        for back in self.order.settlement.returns.iter_mut().filter(|back| back.state != Progress::Done) {
            back.finish(ReturnedBy::Cancel, self.now);
            is_new = true;
        }
        // A refund may still turn out to have been cancelled before.
        let settlement = &mut self.order.settlement;
        let is_first = !settlement.is_revoked && !settlement.is_reversed();
        if is_first && settlement.unconfirmed_returns().next().is_some() {
            settlement.is_revoked = true;
            is_new = true;
        }
        if !is_new {
            return Outcome::Unchanged;
        }
        self.drop_empty_hold();
        self.changed([])
    }
}

/// Carries these effects out before those of the outcome.
fn after(mut effects: Vec<Effect>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Changed(more) => {
            effects.extend(more);
            Outcome::Changed(effects)
        }
        outcome => outcome,
    }
}

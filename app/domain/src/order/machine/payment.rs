//! What Invoicebox says of the invoice, and the clock of the unpaid order.

use super::{At, Effect, Event, Outcome};
use crate::order::{
    Discrepancy, Invoice, Reason, Status,
    settlement::{self, Payment, Progress, ReturnedBy},
};

impl At<'_> {
    pub(super) fn payment(&mut self, event: Event) -> Outcome {
        use Status as S;
        match (self.order.status, event) {
            (_, Event::InvoiceCreated(invoice)) => self.invoice_created(invoice),

            (S::Placing, Event::InvoiceRefused) => self.ends(S::Failed, Reason::ProviderRefused, []),

            (S::Placing, Event::NumberTaken { next }) if next != self.order.merchant_order_id => {
                let taken = std::mem::replace(&mut self.order.merchant_order_id, next);
                self.note(Discrepancy::NumberTaken, taken);
                self.noted([Effect::CreateInvoice])
            }

            (S::Placing | S::AwaitingPayment, Event::Paid { provider_id, held }) => {
                let twins = self.paid_through(provider_id, held);
                self.begins(twins)
            }
            (S::Placing | S::AwaitingPayment, Event::PaidUnservable { provider_id, held, reason }) => {
                let mut effects = self.paid_through(provider_id, held);
                let _ = self.to(S::Paid, []);
                effects.extend(settlement::return_everything(self.order));
                self.ends(S::Unavailable, Reason::StationRefused(reason), effects)
            }
            (
                S::Canceled | S::Expired | S::Failed,
                Event::Paid { provider_id, held } | Event::PaidUnservable { provider_id, held, .. },
            ) if self.order.settlement.payment.is_none() => {
                let mut effects = self.paid_through(provider_id, held);
                self.note(Discrepancy::PaidAfterEnd, String::new());
                effects.extend(settlement::return_everything(self.order));
                self.ends(S::Unavailable, Reason::PaidTooLate, effects)
            }
            (_, Event::Paid { provider_id, held } | Event::PaidUnservable { provider_id, held, .. }) => {
                self.paid_again(provider_id, held)
            }

            (S::Placing | S::AwaitingPayment, Event::PaymentCanceled) => {
                self.ends(S::Canceled, Reason::PaymentCanceled, [])
            }
            (_, Event::PaymentCanceled) if self.order.settlement.payment.is_some() => self.payment_canceled(),

            (S::Placing | S::AwaitingPayment, Event::TimeOver) => {
                let withdraw = self.order.invoice.is_some().then_some(Effect::CancelInvoice);
                self.ends(S::Expired, Reason::PaymentTimeOver, withdraw)
            }
            _ => Outcome::Unchanged,
        }
    }

    /// Late answers are kept too: after the payment, after the end, and beside an invoice that is known already.
    fn invoice_created(&mut self, invoice: Invoice) -> Outcome {
        match &mut self.order.invoice {
            None => {
                self.order.invoice = Some(invoice);
                match self.order.status {
                    Status::Placing => self.to(Status::AwaitingPayment, []),
                    // Ended while the answer was under way: nobody may pay it.
                    Status::Canceled | Status::Expired | Status::Failed => {
                        self.noted([Effect::CancelInvoice])
                    }
                    _ => self.noted([]),
                }
            }
            // The notification of the payment overtook the answer and told the id alone.
            Some(known) if known.provider_id == invoice.provider_id => {
                if !known.payment_url.is_empty() {
                    return Outcome::Unchanged;
                }
                *known = invoice;
                self.noted([])
            }
            Some(_) if self.order.twins.contains(&invoice.provider_id) => Outcome::Unchanged,
            Some(_) => {
                let twins = self.twin(invoice.provider_id);
                self.noted(twins)
            }
        }
    }

    /// The invoice that was paid is the order's invoice from now on.
    fn paid_through(&mut self, provider_id: String, held: bool) -> Vec<Effect> {
        self.order.settlement.payment = Some(if held { Payment::Held } else { Payment::Taken });
        match &mut self.order.invoice {
            Some(known) if known.provider_id == provider_id => Vec::new(),
            Some(known) => {
                let other = std::mem::replace(&mut known.provider_id, provider_id.clone());
                self.order.twins.retain(|twin| *twin != provider_id);
                self.twin(other)
            }
            None => {
                let payment_url = String::new();
                self.order.invoice = Some(Invoice { provider_id, container_id: None, payment_url });
                Vec::new()
            }
        }
    }

    fn twin(&mut self, provider_id: String) -> Vec<Effect> {
        self.note(Discrepancy::TwinInvoices, provider_id.clone());
        self.order.twins.push(provider_id);
        vec![Effect::CancelTwins]
    }

    /// Paid: the pump is asked for, or the counter is told.
    fn begins(&mut self, mut effects: Vec<Effect>) -> Outcome {
        let _ = self.to(Status::Paid, []);
        if self.order.is_automated() {
            effects.push(Effect::Authorise);
            return Outcome::Changed(effects);
        }
        // Fuel that was sold without naming a pump is released by the cashier who sold it: nobody else is told.
        if self.order.fuel_line().is_none() {
            effects.push(Effect::Announce);
        }
        self.to(Status::Ready, effects)
    }

    fn paid_again(&mut self, provider_id: String, held: bool) -> Outcome {
        let through_ours =
            self.order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id == provider_id);
        if !through_ours {
            return self.noted_discrepancy(Discrepancy::PaidTwice, provider_id);
        }
        if self.order.settlement.is_reversed() {
            return self.noted_discrepancy(Discrepancy::PaidAfterEnd, provider_id);
        }
        if self.order.settlement.payment == Some(Payment::Held) && !held && !self.order.is_shipped() {
            self.order.settlement.payment = Some(Payment::Taken);
            return self.noted([]);
        }
        Outcome::Unchanged
    }

    /// Of a paid order: either what we asked for, or Invoicebox takes the payment back by itself.
    fn payment_canceled(&mut self) -> Outcome {
        let everything = |back: &&mut settlement::Return| back.amount == self.order.total;
        if let Some(back) = self.order.settlement.returns.iter_mut().find(everything) {
            if back.state == Progress::Done {
                return Outcome::Unchanged;
            }
            (back.state, back.by) = (Progress::Done, Some(ReturnedBy::Cancel));
            return self.noted([]);
        }
        if self.order.settlement.is_reversed() {
            return Outcome::Unchanged;
        }
        settlement::reverse(self.order);
        self.order.calling_off = None;
        self.note(Discrepancy::PaymentReversed, String::new());
        let may_flow = matches!(self.order.status, Status::Authorising | Status::Ready | Status::Fuelling);
        let withdraw = (may_flow && self.order.is_automated()).then_some(Effect::WithdrawAuthorisation);
        match self.order.status {
            Status::Fuelling | Status::Completed => self.noted(withdraw),
            _ => self.ends(Status::Unavailable, Reason::PaymentCanceled, withdraw),
        }
    }
}

//! What Invoicebox says of the invoice, and the clock of the unpaid order.

use super::{Effect, Event, Outcome, Transition, returns};
use crate::order::{
    Discrepancy, Invoice, Reason, Status,
    settlement::{Payment, Progress, Return, ReturnedBy},
};

impl Transition<'_> {
    pub(super) fn apply_payment_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        match (self.order.status, event) {
            (_, Event::InvoiceCreated(invoice)) => self.apply_invoice(invoice),

            (S::Placing, Event::InvoiceRefused) => self.end(S::Failed, Reason::ProviderRefused, []),

            (S::Placing, Event::NumberTaken { next }) if next != self.order.merchant_order_id => {
                let taken = std::mem::replace(&mut self.order.merchant_order_id, next);
                self.record_discrepancy(Discrepancy::NumberTaken, taken);
                self.changed([Effect::CreateInvoice])
            }

            (S::Placing | S::AwaitingPayment, Event::Paid { provider_id, held }) => {
                let effects = self.record_payment(provider_id, held);
                self.start_fulfilment(effects)
            }
            (S::Placing | S::AwaitingPayment, Event::PaidUnservable { provider_id, held, reason }) => {
                let mut effects = self.record_payment(provider_id, held);
                let _ = self.move_to(S::Paid, []);
                effects.extend(returns::return_everything(self.order));
                self.end(S::Unavailable, Reason::StationRefused(reason), effects)
            }
            (
                S::Canceled | S::Expired | S::Failed,
                Event::Paid { provider_id, held } | Event::PaidUnservable { provider_id, held, .. },
            ) if self.order.settlement.payment.is_none() => {
                let mut effects = self.record_payment(provider_id, held);
                self.record_discrepancy(Discrepancy::PaidAfterEnd, String::new());
                effects.extend(returns::return_everything(self.order));
                self.end(S::Unavailable, Reason::PaidTooLate, effects)
            }
            (_, Event::Paid { provider_id, held } | Event::PaidUnservable { provider_id, held, .. }) => {
                self.apply_repeated_payment(provider_id, held)
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
                if !known.payment_url.is_empty() {
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

    /// Marks the order as paid: requests the release of its pump, or announces goods at the station.
    fn start_fulfilment(&mut self, mut effects: Vec<Effect>) -> Outcome {
        let _ = self.move_to(Status::Paid, []);
        if self.order.names_pump() {
            effects.push(Effect::RequestRelease);
            return Outcome::Changed(effects);
        }
        // Fuel that was sold without naming a pump is released by the cashier who sold it: nobody else is asked.
        if self.order.fuel_line().is_none() {
            effects.push(Effect::Announce);
        }
        self.move_to(Status::Ready, effects)
    }

    fn apply_repeated_payment(&mut self, provider_id: String, held: bool) -> Outcome {
        let through_ours =
            self.order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id == provider_id);
        if !through_ours {
            return self.changed_by_discrepancy(Discrepancy::PaidTwice, provider_id);
        }
        if self.order.settlement.is_reversed() {
            return self.changed_by_discrepancy(Discrepancy::PaidAfterEnd, provider_id);
        }
        if self.order.settlement.payment == Some(Payment::Held) && !held && !self.order.is_shipped() {
            self.order.settlement.payment = Some(Payment::Taken);
            return self.changed([]);
        }
        Outcome::Unchanged
    }

    /// Applies the cancellation of a payment that was made: we asked for it, or Invoicebox reverses it by itself.
    fn apply_payment_canceled(&mut self) -> Outcome {
        let everything = |back: &&mut Return| back.amount == self.order.total;
        if let Some(back) = self.order.settlement.returns.iter_mut().find(everything) {
            if back.state == Progress::Done {
                return Outcome::Unchanged;
            }
            (back.state, back.by) = (Progress::Done, Some(ReturnedBy::Cancel));
            return self.changed([]);
        }
        if self.order.settlement.is_reversed() {
            return Outcome::Unchanged;
        }
        returns::record_reversal(self.order);
        self.order.cancellation = None;
        self.record_discrepancy(Discrepancy::PaymentReversed, String::new());
        let may_flow = matches!(self.order.status, Status::Authorising | Status::Ready | Status::Fuelling);
        let withdraw = (may_flow && self.order.names_pump()).then_some(Effect::WithdrawRelease);
        match self.order.status {
            Status::Fuelling | Status::Completed => self.changed(withdraw),
            _ => self.end(Status::Unavailable, Reason::PaymentCanceled, withdraw),
        }
    }
}

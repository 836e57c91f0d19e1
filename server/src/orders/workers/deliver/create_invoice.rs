//! Creation of the invoice, once: after a try with an unknown outcome the invoice is looked for first.

use std::{sync::Arc, time::Duration};

use domain::{
    id::OrderId,
    order::{Invoice, Order, Origin, Status, machine::Event},
    refusal::PaymentRefusal,
};
use rand::Rng;

use super::{
    attempt::{Attempt, may_still_happen, send_with_fitting_prices},
    found_invoice::{is_of, other_sum, paid_event, unpaid_event},
    tries::Tries,
};
use crate::{
    clock::Clock,
    invoicebox::{
        CallError, CreatedInvoice, InvoiceboxClient, Links, PaymentType, ProviderOrder, ProviderStatus,
    },
    orders::{
        Hub, OrderChanges, OrderRules, OrderUpdate, Outbox, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// Tries with a number that Invoicebox calls taken without showing an invoice under it; then it is given up.
const MAX_TRIES_WITH_TAKEN_NUMBER: i64 = 5;

/// Creates the invoice of an order.
pub(super) struct CreateInvoice {
    pub changes: Arc<OrderChanges>,
    pub outbox: Outbox,
    pub hub: Hub,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub rules: Arc<OrderRules>,
}

impl CreateInvoice {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        if entry.row.marks.sent_at.is_some() && !order.creation_unanswered {
            // The process that has sent it did not live to see its answer.
            self.changes.apply_within_effect(order.id, Event::CreationUnanswered).await?;
        }
        if entry.attempts > 1 {
            match self.invoicebox.find_by_number(&order.merchant_order_id).await {
                Ok(found) if !found.is_empty() => return self.adopt_invoice(entry, order, found).await,
                Ok(_) => {}
                Err(error) => {
                    self.publish_failure(order.id, &error);
                    return Ok(Attempt::look_failed(entry, &error));
                }
            }
            if may_still_happen(entry, self.clock.now()) {
                self.hub.publish(order.id, OrderUpdate::TryFailed(PaymentRefusal::ProviderTimeout));
                return Ok(Attempt::wait(entry, None));
            }
        }
        if order.status != Status::Placing {
            return Ok(Attempt::Done);
        }
        let is_taken_unseen = entry.row.marks.duplicate_seen;
        if is_taken_unseen && entry.attempts > MAX_TRIES_WITH_TAKEN_NUMBER {
            // It may be ours all the same.
            self.changes.apply_within_effect(order.id, Event::CreationUnanswered).await?;
            return Ok(renumber(order));
        }
        if !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        match self.send_invoice(order).await {
            Ok(CreatedInvoice { invoice, order: there }) => {
                Ok(Attempt::Learned(unpaid_event(order, invoice, there.amount, &self.rules.payment_origins)))
            }
            Err(error) if error.is_duplicate_number() => {
                // The first time it is looked for at once.
                let after = (!is_taken_unseen).then_some(Duration::ZERO);
                Ok(Attempt::Retry { error: Some(error.to_string()), marks: Marks::DUPLICATE, after })
            }
            Err(error) if error.is_definite() => {
                tracing::error!(order.number, %error, "Invoicebox refused the order");
                Ok(Attempt::Learned(Event::InvoiceRefused))
            }
            Err(error) => {
                self.publish_failure(order.id, &error);
                if error.is_outcome_unknown() {
                    // It may be there, or may still be made there, beside the one of the next try.
                    self.changes.apply_within_effect(order.id, Event::CreationUnanswered).await?;
                }
                let sent = error.is_unanswered().then(|| Marks::sent(self.clock.now()));
                Ok(Attempt::write_failed(&error, sent.unwrap_or(Marks::NONE)))
            }
        }
    }

    async fn send_invoice(&self, order: &Order) -> Result<CreatedInvoice, CallError> {
        let links = Links::new(&self.rules.public_url, order.id);
        let payment = payment_type(order);
        send_with_fitting_prices(order.number, "order", |scale| {
            self.invoicebox.create_order(order, &links, scale, payment)
        })
        .await
    }

    /// Takes over what Invoicebox has under our number, where merchant and currency are ours. Of several invoices the paid
    /// one is kept, else the oldest that can be paid; the machine withdraws the others, and those over another sum.
    async fn adopt_invoice(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        found: Vec<ProviderOrder>,
    ) -> Result<Attempt, StoreError> {
        let mut ours: Vec<ProviderOrder> = found.into_iter().filter(|there| is_of(order, there)).collect();
        if ours.is_empty() {
            return Ok(renumber(order));
        }
        let is_paid = |there: &ProviderOrder| there.status.is_paid(self.rules.release_on_hold);
        let has_other_sum = |there: &ProviderOrder| other_sum(order, there.amount).is_some();
        ours.sort_by_key(|there| {
            (!is_paid(there), has_other_sum(there), rank(&there.status), there.created_at)
        });
        let mut tries = Tries::new(&self.changes, order.id);
        for there in ours {
            let invoice = match self.invoice_of(&there).await {
                Ok(Some(invoice)) => invoice,
                Ok(None) => {
                    let error = Some("the invoice that exists shows no paymentUrl".to_owned());
                    tries.add(Attempt::Retry { error, marks: entry.row.marks, after: None }).await?;
                    break;
                }
                Err(error) => {
                    self.publish_failure(order.id, &error);
                    tries.add(Attempt::look_failed(entry, &error)).await?;
                    break;
                }
            };
            tracing::info!(
                order.number,
                invoice = invoice.provider_id,
                "the invoice exists already: adopted"
            );
            if is_paid(&there) {
                tries.add(Attempt::Learned(Event::InvoiceCreated(invoice))).await?;
                tries.add(Attempt::Learned(paid_event(there))).await?;
            } else {
                let event = unpaid_event(order, invoice, there.amount, &self.rules.payment_origins);
                tries.add(Attempt::Learned(event)).await?;
            }
        }
        tries.finish().await
    }

    /// The invoice of an order at Invoicebox; `None` when it has no payment address.
    async fn invoice_of(&self, there: &ProviderOrder) -> Result<Option<Invoice>, CallError> {
        if let Some(invoice) = there.invoice() {
            return Ok(Some(invoice));
        }
        let read = self.invoicebox.get_order(&there.provider_id).await?;
        Ok(read.payment_url.map(|payment_url| Invoice {
            provider_id: there.provider_id.clone(),
            container_id: read.container_id,
            payment_url,
        }))
    }

    /// Reports a failed try to the waiting customer.
    fn publish_failure(&self, id: OrderId, error: &CallError) {
        let refusal = if error.is_unanswered() {
            PaymentRefusal::ProviderTimeout
        } else {
            PaymentRefusal::ProviderDown
        };
        self.hub.publish(id, OrderUpdate::TryFailed(refusal));
    }
}

/// Takes the next number because another order at Invoicebox has ours; logged for an operator.
fn renumber(order: &Order) -> Attempt {
    let next = format!("{}-{:08x}", order.number, rand::rng().random::<u32>());
    tracing::error!(order.number, taken = order.merchant_order_id, next, "our number is taken at Invoicebox");
    Attempt::Learned(Event::NumberTaken { next })
}

/// Sort key: paid before reserved before payable before ended.
fn rank(status: &ProviderStatus) -> u8 {
    match status {
        ProviderStatus::Completed => 0,
        ProviderStatus::Hold => 1,
        ProviderStatus::Created => 2,
        _ => 3,
    }
}

/// Full payment at the cashier, where goods change hands with the payment; prepayment in the app, where they do later.
pub(super) fn payment_type(order: &Order) -> PaymentType {
    match order.origin {
        Origin::Customer => PaymentType::FullPrepayment,
        Origin::Cashier { .. } => PaymentType::FullPayment,
    }
}

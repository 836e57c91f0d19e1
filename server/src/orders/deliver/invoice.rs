//! The invoice: created once, found again after an unknown outcome, withdrawn.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Order, Status, machine::Event},
    refusal::PaymentRefusal,
};
use rand::Rng;

use super::{DUPLICATE, Tried, again, may_still_happen, payment_type};
use crate::{
    invoicebox::{CallError, Links, ProviderOrder, ProviderStatus, UnitPriceScale},
    orders::{OrderUpdate, StoreError, outbox::Job, worker::EffectWorker},
};

/// A number that is taken there by something we are not shown is given up after so many tries.
const LOOKED_FOR: i64 = 5;

impl EffectWorker {
    /// Creates the invoice; after a try with unknown outcome Invoicebox is asked first.
    pub(super) async fn create_invoice(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        if job.attempts > 1 {
            let found = match self.inner.invoicebox.find_by_number(&order.merchant_order_id).await {
                Ok(found) => found,
                Err(error) => return Ok(self.try_failed(order.id, &error)),
            };
            if !found.is_empty() {
                return self.adopt(order, found).await;
            }
            if may_still_happen(job, self.inner.clock.now()) {
                self.inner.hub.publish(order.id, OrderUpdate::TryFailed(PaymentRefusal::ProviderTimeout));
                let error = job.last_error.clone().unwrap_or_default();
                return Ok(Tried::Again { error, after: None });
            }
        }
        if order.status != Status::Placing {
            return Ok(Tried::Done);
        }
        let unseen = job.last_error.as_deref().is_some_and(|error| error.starts_with(DUPLICATE));
        if unseen && job.attempts > LOOKED_FOR {
            return self.renumber(order).await;
        }
        if !self.note_sent(job).await? {
            return Ok(Tried::Done);
        }
        match self.send(order).await {
            Ok(invoice) => {
                self.apply(order.id, Event::InvoiceCreated(invoice)).await?;
                Ok(Tried::Done)
            }
            Err(error) if error.is_duplicate_number() => {
                let after = (!unseen).then_some(Duration::ZERO);
                Ok(Tried::Again { error: format!("{DUPLICATE}{error}"), after })
            }
            Err(error) if error.is_definite() => {
                tracing::error!(order.number, %error, "Invoicebox refused the order");
                self.apply(order.id, Event::InvoiceRefused).await?;
                Ok(Tried::Done)
            }
            Err(error) => Ok(self.try_failed(order.id, &error)),
        }
    }

    async fn send(&self, order: &Order) -> Result<domain::order::Invoice, CallError> {
        let links = Links::new(&self.inner.rules.public_url, order.id);
        let client = &self.inner.invoicebox;
        let payment = payment_type(order);
        let created = client.create_order(order, &links, UnitPriceScale::Two, payment).await;
        if !created.as_ref().is_err_and(CallError::is_unit_price_refused) {
            return created;
        }
        tracing::error!(
            order.number,
            "Invoicebox refused unit prices of two decimals: repeating once with six; tell support"
        );
        client.create_order(order, &links, UnitPriceScale::Six, payment).await
    }

    /// What is there under our number is ours when the merchant and the sum are. Of several the paid one is kept,
    /// else the oldest that can be paid; the machine withdraws the others.
    async fn adopt(&self, order: &Order, found: Vec<ProviderOrder>) -> Result<Tried, StoreError> {
        let mut ours: Vec<ProviderOrder> = found.into_iter().filter(|there| is_of(order, there)).collect();
        if ours.is_empty() {
            return self.renumber(order).await;
        }
        ours.sort_by_key(|there| (rank(&there.status), there.created_at));
        for there in ours {
            let invoice = match there.invoice() {
                Some(invoice) => invoice,
                None => match self.inner.invoicebox.get_order(&there.provider_id).await {
                    Ok(ProviderOrder { payment_url: Some(payment_url), container_id, .. }) => {
                        let provider_id = there.provider_id.clone();
                        domain::order::Invoice { provider_id, container_id, payment_url }
                    }
                    Ok(_) => {
                        let error = "the invoice that exists shows no paymentUrl".to_owned();
                        return Ok(Tried::Again { error, after: None });
                    }
                    Err(error) => return Ok(self.try_failed(order.id, &error)),
                },
            };
            tracing::info!(
                order.number,
                invoice = invoice.provider_id,
                "the invoice exists already: adopted"
            );
            self.apply(order.id, Event::InvoiceCreated(invoice)).await?;
            let held = there.status == ProviderStatus::Hold && self.inner.rules.release_on_hold;
            if held || there.status == ProviderStatus::Completed {
                let provider_id = there.provider_id;
                self.apply(order.id, Event::Paid { provider_id, held }).await?;
            }
        }
        Ok(Tried::Done)
    }

    /// Somebody else's order has our number: the next one, and an operator hears of it.
    async fn renumber(&self, order: &Order) -> Result<Tried, StoreError> {
        let next = format!("{}-{:08x}", order.number, rand::rng().random::<u32>());
        tracing::error!(
            order.number,
            taken = order.merchant_order_id,
            next,
            "our number is taken at Invoicebox"
        );
        self.apply(order.id, Event::NumberTaken { next }).await?;
        Ok(Tried::Done)
    }

    /// Tells the waiting customer, and repeats later.
    fn try_failed(&self, id: OrderId, error: &CallError) -> Tried {
        let refusal = if error.is_unanswered() {
            PaymentRefusal::ProviderTimeout
        } else {
            PaymentRefusal::ProviderDown
        };
        self.inner.hub.publish(id, OrderUpdate::TryFailed(refusal));
        again(self.inner.clock.now(), error)
    }

    /// Withdraws the unpaid invoice.
    pub(super) async fn cancel_invoice(&self, order: &Order) -> Result<Tried, StoreError> {
        match &order.invoice {
            Some(invoice) => self.withdraw_invoice(order, &invoice.provider_id).await,
            None => Ok(Tried::Done),
        }
    }

    /// Withdraws every other invoice under our number.
    pub(super) async fn cancel_twins(&self, order: &Order) -> Result<Tried, StoreError> {
        for duplicate in &order.duplicate_invoices {
            if let again @ Tried::Again { .. } = self.withdraw_invoice(order, duplicate).await? {
                return Ok(again);
            }
        }
        Ok(Tried::Done)
    }

    /// A refusal means that it has ended there by itself, or that it was paid: then the payment is taken as told.
    async fn withdraw_invoice(&self, order: &Order, provider_id: &str) -> Result<Tried, StoreError> {
        let now = self.inner.clock.now();
        match self.inner.invoicebox.cancel_order(provider_id).await {
            Ok(_) => Ok(Tried::Done),
            Err(error) if error.is_refusal() => match self.inner.invoicebox.get_order(provider_id).await {
                Ok(there) if there.status == ProviderStatus::Completed => {
                    let provider_id = provider_id.to_owned();
                    self.apply(order.id, Event::Paid { provider_id, held: false }).await?;
                    Ok(Tried::Done)
                }
                Ok(_) => Ok(Tried::Done),
                Err(error) if error.is_not_found() => Ok(Tried::Done),
                Err(error) => Ok(again(now, &error)),
            },
            Err(error) => Ok(again(now, &error)),
        }
    }
}

/// Same merchant, same sum, roubles; what an answer leaves out is not held against it.
fn is_of(order: &Order, there: &ProviderOrder) -> bool {
    there.amount.is_none_or(|amount| amount == order.total)
        && there.merchant_id.as_ref().is_none_or(|merchant| merchant.eq_ignore_ascii_case(&order.merchant_id))
        && there.currency.as_deref().is_none_or(|currency| currency == "RUB")
}

/// Paid before reserved before payable before ended.
fn rank(status: &ProviderStatus) -> u8 {
    match status {
        ProviderStatus::Completed => 0,
        ProviderStatus::Hold => 1,
        ProviderStatus::Created => 2,
        _ => 3,
    }
}

//! Withdraws unpaid invoices: the order's own, and others under its number.

use std::sync::Arc;

use domain::order::{Discrepancy, Order, machine::Event};

use super::{attempt::Attempt, found_invoice::paid_event, tries::Tries};
use crate::{
    invoicebox::{InvoiceboxClient, ProviderOrder, ProviderStatus},
    orders::{
        OrderChanges, OrderStore, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// Withdraws unpaid invoices.
pub(super) struct CancelInvoice {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub invoicebox: InvoiceboxClient,
}

impl CancelInvoice {
    /// Withdraws the order's own invoice, unless the order was paid through it meanwhile: what becomes of that money is
    /// decided elsewhere, and a cancellation would take a guarantee or a reserve back.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let attempt = match &order.invoice {
            Some(invoice) if order.settlement.payment.is_none() => {
                self.withdraw_invoice(entry, &invoice.provider_id).await
            }
            _ => Attempt::Done,
        };
        self.close_discrepancy(order, attempt).await
    }

    /// Withdraws every other invoice under our number. One that cannot be withdrawn keeps none behind it waiting.
    pub async fn cancel_duplicates(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let mut tries = Tries::new(&self.changes, order.id);
        for duplicate in &order.duplicate_invoices {
            if self.is_still_duplicate(order, duplicate).await? {
                tries.add(self.withdraw_invoice(entry, duplicate).await).await?;
            }
        }
        let attempt = tries.finish().await?;
        self.close_discrepancy(order, attempt).await
    }

    /// Whether nobody has paid through it while others were withdrawn.
    async fn is_still_duplicate(&self, order: &Order, provider_id: &String) -> Result<bool, StoreError> {
        let order = self.store.get(order.id).await?;
        Ok(order.is_some_and(|order| order.duplicate_invoices.contains(provider_id)))
    }

    /// Closes what was recorded about an invoice that is withdrawn, or paid, now.
    async fn close_discrepancy(&self, order: &Order, attempt: Attempt) -> Result<Attempt, StoreError> {
        if order.discrepancy(Discrepancy::InvoiceNotWithdrawn).is_none() {
            return Ok(attempt);
        }
        match attempt {
            Attempt::Done => Ok(Attempt::Learned(Event::InvoicesWithdrawn)),
            Attempt::Learned(event) => {
                self.changes.apply_within_effect(order.id, event).await?;
                Ok(Attempt::Learned(Event::InvoicesWithdrawn))
            }
            attempt => Ok(attempt),
        }
    }

    /// What counts is the status that is read afterwards, whatever was answered, and also if nothing was: it may have ended
    /// there by itself, or it was paid, and then the payment is taken as reported. A repetition reads it before, too: it
    /// may have been paid since, and by a guarantee that the next cancellation would take back.
    async fn withdraw_invoice(&self, entry: &OutboxEntry, provider_id: &str) -> Attempt {
        if entry.attempts > 1 {
            match self.invoicebox.get_order(provider_id).await {
                Ok(there) if is_payable(&there) => {}
                Ok(there) => return outcome_of(there),
                Err(error) if error.is_not_found() => return Attempt::Done,
                Err(error) => return Attempt::call_failed(&error),
            }
        }
        let there = match self.invoicebox.cancel_order(provider_id).await {
            Err(error) if error.is_answered() || error.is_unanswered() => {
                self.invoicebox.get_order(provider_id).await
            }
            there => there,
        };
        match there {
            Ok(there) => outcome_of(there),
            Err(error) if error.is_not_found() => Attempt::Done,
            Err(error) => Attempt::call_failed(&error),
        }
    }
}

/// Whether it can be paid, or its reserve can be taken: a reserve stands as long as its invoice does.
fn is_payable(there: &ProviderOrder) -> bool {
    matches!(there.status, ProviderStatus::Created | ProviderStatus::Hold)
}

fn outcome_of(there: ProviderOrder) -> Attempt {
    if there.status == ProviderStatus::Completed {
        return Attempt::Learned(paid_event(there));
    }
    if !is_payable(&there) {
        return Attempt::Done;
    }
    Attempt::Retry { error: Some("it can still be paid there".to_owned()), marks: Marks::NONE, after: None }
}

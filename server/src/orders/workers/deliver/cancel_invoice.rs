//! Withdraws unpaid invoices: the order's own, and others under its number.

use std::sync::Arc;

use domain::order::{Discrepancy, Order, machine::Event};

use super::attempt::Attempt;
use crate::{
    invoicebox::{InvoiceboxClient, ProviderStatus},
    orders::{OrderChanges, StoreError, store::Marks},
};

/// Withdraws unpaid invoices.
pub(super) struct CancelInvoice {
    pub changes: Arc<OrderChanges>,
    pub invoicebox: InvoiceboxClient,
}

impl CancelInvoice {
    /// Withdraws the order's own invoice.
    pub async fn run(&self, order: &Order) -> Result<Attempt, StoreError> {
        match &order.invoice {
            Some(invoice) => {
                let attempt = self.withdraw_invoice(&invoice.provider_id).await;
                self.close_discrepancy(order, attempt).await
            }
            None => Ok(Attempt::Done),
        }
    }

    /// Withdraws every other invoice under our number. One that cannot be withdrawn keeps none behind it waiting.
    pub async fn cancel_duplicates(&self, order: &Order) -> Result<Attempt, StoreError> {
        let (mut last, mut failed) = (Attempt::Done, None);
        for duplicate in &order.duplicate_invoices {
            match self.withdraw_invoice(duplicate).await {
                Attempt::Learned(event) => {
                    if let Attempt::Learned(before) = std::mem::replace(&mut last, Attempt::Learned(event)) {
                        self.changes.apply_within_effect(order.id, before).await?;
                    }
                }
                retry @ Attempt::Retry { .. } => failed = Some(retry),
                Attempt::Done | Attempt::Wait { .. } => {}
            }
        }
        match (failed, last) {
            (Some(failed), Attempt::Learned(event)) => {
                self.changes.apply_within_effect(order.id, event).await?;
                Ok(failed)
            }
            (Some(failed), _) => Ok(failed),
            (None, last) => self.close_discrepancy(order, last).await,
        }
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

    /// What counts is the status that is read afterwards, whatever was answered: it may have ended there by itself, or it
    /// was paid, and then the payment is taken as reported.
    async fn withdraw_invoice(&self, provider_id: &str) -> Attempt {
        let there = match self.invoicebox.cancel_order(provider_id).await {
            Err(error) if error.is_answered() => self.invoicebox.get_order(provider_id).await,
            there => there,
        };
        match there {
            Ok(there) if there.status == ProviderStatus::Completed => Attempt::Learned(Event::Paid {
                provider_id: provider_id.to_owned(),
                held: false,
                paid_at: there.paid_at,
                amount: there.amount,
            }),
            // A reserve stands as long as its invoice does.
            Ok(there) if matches!(there.status, ProviderStatus::Created | ProviderStatus::Hold) => {
                Attempt::Retry {
                    error: Some("it can still be paid there".to_owned()),
                    marks: Marks::NONE,
                    after: None,
                }
            }
            Ok(_) => Attempt::Done,
            Err(error) if error.is_not_found() => Attempt::Done,
            Err(error) => Attempt::call_failed(&error),
        }
    }
}

//! A look at Invoicebox before a pump is released long after the payment: whether the money is still there.

use std::time::Duration;

use domain::order::{Order, machine::Event};

use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, ProviderRefund, ProviderStatus, provider_sku},
};

/// Age of a payment up to which it is believed without a look.
const TRUSTED_AGE: Duration = Duration::from_secs(10 * 60);

/// Checks that a payment still stands.
pub(super) struct CheckPayment {
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
}

/// What a look at a payment showed.
pub(super) enum PaymentCheck {
    Valid,
    /// The payment was taken back, or part of it was returned.
    Learned(Vec<Event>),
    /// Invoicebox did not answer.
    Failed(CallError),
}

impl CheckPayment {
    pub async fn run(&self, order: &Order) -> PaymentCheck {
        let (Some(paid_at), Some(invoice)) = (order.paid_at, &order.invoice) else {
            return PaymentCheck::Valid;
        };
        let paid = paid_at.provider.map_or(paid_at.learned, |provider| provider.min(paid_at.learned));
        if self.clock.now() - paid <= TRUSTED_AGE {
            return PaymentCheck::Valid;
        }
        match self.look(order, &invoice.provider_id).await {
            Ok(check) => check,
            Err(error) => PaymentCheck::Failed(error),
        }
    }

    async fn look(&self, order: &Order, provider_id: &str) -> Result<PaymentCheck, CallError> {
        let there = self.invoicebox.get_order(provider_id).await?;
        if there.status == ProviderStatus::Canceled {
            return Ok(PaymentCheck::Learned(vec![Event::PaymentCanceled]));
        }
        let refunds = self.invoicebox.find_refunds(provider_id).await?;
        let found: Vec<Event> = refunds.iter().filter_map(|refund| found_refund(order, refund)).collect();
        Ok(if found.is_empty() { PaymentCheck::Valid } else { PaymentCheck::Learned(found) })
    }
}

/// The event of a refund that somebody else has made; `None` for one of ours, or one that was cancelled.
pub(super) fn found_refund(order: &Order, refund: &ProviderRefund) -> Option<Event> {
    let number = refund.name().to_owned();
    let is_known = order.settlement.returns.iter().any(|back| back.number == number);
    if is_known || refund.is_canceled() {
        return None;
    }
    let lines = refund.lines.iter().filter_map(|part| {
        let line = order.lines.iter().find(|line| provider_sku(&line.sku.0) == part.sku)?;
        Some((line.sku.clone(), part.amount))
    });
    let (lines, at) = (lines.collect(), refund.created_at);
    let is_confirmed = refund.status.is_final();
    Some(Event::RefundFound { number, amount: refund.amount?, lines, at, is_confirmed })
}

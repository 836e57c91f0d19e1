//! A look at Invoicebox before a pump is released long after the payment: whether the money is still there.

use std::{sync::Arc, time::Duration};

use domain::order::{
    Order,
    machine::Event,
    settlement::{Payment, Settlement},
};

use super::{
    found_invoice::{is_in_roubles, other_sum},
    found_money::{found_refund, taken_of},
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, ProviderStatus},
    orders::{OrderRules, store::MAX_CLOCK_SKEW},
};

/// Age of a payment up to which it is believed without a look.
const TRUSTED_AGE: Duration = Duration::from_secs(10 * 60);

/// Checks that a payment still stands.
pub(super) struct CheckPayment {
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub rules: Arc<OrderRules>,
}

/// What a look at a payment showed.
pub(super) enum PaymentCheck {
    Valid,
    /// The payment was taken back, part of it was returned, or it is of another sum.
    Learned(Vec<Event>),
    /// Invoicebox names a status that does not say that the money is there.
    Unconfirmed,
    /// Invoicebox did not answer.
    Failed(CallError),
}

impl CheckPayment {
    pub async fn run(&self, order: &Order) -> PaymentCheck {
        let (Some(paid_at), Some(invoice)) = (order.paid_at, &order.invoice) else {
            return PaymentCheck::Valid;
        };
        let paid = paid_at.provider.map_or(paid_at.learned, |provider| provider.min(paid_at.learned));
        let now = self.clock.now();
        // One that was learned of in the future came before the clock was set back: nobody knows when. Of a reserve that
        // others have taken nobody knows how much.
        let is_taken_by_others = order.settlement.payment == Some(Payment::Captured);
        if now - paid <= TRUSTED_AGE && paid <= now + MAX_CLOCK_SKEW && !is_taken_by_others {
            return PaymentCheck::Valid;
        }
        match self.look(order, &invoice.provider_id).await {
            Ok(check) => check,
            Err(error) => PaymentCheck::Failed(error),
        }
    }

    /// Only the order's sum, paid or reserved, is a reason to release a pump.
    async fn look(&self, order: &Order, provider_id: &str) -> Result<PaymentCheck, CallError> {
        let there = self.invoicebox.get_order(provider_id).await?;
        if is_taken_back(&order.settlement, &there.status) {
            return Ok(PaymentCheck::Learned(vec![Event::PaymentCanceled]));
        }
        let by_reserve = order.settlement.payment.is_some_and(Payment::began_as_reserve);
        let is_there = there.status.is_paid(self.rules.release_on_hold || by_reserve);
        if !is_there || !is_in_roubles(&there) {
            let (status, currency) = (&there.status, &there.currency);
            tracing::error!(
                order.number,
                ?status,
                ?currency,
                "Invoicebox does not confirm a payment: no pump is released"
            );
            return Ok(PaymentCheck::Unconfirmed);
        }
        let refunds = self.invoicebox.find_refunds(provider_id).await?;
        let mut found: Vec<Event> = refunds.iter().filter_map(|refund| found_refund(order, refund)).collect();
        if by_reserve && there.status == ProviderStatus::Completed {
            let taken = taken_of(&self.invoicebox, order, provider_id, &refunds).await?;
            let part = taken.filter(|taken| found.is_empty() && *taken < order.paid_total());
            found.extend(part.map(|amount| Event::ReserveTaken { amount }));
        }
        // A refund may lower the sum: it says more.
        if found.is_empty() {
            found.extend(other_sum(order, there.amount).map(|amount| Event::PaidSumDiffers { amount }));
        }
        Ok(if found.is_empty() { PaymentCheck::Valid } else { PaymentCheck::Learned(found) })
    }
}

/// Whether the status says that the money went back: a reserve also ends by itself.
fn is_taken_back(settlement: &Settlement, status: &ProviderStatus) -> bool {
    let is_reserve = settlement.payment == Some(Payment::Held);
    *status == ProviderStatus::Canceled || (*status == ProviderStatus::Expired && is_reserve)
}

//! Returning money of an ended order.

use std::sync::Arc;

use domain::{
    id::OrderId,
    money::Kopecks,
    order::{Order, machine::Event},
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, to_internal_error};

/// Longest reason that is kept, in characters.
const MAX_REASON_CHARS: usize = 500;

/// Returns money to the payer.
#[derive(Clone)]
pub struct RefundOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
}

impl RefundOrder {
    /// Returns money of an ended order: `amount`, or all that is left. What Invoicebox refused to return before is
    /// tried again, as a whole. The same sum with the same reason, while it is still under way, is the same refund.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `RefundTooLarge` beyond what is left, `NotRefundable` where nothing is.
    pub async fn run(&self, id: OrderId, amount: Option<Kopecks>, reason: &str) -> Result<Order, Refusal> {
        let reason = reason.chars().take(MAX_REASON_CHARS).collect();
        match self
            .changes
            .apply(id, Event::RefundRequested { amount, reason })
            .await
            .map_err(to_internal_error)?
        {
            Applied::Changed(order) | Applied::Unchanged(order) => Ok(Order::clone(&order)),
            Applied::Unknown => Err(OrderRefusal::OrderUnknown.into()),
            Applied::Refused(order) => {
                let left = order.refundable();
                let too_large = left > Kopecks::ZERO && amount.is_some_and(|amount| amount > left);
                let refusal = if too_large {
                    PaymentRefusal::RefundTooLarge { left }
                } else {
                    PaymentRefusal::NotRefundable
                };
                Err(refusal.into())
            }
        }
    }
}

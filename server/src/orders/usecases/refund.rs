//! The operator gives money back.

use domain::{
    id::OrderId,
    money::Kopecks,
    order::{Order, machine::Event, settlement::refundable},
    refusal::Refusal,
};

use crate::orders::{Orders, changes::Applied, internal};

impl Orders {
    /// Gives money of an ended order back: `amount`, or all that is left. What Invoicebox refused to return before is
    /// tried again, as a whole. The same sum with the same reason, while it is still under way, is the same refund.
    ///
    /// # Errors
    /// `OrderUnknown`; `RefundTooLarge` beyond what is left; `NotRefundable` where nothing is.
    pub async fn refund(&self, id: OrderId, amount: Option<Kopecks>, reason: &str) -> Result<Order, Refusal> {
        let reason = reason.chars().take(500).collect();
        match self.apply(id, Event::RefundRequested { amount, reason }).await.map_err(internal)? {
            Applied::Changed(order) | Applied::Unchanged(order) => Ok(Order::clone(&order)),
            Applied::Unknown => Err(Refusal::OrderUnknown),
            Applied::Refused(order) => {
                let left = refundable(&order);
                let too_large = left > Kopecks::ZERO && amount.is_some_and(|amount| amount > left);
                Err(if too_large { Refusal::RefundTooLarge { left } } else { Refusal::NotRefundable })
            }
        }
    }
}

//! Returning money of an ended order.

use std::sync::Arc;

use domain::{
    id::OrderId,
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{RefundRequest, RefundScope},
    },
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, to_internal_error};

/// Returns money to the payer.
#[derive(Clone)]
pub struct RefundOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
}

impl RefundOrder {
    /// Returns money of an ended order. What Invoicebox refused to return before is tried again, as a whole. The same key
    /// is the same refund, however often it is sent.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `KeyReused` for another request under a known key, `LinesRequired` for a part of
    /// the sum of an order with several lines, `RefundTooLarge` beyond what is left, `NotRefundable` where nothing is, or
    /// where an operator has to decide about the fuel first.
    pub async fn run(&self, id: OrderId, request: RefundRequest) -> Result<Order, Refusal> {
        let event = Event::RefundRequested(request.clone());
        match self.changes.apply(id, event).await.map_err(to_internal_error)? {
            Applied::Changed(order) | Applied::Unchanged(order) => Ok(Order::clone(&order)),
            Applied::Unknown => Err(OrderRefusal::OrderUnknown.into()),
            Applied::Refused(order) => Err(refusal_of(&order, &request)),
        }
    }
}

fn refusal_of(order: &Order, request: &RefundRequest) -> Refusal {
    if order.settlement.requested_return(request.key).is_some() {
        return OrderRefusal::KeyReused.into();
    }
    let left = order.refundable();
    match request.scope {
        _ if left == Kopecks::ZERO => PaymentRefusal::NotRefundable.into(),
        RefundScope::Amount(amount) if amount > left => PaymentRefusal::RefundTooLarge { left }.into(),
        RefundScope::Amount(_) => PaymentRefusal::LinesRequired.into(),
        RefundScope::Items(_) => PaymentRefusal::RefundTooLarge { left }.into(),
        RefundScope::Rest => PaymentRefusal::NotRefundable.into(),
    }
}

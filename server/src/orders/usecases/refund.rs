//! Returning money of an ended order.

use std::sync::Arc;

use domain::{
    id::OrderId,
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{RefundItem, RefundPart, RefundRequest, RefundScope},
    },
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, RequestKey, to_internal_error};

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
    /// `OrderUnknown` for an unknown id, `RequestKeyReused` for another request under a known key, `LinesRequired` for a part of
    /// the sum of an order with several lines, `RefundTooLarge` beyond what is left, `NotRefundable` where nothing is,
    /// `Undecided`, `PumpStillReleased` or `ReserveUnshipped` where something else has to be decided first.
    pub async fn run(&self, id: OrderId, request: RefundRequest) -> Result<Order, Refusal> {
        let key = RequestKey::new(request.key, "refund", &(&request.scope, &request.reason));
        let key = key.map_err(to_internal_error)?;
        let event = Event::RefundRequested(request.clone());
        match self.changes.apply_once(id, event, Some(key)).await.map_err(to_internal_error)? {
            Some(Applied::Changed(order) | Applied::Unchanged(order)) => Ok(Order::clone(&order)),
            Some(Applied::Unknown) => Err(OrderRefusal::OrderUnknown.into()),
            Some(Applied::Refused(order)) => Err(refusal_of(&order, &request)),
            None => Err(OrderRefusal::RequestKeyReused.into()),
        }
    }
}

fn refusal_of(order: &Order, request: &RefundRequest) -> Refusal {
    if order.settlement.requested_return(request.key).is_some() {
        return OrderRefusal::RequestKeyReused.into();
    }
    let left = order.refundable();
    let refusal = match &request.scope {
        _ if !order.status.is_final() => PaymentRefusal::NotRefundable,
        _ if order.hold.is_some() && order.is_being_withdrawn() => PaymentRefusal::PumpStillReleased,
        _ if order.hold.is_some() || order.goods_until.is_some() => PaymentRefusal::Undecided,
        _ if left == Kopecks::ZERO => PaymentRefusal::NotRefundable,
        RefundScope::Amount(_) | RefundScope::Items(_) if order.is_reserve_unshipped() => {
            PaymentRefusal::ReserveUnshipped
        }
        RefundScope::Amount(amount) if *amount > left => PaymentRefusal::RefundTooLarge { left },
        RefundScope::Amount(_) => PaymentRefusal::LinesRequired,
        RefundScope::Items(items) => {
            let mut items = items.iter().enumerate();
            items
                .find_map(|(index, item)| item_refusal(order, index, item))
                .unwrap_or(PaymentRefusal::RefundTooLarge { left })
        }
        RefundScope::Rest => PaymentRefusal::NotRefundable,
    };
    refusal.into()
}

/// The refusal of an item that asks for more of its line than is left.
fn item_refusal(order: &Order, index: usize, item: &RefundItem) -> Option<PaymentRefusal> {
    let line = order.line_of(&item.sku)?;
    let left = order.left_of_line(line);
    let (field, is_too_large) = match item.part {
        RefundPart::Amount(amount) => ("amount_kopecks", amount > left),
        // A quantity is rounded by itself: the last one may exceed what is left by a kopeck.
        RefundPart::Quantity(quantity) => {
            let cost = quantity.cost(line.price);
            (
                "quantity_centi",
                quantity > line.quantity || cost.is_none_or(|cost| cost.get() > left.get() + 1),
            )
        }
    };
    is_too_large.then_some(PaymentRefusal::ItemTooLarge { index, field, left })
}

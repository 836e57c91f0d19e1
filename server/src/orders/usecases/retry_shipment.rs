//! Sending a refused shipment again.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{Order, machine::Event},
    refusal::{OrderRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, to_internal_error};

/// Sends the shipment of an order again that Invoicebox has refused.
#[derive(Clone)]
pub struct RetryShipment {
    pub(in crate::orders) changes: Arc<OrderChanges>,
}

impl RetryShipment {
    /// It goes under the same number, and is looked for there first. Nothing changes for one that is under way or done.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `NoShipment` for an order without one, or whose payment was taken back.
    pub async fn run(&self, id: OrderId) -> Result<Order, Refusal> {
        match self.changes.apply(id, Event::ShipmentRetried).await.map_err(to_internal_error)? {
            Applied::Changed(order) | Applied::Unchanged(order) => Ok(Order::clone(&order)),
            Applied::Unknown => Err(OrderRefusal::OrderUnknown.into()),
            Applied::Refused(_) => Err(OrderRefusal::NoShipment.into()),
        }
    }
}

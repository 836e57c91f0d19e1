//! Sending a shipment again that was refused, or given up.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{Order, machine::Event},
    refusal::{OrderRefusal, Refusal},
};

use super::RetryEffects;
use crate::orders::{Applied, OrderChanges, to_internal_error};

/// Sends the shipment of an order again.
#[derive(Clone)]
pub struct RetryShipment {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) effects: RetryEffects,
}

impl RetryShipment {
    /// It goes under the same number, and is looked for there first. One that is under way is tried at once, also where it
    /// was given up; nothing changes for one that is done.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `NoShipment` for an order without one, or whose payment was taken back.
    pub async fn run(&self, id: OrderId) -> Result<Order, Refusal> {
        match self.changes.apply(id, Event::ShipmentRetried).await.map_err(to_internal_error)? {
            Applied::Changed(order) => Ok(Order::clone(&order)),
            Applied::Unchanged(order) => {
                if order.is_shipping() {
                    self.effects.run_all_of(id).await?;
                }
                Ok(Order::clone(&order))
            }
            Applied::Unknown => Err(OrderRefusal::OrderUnknown.into()),
            Applied::Refused(_) => Err(OrderRefusal::NoShipment.into()),
        }
    }
}

//! Calling an order off.

use domain::{
    id::OrderId,
    order::{
        Order, Status,
        machine::{Canceller, Event},
    },
    refusal::Refusal,
};

use super::{Orders, apply::Applied, internal};

impl Orders {
    /// Calls an unpaid order off. Repeating it is harmless.
    ///
    /// # Errors
    /// `OrderUnknown`; `NotCancelable` once it is paid or has ended otherwise.
    pub async fn cancel(&self, id: OrderId, by: Canceller) -> Result<Order, Refusal> {
        match self.apply(id, Event::CancelRequested { by }).await.map_err(internal)? {
            Applied::Changed(order) | Applied::Unchanged(order) if order.status == Status::Canceled => {
                Ok(Order::clone(&order))
            }
            Applied::Unknown => Err(Refusal::OrderUnknown),
            _ => Err(Refusal::NotCancelable),
        }
    }
}

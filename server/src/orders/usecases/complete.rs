//! Closing an order by hand.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{HandedItem, Order, Status, machine::Event},
    quantity::Centi,
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, to_internal_error};

/// Closes an order by hand.
#[derive(Clone)]
pub struct CompleteOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
}

impl CompleteOrder {
    /// Closes a paid order by hand: fuel with the volume that was dispensed (`None`: all that was ordered), everything
    /// else as handed over (`items`; `None`: not said). The price of what was not given is returned. It also decides
    /// about money that waits because fuel is uncertain. Repeating it is harmless.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `VolumeNotPaid` for more than was ordered, `NotCompletable` for an order that
    /// is not paid or has ended otherwise.
    pub async fn run(
        &self,
        id: OrderId,
        dispensed: Option<Centi>,
        items: Option<Vec<HandedItem>>,
    ) -> Result<Order, Refusal> {
        let event = Event::CompletedByOperator { dispensed, items };
        match self.changes.apply(id, event).await.map_err(to_internal_error)? {
            Applied::Changed(order) | Applied::Unchanged(order) => Ok(Order::clone(&order)),
            Applied::Unknown => Err(OrderRefusal::OrderUnknown.into()),
            Applied::Refused(order) => Err(completion_refusal(&order, dispensed).into()),
        }
    }
}

fn completion_refusal(order: &Order, dispensed: Option<Centi>) -> PaymentRefusal {
    let open = matches!(order.status, Status::Paid | Status::Authorising | Status::Ready | Status::Fuelling);
    match (order.fuel_line(), dispensed) {
        (Some(line), Some(volume)) if open && volume > line.quantity => {
            PaymentRefusal::VolumeNotPaid { paid: line.quantity, unit: line.unit }
        }
        _ => PaymentRefusal::NotCompletable,
    }
}

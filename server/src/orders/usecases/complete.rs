//! Closing an order by hand.

use std::sync::Arc;

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{HandedItem, Order, Status, machine::Event},
    quantity::Centi,
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};

use crate::orders::{Applied, OrderChanges, RequestKey, to_internal_error};

/// Closes an order by hand.
#[derive(Clone)]
pub struct CompleteOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
}

impl CompleteOrder {
    /// Closes a paid order by hand: fuel with the volume that was dispensed (`None`: all that was ordered), everything
    /// else as handed over (`items`; `None`: not said). The price of what was not given is returned. It also decides
    /// about money that waits because fuel is uncertain. Goods alone (`items` without `dispensed`), while automation still
    /// gives the fuel, are recorded as handed over, and the order goes on. Repeating it is harmless.
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
        self.run_once(id, dispensed, items, None).await
    }

    /// Closes an order as [`CompleteOrder::run`]. The same key is the same closing, however often it is sent.
    ///
    /// # Errors
    /// As [`CompleteOrder::run`]; `RequestKeyReused` for another request under a known key.
    pub async fn run_once(
        &self,
        id: OrderId,
        dispensed: Option<Centi>,
        items: Option<Vec<HandedItem>>,
        key: Option<IdempotencyKey>,
    ) -> Result<Order, Refusal> {
        let key = key.map(|key| RequestKey::new(key, "complete", &(dispensed, &items))).transpose();
        let key = key.map_err(to_internal_error)?;
        let event = Event::CompletedByOperator { dispensed, items };
        match self.changes.apply_once(id, event, key).await.map_err(to_internal_error)? {
            Some(Applied::Changed(order) | Applied::Unchanged(order)) => Ok(Order::clone(&order)),
            Some(Applied::Unknown) => Err(OrderRefusal::OrderUnknown.into()),
            Some(Applied::Refused(order)) => Err(completion_refusal(&order, dispensed).into()),
            None => Err(OrderRefusal::RequestKeyReused.into()),
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

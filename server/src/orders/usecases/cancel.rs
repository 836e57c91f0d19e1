//! Cancelling an order.

use std::{sync::Arc, time::Duration};

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{
        Order, Status,
        machine::{Canceller, Event},
    },
    refusal::{OrderRefusal, PaymentRefusal, Refusal},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::orders::{
    Applied, Hub, OrderChanges, OrderStore, OrderUpdate, RequestKey, store::RequestStanding,
    to_internal_error,
};

/// Time that the caller waits for the station's answer about a released pump. The cancellation continues after it.
const STATION_ANSWER_TIMEOUT: Duration = Duration::from_secs(8);

/// Cancels an order.
#[derive(Clone)]
pub struct CancelOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) hub: Hub,
}

impl CancelOrder {
    /// Cancels an order. Before the payment always; after it until fuelling starts: once a pump was started, the station
    /// withdraws its release first, and then the money is returned. An order that a person hands over only the operator can
    /// cancel. An order that is returned open is still waiting for the station. Repeating it is harmless.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id, `NotCancelable` once fuelling has begun or the order has ended otherwise.
    pub async fn run(&self, id: OrderId, by: Canceller) -> Result<Order, Refusal> {
        self.request(id, Event::CancelRequested { by, reason: None }, None).await
    }

    /// Cancels an order for an operator, as [`CancelOrder::run`], and keeps the reason. The same key is the same
    /// cancellation, however often it is sent.
    ///
    /// # Errors
    /// As [`CancelOrder::run`]; `RequestKeyReused` for another request under a known key.
    pub async fn run_for_operator(
        &self,
        id: OrderId,
        reason: Option<String>,
        key: Option<IdempotencyKey>,
    ) -> Result<Order, Refusal> {
        let key = key.map(|key| RequestKey::new(key, "cancel", &reason)).transpose();
        let key = key.map_err(to_internal_error)?;
        if let Some(key) = &key
            && self.store.request_standing(id, key).await.map_err(to_internal_error)?
                == RequestStanding::Repeated
        {
            // Also where the station has not withdrawn its release since: the order is as it is.
            return self.read(id).await;
        }
        let event = Event::CancelRequested { by: Canceller::Operator, reason };
        self.request(id, event, key).await
    }

    async fn request(&self, id: OrderId, event: Event, key: Option<RequestKey>) -> Result<Order, Refusal> {
        let mut updates = self.hub.listen(id);
        let order = match self.changes.apply_once(id, event, key).await.map_err(to_internal_error)? {
            Some(Applied::Changed(order) | Applied::Unchanged(order)) => Order::clone(&order),
            Some(Applied::Unknown) => return Err(OrderRefusal::OrderUnknown.into()),
            Some(Applied::Refused(_)) => return Err(PaymentRefusal::NotCancelable.into()),
            None => return Err(OrderRefusal::RequestKeyReused.into()),
        };
        tokio::select! {
            decided = self.wait_until_decided(order, &mut updates) => decided,
            () = tokio::time::sleep(STATION_ANSWER_TIMEOUT) => self.read(id).await,
        }
    }

    /// Waits until the station has withdrawn its release, or has refused to.
    async fn wait_until_decided(
        &self,
        mut order: Order,
        updates: &mut Receiver<OrderUpdate>,
    ) -> Result<Order, Refusal> {
        while order.status != Status::Canceled {
            if order.cancellation.is_none() {
                return Err(PaymentRefusal::NotCancelable.into());
            }
            if updates.recv().await.is_err_and(|error| error == RecvError::Closed) {
                break;
            }
            order = self.read(order.id).await?;
        }
        Ok(order)
    }

    async fn read(&self, id: OrderId) -> Result<Order, Refusal> {
        Ok(self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?)
    }
}

//! Calling an order off.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{
        Order, Status,
        machine::{Canceller, Event},
    },
    refusal::Refusal,
};
use tokio::sync::broadcast::error::RecvError;

use crate::orders::{Orders, changes::Applied, internal};

/// How long the caller waits for the station's word on a pump that was released. The order goes on without them.
const PATIENCE: Duration = Duration::from_secs(8);

impl Orders {
    /// Calls an order off. Before the payment always; after it until fuelling starts, when the station takes its
    /// release back, and then the money goes back. What a person hands over only the operator can call off. An order
    /// that comes back open is still waiting for the station. Repeating it is harmless.
    ///
    /// # Errors
    /// `OrderUnknown`; `NotCancelable` once fuelling has begun or the order has ended otherwise.
    pub async fn cancel(&self, id: OrderId, by: Canceller) -> Result<Order, Refusal> {
        let mut news = self.inner.hub.listen(id);
        let order = match self.apply(id, Event::CancelRequested { by }).await.map_err(internal)? {
            Applied::Changed(order) | Applied::Unchanged(order) => Order::clone(&order),
            Applied::Unknown => return Err(Refusal::OrderUnknown),
            Applied::Refused(_) => return Err(Refusal::NotCancelable),
        };
        if order.calling_off.is_some() {
            // The request to release the pump may be waiting for its next try, and this behind it.
            self.inner.outbox.hurry(id, self.inner.clock.now()).await.map_err(internal)?;
        }
        let decided = async {
            let mut order = order;
            while order.status != Status::Canceled {
                if order.calling_off.is_none() {
                    return Err(Refusal::NotCancelable);
                }
                if news.recv().await.is_err_and(|error| error == RecvError::Closed) {
                    break;
                }
                order = self.get(id).await?;
            }
            Ok(order)
        };
        tokio::select! {
            decided = decided => decided,
            () = tokio::time::sleep(PATIENCE) => self.get(id).await,
        }
    }
}

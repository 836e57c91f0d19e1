//! Following the life of one order.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::Order,
    refusal::{OrderRefusal, Refusal},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use crate::orders::{Change, Hub, OrderStore, OrderUpdate, to_internal_error};

/// Opens streams of an order's changes.
#[derive(Clone)]
pub struct FollowOrder {
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) hub: Hub,
    pub(in crate::orders) shutdown: CancellationToken,
}

/// The changes of one order, from the moment at which it was read.
pub struct Changes {
    updates: Receiver<OrderUpdate>,
    shutdown: CancellationToken,
}

impl FollowOrder {
    /// Returns the order as it is now, and the stream of its changes from now on.
    ///
    /// # Errors
    /// `OrderUnknown`; `Internal` when the database does not answer or the order cannot be read.
    pub async fn run(&self, id: OrderId) -> Result<(Order, Changes), Refusal> {
        // Listen before reading, so that no change is missed between the two.
        let updates = self.hub.listen(id);
        let order = self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?;
        Ok((order, Changes { updates, shutdown: self.shutdown.clone() }))
    }
}

impl Changes {
    /// Waits for the next change. `None` when the server stops.
    pub async fn next(&mut self) -> Option<Arc<Change>> {
        loop {
            match self.shutdown.run_until_cancelled(self.updates.recv()).await? {
                Ok(OrderUpdate::Changed(change)) => return Some(change),
                Ok(OrderUpdate::TryFailed(_)) => {}
                // What was missed is older than what comes next, and every change carries the whole order.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

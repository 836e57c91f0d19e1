//! Following the life of one order.

use std::sync::Arc;

use domain::{
    id::OrderId,
    locale::Locale,
    order::Order,
    refusal::{OrderRefusal, Refusal},
    view::{OrderView, StartPump},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use crate::orders::{Change, Hub, OrderStore, OrderUpdate, PumpBoard, WatchedPumps, to_internal_error};

/// Opens streams of an order's changes.
#[derive(Clone)]
pub struct FollowOrder {
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) hub: Hub,
    pub(in crate::orders) pumps: PumpBoard,
    pub(in crate::orders) shutdown: CancellationToken,
}

/// The changes of one order, from the moment at which it was read, and of the pumps that it may start.
pub struct Changes {
    updates: Receiver<OrderUpdate>,
    newest: Arc<Change>,
    pumps: PumpBoard,
    watched_pumps: WatchedPumps,
    shutdown: CancellationToken,
}

impl FollowOrder {
    /// Returns the order as it is now, with the changes from now on.
    ///
    /// # Errors
    /// `OrderUnknown`; `Internal` when the database does not answer or the order cannot be read.
    pub async fn run(&self, id: OrderId) -> Result<Changes, Refusal> {
        // Listen before reading, so that no change is missed between the two.
        let updates = self.hub.listen(id);
        let order = self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?;
        let mut watched_pumps = WatchedPumps::new(self.pumps.clone());
        watched_pumps.follow(&order);
        Ok(Changes {
            updates,
            newest: Arc::new(Change::new(Arc::new(order))),
            pumps: self.pumps.clone(),
            watched_pumps,
            shutdown: self.shutdown.clone(),
        })
    }
}

impl Changes {
    /// The order as it is now.
    #[must_use]
    pub fn newest(&self) -> Arc<Change> {
        Arc::clone(&self.newest)
    }

    /// The pumps that sell the order's grade, with what is known of them now.
    #[must_use]
    pub fn pumps(&self) -> Vec<StartPump> {
        self.pumps.pumps_of(&self.newest.order)
    }

    /// The view of a change with these pumps.
    #[must_use]
    pub fn view(&self, order: &Order, locale: Locale, pumps: Vec<StartPump>) -> OrderView {
        self.pumps.view_with_pumps(order, locale, pumps)
    }

    /// Whether changes of the pumps are reported: one of them may be started.
    #[must_use]
    pub fn reports_pumps(&self) -> bool {
        self.watched_pumps.is_watching()
    }

    /// Waits for the next change, which is the last one again when a pump has changed. `None` when the server stops.
    pub async fn next(&mut self) -> Option<Arc<Change>> {
        loop {
            let update = tokio::select! {
                () = self.shutdown.cancelled() => return None,
                update = self.updates.recv() => update,
                () = self.watched_pumps.changed() => return Some(self.newest()),
            };
            match update {
                Ok(OrderUpdate::Changed(change)) if change.order.seq > self.newest.order.seq => {
                    self.watched_pumps.follow(&change.order);
                    self.newest = change;
                    return Some(self.newest());
                }
                // Another instance may repeat what is known.
                Ok(OrderUpdate::Changed(_) | OrderUpdate::TryFailed(_)) => {}
                // What was missed is older than what comes next, and every change carries the whole order.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

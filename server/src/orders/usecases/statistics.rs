//! What those who run the service want to know of its orders.

use crate::{
    clock::Clock,
    orders::{OrderStore, Outbox, StoreError},
    queue::QueueDepth,
};

/// Counts orders and waiting effects.
#[derive(Clone)]
pub struct OrderStatistics {
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) outbox: Outbox,
    pub(in crate::orders) clock: Clock,
}

impl OrderStatistics {
    /// How many orders are in each status.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.store.counts().await
    }

    /// How full the outbox is.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn outbox_depth(&self) -> Result<QueueDepth, StoreError> {
        Ok(self.outbox.depth(self.clock.now(), self.clock.wall()).await?)
    }
}

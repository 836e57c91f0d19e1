//! Figures of orders for those who run the service.

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
    /// Counts the orders in each status.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count_by_status(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.store.count_by_status().await
    }

    /// Counts the rows of the outbox.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn outbox_depth(&self) -> Result<QueueDepth, StoreError> {
        Ok(self.outbox.depth(self.clock.now(), self.clock.wall()).await?)
    }
}

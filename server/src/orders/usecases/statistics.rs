//! Figures of orders for those who run the service.

use domain::order::Discrepancy;

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

    /// Counts the open discrepancies of every kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count_discrepancies(&self) -> Result<Vec<(Discrepancy, i64)>, StoreError> {
        let counts = self.store.count_open_discrepancies().await?;
        let count_of = |what: Discrepancy| {
            let count = counts.iter().find(|(name, _)| name == what.name());
            (what, count.map_or(0, |(_, count)| *count))
        };
        Ok(Discrepancy::ALL.map(count_of).to_vec())
    }

    /// Sum of what is owed to payers: returns that are under way or were refused, in kopecks.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn owed_kopecks(&self) -> Result<i64, StoreError> {
        self.store.owed_kopecks().await
    }

    /// Counts the rows of the outbox.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn outbox_depth(&self) -> Result<QueueDepth, StoreError> {
        Ok(self.outbox.depth(self.clock.now(), self.clock.wall()).await?)
    }
}

//! Events that the back office did not accept for a day.

use domain::{id::OrderId, refusal::RequestError};

use super::queue::EventTable;
use crate::{
    clock::Clock,
    database::Database,
    internal_error::internal_error,
    queue::{Queue, QueueEntry, RetryScope},
};

/// Lists events that were given up, and posts them again.
#[derive(Clone)]
pub struct DeadEvents {
    queue: Queue<EventTable>,
    clock: Clock,
}

impl DeadEvents {
    #[must_use]
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { queue: Queue::new(database), clock }
    }

    /// Lists the oldest dead events, at most `limit`.
    ///
    /// # Errors
    /// `Internal` if the database does not answer.
    pub async fn list(&self, limit: usize) -> Result<Vec<QueueEntry>, RequestError> {
        let listed = self.queue.list_dead(limit).await;
        listed.map_err(internal_error("the events of the back office cannot be read"))
    }

    /// Posts the dead events of one order, or all of them, for another day; returns their number.
    ///
    /// # Errors
    /// `Internal` if the database does not answer; then none is posted again.
    pub async fn retry(&self, order: Option<OrderId>) -> Result<u64, RequestError> {
        let scope = order.map_or(RetryScope::All, RetryScope::Order);
        let retried = self.queue.revive(scope, self.clock.now()).await;
        retried.map_err(internal_error("the events of the back office cannot be written"))
    }
}

//! What those who run the service want to know of the events.

use super::queue::{EventTable, LANE};
use crate::{
    clock::Clock,
    database::Database,
    queue::{Queue, QueueDepth},
};

/// Counts events that are not posted yet.
#[derive(Clone)]
pub struct EventStatistics {
    queue: Queue<EventTable>,
    clock: Clock,
}

impl EventStatistics {
    #[must_use]
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { queue: Queue::new(database), clock }
    }

    /// How full the queue is. Events that were written before the back office was left out are counted too.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn depth(&self) -> Result<QueueDepth, sqlx::Error> {
        self.queue.depth(&[&LANE], self.clock.now(), self.clock.wall()).await
    }
}

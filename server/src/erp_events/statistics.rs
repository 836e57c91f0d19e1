//! Statistics of the events for operators of the service.

use super::queue::{ERP_EVENT_LANE, EventTable};
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

    /// Measures the queue. Events that were written before the back office was left out are counted too.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn depth(&self) -> Result<QueueDepth, sqlx::Error> {
        self.queue.depth(&[&ERP_EVENT_LANE], self.clock.now(), self.clock.wall()).await
    }
}

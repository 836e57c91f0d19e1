//! Reporting to the back office what happens to orders: signed, at least once, in order per order.
//!
//! Events are written with the change that they report (`orders/store/ledger.rs`). Here they are posted. One that is not taken
//! waits, longer each time, for a day; then it is dead, and the later ones of its order wait behind it, until somebody
//! lets it go again.

mod dead;
mod queue;
mod statistics;
mod webhook;

use crate::{
    clock::Clock,
    config::ErpNotifyConfig,
    database::Database,
    queue::{Queue, QueueSignal, QueueWorker},
};

pub use dead::DeadEvents;
use queue::{EventTable, LANE};
pub use statistics::EventStatistics;
use webhook::EventPoster;

/// The worker that posts events.
pub type EventWorker = QueueWorker<EventTable, EventPoster>;

/// The worker that posts the events of this database.
///
/// # Errors
/// The TLS library cannot be set up.
pub fn event_worker(
    config: &ErpNotifyConfig,
    database: Database,
    clock: Clock,
) -> Result<EventWorker, reqwest::Error> {
    let handler = EventPoster::new(config)?;
    Ok(QueueWorker {
        queue: Queue::new(database),
        lane: &LANE,
        handler,
        signal: QueueSignal::default(),
        clock,
    })
}

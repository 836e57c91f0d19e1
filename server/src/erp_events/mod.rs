//! Events of orders, posted to the back office: signed, at least once, in order per order.
//!
//! Events are written with the change that they report (`orders/store/ledger.rs`). Here they are posted. One that is
//! not accepted is retried after growing pauses for a day. Then it is dead, and the later ones of its order wait behind
//! it until it is retried by hand.

mod dead;
mod poster;
mod queue;
mod statistics;

use crate::{
    clock::Clock,
    config::ErpNotifyConfig,
    database::Database,
    queue::{Queue, QueueSignal, QueueWorker},
};

pub use dead::DeadEvents;
use poster::EventPoster;
use queue::{ERP_EVENT_LANE, EventTable};
pub use statistics::EventStatistics;

/// The worker that posts events.
pub type EventWorker = QueueWorker<EventTable, EventPoster>;

/// Makes the worker that posts the events of this database.
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
        lane: &ERP_EVENT_LANE,
        handler,
        signal: QueueSignal::default(),
        clock,
    })
}

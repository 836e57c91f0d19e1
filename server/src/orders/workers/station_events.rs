//! Events of station links that have no callback of their own.

use std::{sync::Arc, time::Duration};

use domain::{id::OrderId, order::machine::Event};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::orders::OrderChanges;

/// Before an event that could not be made durable is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Applies what station links report.
#[derive(Clone)]
pub(in crate::orders) struct StationEvents {
    pub changes: Arc<OrderChanges>,
    pub events: Arc<Mutex<mpsc::Receiver<(OrderId, Event)>>>,
}

impl StationEvents {
    /// Takes events until it is told to stop, and what waits in the channel then. An event that cannot be made durable is
    /// tried again: the station will not repeat it.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut events = self.events.lock().await;
        // The senders are part of the use cases, so the channel never closes by itself.
        while let Some((id, event)) =
            shutdown.run_until_cancelled(events.recv()).await.unwrap_or_else(|| events.try_recv().ok())
        {
            while let Err(error) = self.changes.apply(id, event.clone()).await {
                if error.is_unreadable_order() {
                    tracing::error!(%error, "an event of a station was dropped: its order cannot be read");
                    break;
                }
                tracing::error!(%error, order.id = ?id, "an event of a station could not be recorded; trying again");
                if shutdown.run_until_cancelled(tokio::time::sleep(RETRY_AFTER)).await.is_none() {
                    return;
                }
            }
        }
    }
}

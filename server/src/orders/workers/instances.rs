//! Updates between instances on one database, so that a customer sees every change, wherever it is made.
//!
//! An order that another instance has changed is read, since messages may be lost with the connection. After every
//! (re)connect all orders that somebody listens to are read again, so nothing is missed.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use domain::id::OrderId;
use tokio::sync::{Mutex, mpsc};

use crate::{
    orders::{
        Hub, OrderStore, OrderUpdate, StoreError,
        hub::FailedTry,
        store::{IDLE_TIMEOUT, InstanceMessage},
    },
    workers::WorkerContext,
};

const MAX_RECONNECT_PAUSE: Duration = Duration::from_secs(5);
/// Pauses before the next try to connect: doubled up to [`MAX_RECONNECT_PAUSE`].
const RECONNECT_PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(MAX_RECONNECT_PAUSE)
    .without_max_times();

/// Receives the messages of other instances.
#[derive(Clone)]
pub(in crate::orders) struct InstanceListener {
    pub store: OrderStore,
    pub hub: Hub,
}

/// Sends failed tries to the other instances: a customer may wait there.
#[derive(Clone)]
pub(in crate::orders) struct InstanceNotifier {
    pub store: OrderStore,
    pub failed_tries: Arc<Mutex<mpsc::Receiver<FailedTry>>>,
}

impl InstanceListener {
    /// Listens until the shutdown.
    pub async fn run(self, worker: WorkerContext) {
        let mut pauses = RECONNECT_PAUSES.build();
        loop {
            let listening = self.listen_until_cut(&mut pauses, &worker);
            match worker.shutdown().run_until_cancelled(listening).await {
                None => return,
                Some(Ok(())) => {
                    // There are no other instances.
                    worker.beat(Duration::MAX);
                    return worker.shutdown().cancelled().await;
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, "other instances cannot be listened to; connecting again");
                }
            }
            let pause = pauses.next().unwrap_or(MAX_RECONNECT_PAUSE);
            if worker.pause(pause).await.is_break() {
                return;
            }
        }
    }

    /// `Ok` where there are no other instances.
    async fn listen_until_cut(
        &self,
        pauses: &mut ExponentialBackoff,
        worker: &WorkerContext,
    ) -> Result<(), StoreError> {
        let Some(mut connection) = self.store.listen_for_instances().await? else { return Ok(()) };
        // Listeners leave out what they have seen already.
        self.publish_orders(&self.hub.listened_orders()).await?;
        *pauses = RECONNECT_PAUSES.build();
        tracing::debug!("listening to other instances");
        loop {
            // A silent connection is tested, and that is a turn, too.
            worker.beat(IDLE_TIMEOUT);
            let messages = connection.next_messages().await?;
            self.apply_messages(messages).await?;
        }
    }

    async fn apply_messages(&self, messages: Vec<InstanceMessage>) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        for message in messages {
            match message {
                InstanceMessage::Changed(id) if self.hub.has_listeners(id) && !changed.contains(&id) => {
                    changed.push(id);
                }
                InstanceMessage::Changed(_) => {}
                InstanceMessage::Failed(id, refusal) => {
                    self.hub.publish_here(id, OrderUpdate::TryFailed(refusal));
                }
            }
        }
        self.publish_orders(&changed).await
    }

    async fn publish_orders(&self, ids: &[OrderId]) -> Result<(), StoreError> {
        for order in self.store.get_many(ids).await? {
            self.hub.publish_here(order.id, OrderUpdate::changed(&Arc::new(order)));
        }
        Ok(())
    }
}

impl InstanceNotifier {
    /// Sends until the shutdown. A message that cannot be sent is dropped; that customer waits a little longer.
    pub async fn run(self, worker: WorkerContext) {
        let mut failed_tries = self.failed_tries.lock().await;
        loop {
            worker.beat(Duration::MAX);
            let failed_try = worker.shutdown().run_until_cancelled(failed_tries.recv()).await;
            let Some(Some((id, refusal))) = failed_try else { return };
            let message = InstanceMessage::Failed(id, refusal);
            if let Err(error) = self.store.notify_instances(&message).await {
                tracing::warn!(%error, "a failed try could not be sent to other instances");
            }
        }
    }
}

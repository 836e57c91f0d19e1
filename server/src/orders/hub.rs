//! Distribution of order updates to those who listen in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{id::OrderId, locale::Locale, order::Order, refusal::PaymentRefusal, view::StartPump};
use tokio::sync::{broadcast, mpsc};

/// What listeners receive.
#[derive(Clone, Debug)]
pub enum OrderUpdate {
    /// The order as it is now.
    Changed(Arc<Change>),
    /// A try to reach Invoicebox or the station failed; the order stays as it is and the try will be repeated.
    TryFailed(PaymentRefusal),
}

/// An order after a change, and its rendering for each language, shared by all listeners.
#[derive(Debug)]
pub struct Change {
    pub order: Arc<Order>,
    russian: Mutex<Option<Rendering>>,
    english: Mutex<Option<Rendering>>,
}

/// An order as it is written for listeners, with its pumps in these states.
#[derive(Debug)]
struct Rendering {
    pumps: Vec<StartPump>,
    /// `None` where it cannot be written.
    text: Option<Arc<str>>,
}

impl OrderUpdate {
    #[must_use]
    pub fn changed(order: &Arc<Order>) -> Self {
        Self::Changed(Arc::new(Change::new(Arc::clone(order))))
    }
}

impl Change {
    #[must_use]
    pub fn new(order: Arc<Order>) -> Self {
        Self { order, russian: Mutex::default(), english: Mutex::default() }
    }

    /// The change in a language and with its pumps in these states, as `render` writes it, which is called once for all
    /// listeners while the states stay. `None` where it fails.
    pub fn rendered_for(
        &self,
        locale: Locale,
        pumps: &[StartPump],
        render: impl FnOnce(&Order, Locale, Vec<StartPump>) -> Option<String>,
    ) -> Option<Arc<str>> {
        let rendering = locale.pick(&self.russian, &self.english);
        let mut rendering = rendering.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = rendering.as_ref().filter(|known| known.pumps == pumps) {
            return known.text.clone();
        }
        let text = render(&self.order, locale, pumps.to_vec()).map(Arc::from);
        rendering.insert(Rendering { pumps: pumps.to_vec(), text }).text.clone()
    }
}

/// Most updates kept for a slow listener: enough for a burst of meter reports; one that lags continues with the newest.
const MAX_BUFFERED_UPDATES: usize = 16;
/// Most failed tries that wait to be sent to other instances; beyond that their customers wait a little longer.
const MAX_QUEUED_FAILURES: usize = 256;

/// A try that failed, for the other instances.
pub type FailedTry = (OrderId, PaymentRefusal);

/// Distribution within this process. Clones share their listeners.
#[derive(Clone)]
pub struct Hub {
    channels: Arc<Mutex<HashMap<OrderId, broadcast::Sender<OrderUpdate>>>>,
    /// Failed tries, for the other instances; changes are announced by the transaction that made them.
    failed_tries: mpsc::Sender<FailedTry>,
}

impl Hub {
    /// Creates a hub, and the receiver of failed tries that other instances have to know.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<FailedTry>) {
        let (failed_tries, receiver) = mpsc::channel(MAX_QUEUED_FAILURES);
        (Self { channels: Arc::default(), failed_tries }, receiver)
    }

    /// Listens from now on. Read the order after this, or an update may be missed.
    #[must_use]
    pub fn listen(&self, id: OrderId) -> broadcast::Receiver<OrderUpdate> {
        self.channels().entry(id).or_insert_with(|| broadcast::channel(MAX_BUFFERED_UPDATES).0).subscribe()
    }

    /// Publishes an update here and, if it is a failed try, to other instances.
    pub fn publish(&self, id: OrderId, update: OrderUpdate) {
        if let OrderUpdate::TryFailed(refusal) = &update {
            // Where there are no other instances, nobody takes them.
            let _ = self.failed_tries.try_send((id, refusal.clone()));
        }
        self.publish_here(id, update);
    }

    /// Publishes an update to the listeners of this process, and forgets an order without any.
    pub fn publish_here(&self, id: OrderId, update: OrderUpdate) {
        let mut channels = self.channels();
        if channels.get(&id).is_some_and(|channel| channel.send(update).is_err()) {
            channels.remove(&id);
        }
    }

    /// Whether anybody listens to this order in this process.
    #[must_use]
    pub fn has_listeners(&self, id: OrderId) -> bool {
        self.channels().get(&id).is_some_and(|channel| channel.receiver_count() > 0)
    }

    /// Lists the orders that somebody listens to in this process.
    #[must_use]
    pub fn listened_orders(&self) -> Vec<OrderId> {
        let channels = self.channels();
        channels.iter().filter(|(_, channel)| channel.receiver_count() > 0).map(|(id, _)| *id).collect()
    }

    /// Forgets the orders without listeners.
    pub fn forget_unlistened(&self) {
        self.channels().retain(|_, channel| channel.receiver_count() > 0);
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<OrderId, broadcast::Sender<OrderUpdate>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

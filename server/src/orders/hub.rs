//! Who wants to hear of an order, and what happened to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{id::OrderId, order::Order, refusal::Refusal};
use tokio::sync::broadcast;

/// What listeners hear.
#[derive(Clone, Debug)]
pub enum News {
    /// The order as it is now.
    Changed(Arc<Order>),
    /// A try to reach Invoicebox or the station failed; the order stays as it is and the try will be repeated.
    TryFailed(Refusal),
}

/// Enough for a burst of meter reports; a listener that lags behind reads the order again.
const BACKLOG: usize = 32;

/// In-process distribution. Clones share their listeners.
#[derive(Clone, Default)]
pub struct Hub {
    channels: Arc<Mutex<HashMap<OrderId, broadcast::Sender<News>>>>,
}

impl Hub {
    /// Listens from now on. Read the order after this, or news may be missed.
    #[must_use]
    pub fn listen(&self, id: OrderId) -> broadcast::Receiver<News> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(id).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    /// Tells everybody who listens, and forgets an order nobody listens to.
    pub fn tell(&self, id: OrderId, news: News) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if channels.get(&id).is_some_and(|channel| channel.send(news).is_err()) {
            channels.remove(&id);
        }
    }

    /// Forgets the orders nobody listens to any more.
    pub fn sweep(&self) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, channel| channel.receiver_count() > 0);
    }

    /// Somebody listens to this order here.
    #[must_use]
    pub fn is_heard(&self, id: OrderId) -> bool {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.get(&id).is_some_and(|channel| channel.receiver_count() > 0)
    }

    /// How many listeners there are.
    #[must_use]
    pub fn listeners(&self) -> usize {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.values().map(broadcast::Sender::receiver_count).sum()
    }
}

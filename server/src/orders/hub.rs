//! Who wants to hear of an order, and what happened to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use domain::{id::OrderId, locale::Locale, order::Order, refusal::Refusal};
use tokio::sync::{broadcast, mpsc};

/// What listeners hear.
#[derive(Clone, Debug)]
pub enum News {
    /// The order as it is now.
    Changed(Arc<Change>),
    /// A try to reach Invoicebox or the station failed; the order stays as it is and the try will be repeated.
    TryFailed(Refusal),
}

/// An order after a change, and what listeners made of it: one reader of a language does the work for all.
#[derive(Debug)]
pub struct Change {
    pub order: Arc<Order>,
    russian: OnceLock<Bytes>,
    english: OnceLock<Bytes>,
}

impl News {
    #[must_use]
    pub fn changed(order: &Arc<Order>) -> Self {
        Self::Changed(Arc::new(Change::new(Arc::clone(order))))
    }
}

impl Change {
    #[must_use]
    pub fn new(order: Arc<Order>) -> Self {
        Self { order, russian: OnceLock::new(), english: OnceLock::new() }
    }

    /// The change as it is sent to readers of a language; written once.
    pub fn written(&self, locale: Locale, write: impl FnOnce(&Order, Locale) -> Bytes) -> Bytes {
        locale.pick(&self.russian, &self.english).get_or_init(|| write(&self.order, locale)).clone()
    }
}

/// Enough for a burst of meter reports; a listener that lags behind goes on with the newest.
const BACKLOG: usize = 16;
/// Failed tries that wait to be told to other instances; beyond that their customers wait a little longer.
const WORDS: usize = 256;

/// Distribution within this process. Clones share their listeners.
#[derive(Clone)]
pub struct Hub {
    channels: Arc<Mutex<HashMap<OrderId, broadcast::Sender<News>>>>,
    /// Failed tries, for the other instances; changes are told by the transaction that made them.
    failed_tries: mpsc::Sender<(OrderId, Refusal)>,
}

impl Hub {
    /// A hub, and what it has to say to other instances.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<(OrderId, Refusal)>) {
        let (failed_tries, words) = mpsc::channel(WORDS);
        (Self { channels: Arc::default(), failed_tries }, words)
    }

    /// Listens from now on. Read the order after this, or news may be missed.
    #[must_use]
    pub fn listen(&self, id: OrderId) -> broadcast::Receiver<News> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(id).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    /// Tells everybody who listens, here and at other instances.
    pub fn tell(&self, id: OrderId, news: News) {
        if let News::TryFailed(refusal) = &news {
            // Nobody takes them where there are no other instances.
            let _ = self.failed_tries.try_send((id, refusal.clone()));
        }
        self.pass_on(id, news);
    }

    /// Tells everybody who listens here, and forgets an order nobody listens to.
    pub fn pass_on(&self, id: OrderId, news: News) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if channels.get(&id).is_some_and(|channel| channel.send(news).is_err()) {
            channels.remove(&id);
        }
    }

    /// Does anybody listen to this order here?
    #[must_use]
    pub fn is_heard(&self, id: OrderId) -> bool {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.get(&id).is_some_and(|channel| channel.receiver_count() > 0)
    }

    /// The orders that somebody listens to here.
    #[must_use]
    pub fn heard(&self) -> Vec<OrderId> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.iter().filter(|(_, channel)| channel.receiver_count() > 0).map(|(id, _)| *id).collect()
    }

    /// Forgets the orders nobody listens to any more.
    pub fn sweep(&self) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, channel| channel.receiver_count() > 0);
    }

    /// How many listeners there are.
    #[must_use]
    pub fn listeners(&self) -> usize {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.values().map(broadcast::Sender::receiver_count).sum()
    }
}

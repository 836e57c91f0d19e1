//! Requests of which only the newest one counts.

use std::future::Future;

use futures::{
    channel::oneshot,
    future::{Either, select},
    pin_mut,
};
use leptos::prelude::*;

/// Sends one request at a time. A new one cancels the one before: the browser aborts it. So answers come in the order
/// of the requests, and none comes to a request that is outdated.
#[derive(Clone, Copy)]
pub struct LatestRequest(StoredValue<Option<oneshot::Sender<()>>>);

impl LatestRequest {
    /// Belongs to the part of the page that makes it, and ends with it.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Sends a request. `None`: a newer one was sent, or the part of the page that sent it is gone.
    pub async fn send<T>(self, request: impl Future<Output = T>) -> Option<T> {
        let (live, stale) = oneshot::channel();
        self.0.try_set_value(Some(live));
        pin_mut!(request);
        match select(request, stale).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        }
    }
}

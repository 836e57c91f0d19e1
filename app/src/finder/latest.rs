//! Only the newest question matters.

use std::future::Future;

use futures::{
    channel::oneshot,
    future::{Either, select},
    pin_mut,
};
use leptos::prelude::*;

/// Asks one thing at a time. A new question calls the one before off, and with it the request: the browser is told to
/// give it up. So answers come in the order of the questions, and none to a question that nobody asks any more.
#[derive(Clone, Copy)]
pub struct LatestRequest(StoredValue<Option<oneshot::Sender<()>>>);

impl LatestRequest {
    /// Belongs to the part of the page that makes it, and ends with it.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// `None`: something newer has been asked, or nobody is there to hear.
    pub async fn ask<T>(self, question: impl Future<Output = T>) -> Option<T> {
        let (live, stale) = oneshot::channel();
        self.0.try_set_value(Some(live));
        pin_mut!(question);
        match select(question, stale).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        }
    }
}

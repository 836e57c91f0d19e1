//! What instances on one database tell each other, so that a customer hears of an order wherever it changes.
//!
//! A change is told by the transaction that makes it and heard on one connection per instance; the order itself is
//! read, since words may be lost with the connection. After every (re)connect all orders that somebody listens to are
//! read again, so nothing is missed. Where a database belongs to one process, nobody tells and nobody hears.

use std::{sync::Arc, time::Duration};

use domain::{id::OrderId, refusal::Refusal};
use futures::FutureExt;
use sqlx::{Executor, postgres::PgListener};
use tokio::{sync::mpsc, time::timeout};

use crate::orders::{News, Orders, StoreError};

/// The channel of the database.
pub(in crate::orders) const CHANNEL: &str = "kolonka_orders";
/// A connection that is silent for so long is asked whether it is alive: a cut wire tells nobody.
const SILENCE: Duration = Duration::from_secs(20);
/// It has so long to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pauses before the next try to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Words taken together: their orders are read by one statement.
const TOGETHER: usize = 100;

/// The word for a changed order.
pub(in crate::orders) fn changed(instance: &str, id: OrderId) -> String {
    format!("{instance} changed {id}")
}

fn failed(instance: &str, id: OrderId, refusal: &Refusal) -> String {
    let why = if *refusal == Refusal::ProviderTimeout { "timeout" } else { "down" };
    format!("{instance} failed {id} {why}")
}

/// A word of another instance.
#[derive(Debug, PartialEq)]
enum Word {
    Changed(OrderId),
    Failed(OrderId, Refusal),
}

/// `None` for our own words and for those of a newer version.
fn read(word: &str, own: &str) -> Option<Word> {
    let mut parts = word.split(' ');
    let (instance, what, id) = (parts.next()?, parts.next()?, OrderId::parse(parts.next()?)?);
    match (what, parts.next()) {
        _ if instance == own => None,
        ("changed", None) => Some(Word::Changed(id)),
        ("failed", Some("timeout")) => Some(Word::Failed(id, Refusal::ProviderTimeout)),
        ("failed", Some(_)) => Some(Word::Failed(id, Refusal::ProviderDown)),
        _ => None,
    }
}

impl Orders {
    /// Hears the other instances until the shutdown.
    pub(in crate::orders) async fn hear_others(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let heard = tokio::select! {
                heard = self.hear_until_cut(&mut pause) => heard,
                () = self.inner.shutdown.cancelled() => return,
            };
            match heard {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "other instances are not heard; connecting again"),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// `Ok` where there are no other instances.
    async fn hear_until_cut(&self, pause: &mut Duration) -> Result<(), StoreError> {
        let Some(mut listener) = self.inner.store.database().listen(CHANNEL).await? else { return Ok(()) };
        // The catch-up has to follow the reconnect, so both are done here.
        listener.eager_reconnect(false);
        self.catch_up().await?;
        *pause = FIRST_PAUSE;
        tracing::debug!("other instances are heard");
        loop {
            let words = next_words(&mut listener).await?;
            self.take_words(&words).await?;
        }
    }

    /// Tells listeners how their orders stand: what they have seen already they leave out.
    async fn catch_up(&self) -> Result<(), StoreError> {
        self.pass_on(&self.inner.hub.heard()).await
    }

    async fn take_words(&self, words: &[String]) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        for word in words {
            match read(word, self.inner.store.database().instance()) {
                Some(Word::Changed(id)) if self.inner.hub.is_heard(id) && !changed.contains(&id) => {
                    changed.push(id);
                }
                Some(Word::Failed(id, refusal)) => self.inner.hub.pass_on(id, News::TryFailed(refusal)),
                _ => {}
            }
        }
        self.pass_on(&changed).await
    }

    async fn pass_on(&self, ids: &[OrderId]) -> Result<(), StoreError> {
        for order in self.inner.store.several(ids).await? {
            self.inner.hub.pass_on(order.id, News::changed(&Arc::new(order)));
        }
        Ok(())
    }

    /// Tells the other instances of tries that failed: a customer may wait there. A word that cannot be told is
    /// dropped; that customer waits a little longer.
    pub(in crate::orders) async fn tell_others(&self, mut words: mpsc::Receiver<(OrderId, Refusal)>) {
        let database = self.inner.store.database();
        let Some(sql) = database.notify() else { return };
        loop {
            let word = tokio::select! {
                word = words.recv() => word,
                () = self.inner.shutdown.cancelled() => return,
            };
            let Some((id, refusal)) = word else { return };
            let word = failed(database.instance(), id, &refusal);
            if let Err(error) = sqlx::query(sql).bind(CHANNEL).bind(word).execute(database.pool()).await {
                tracing::warn!(%error, "other instances could not be told of a failed try");
            }
        }
    }
}

/// What has been told since; waits for at least one word.
async fn next_words(listener: &mut PgListener) -> Result<Vec<String>, StoreError> {
    let mut words = Vec::new();
    while words.is_empty() {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(word) => words.push(word?.ok_or(StoreError::Cut)?.payload().to_owned()),
            Err(_) => {
                let alive = timeout(PATIENCE, listener.execute("SELECT 1")).await;
                alive.map_err(|_| StoreError::Cut)??;
            }
        }
    }
    while words.len() < TOGETHER
        && let Some(word) = listener.try_recv().now_or_never()
    {
        words.push(word?.ok_or(StoreError::Cut)?.payload().to_owned());
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_told_and_our_own_are_left_out() {
        let id = OrderId::parse("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b").expect("an id");
        assert_eq!(read(&changed("b", id), "a"), Some(Word::Changed(id)));
        for refusal in [Refusal::ProviderTimeout, Refusal::ProviderDown] {
            assert_eq!(read(&failed("b", id, &refusal), "a"), Some(Word::Failed(id, refusal)));
        }
        assert_eq!(read(&changed("a", id), "a"), None);
        for other in ["", "b changed", "b changed nonsense", "b sung 0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"] {
            assert_eq!(read(other, "a"), None, "{other}");
        }
    }
}

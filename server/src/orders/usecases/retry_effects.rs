//! Effects that are stuck: listed, and tried again at once.

use std::time::Duration;

use domain::{
    id::OrderId,
    refusal::{OrderRefusal, Refusal},
};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    orders::{Marks, Outbox, to_internal_error},
    queue::{EntryState, QueueEntry, QueueSignal, RetriedRows, RetryScope, RowKey},
};

/// Age from which an effect that is not done is late.
const LATE_AFTER: Duration = Duration::from_secs(10 * 60);

/// Lists stuck effects and retries them.
#[derive(Clone)]
pub struct RetryEffects {
    pub(in crate::orders) outbox: Outbox,
    pub(in crate::orders) signal: QueueSignal,
    pub(in crate::orders) clock: Clock,
}

/// An effect that was given up, or is not done after ten minutes.
#[derive(Clone, Debug)]
pub struct StuckEffect {
    /// The order's short number, the step that decided the effect, and its name: `10451-7-refund`.
    pub id: String,
    /// The order's short number.
    pub number: i64,
    /// The effect's name, also of one of a newer version.
    pub effect: String,
    /// Given up: it is not tried any more by itself.
    pub is_dead: bool,
    pub since: OffsetDateTime,
    pub tries: i64,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it is tried next; `None` for a dead one.
    pub next_try_at: Option<OffsetDateTime>,
}

impl RetryEffects {
    /// Lists what is stuck, the dead first, then by age; at most `limit`.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn list(&self, limit: usize) -> Result<Vec<StuckEffect>, Refusal> {
        let before = self.clock.now() - LATE_AFTER;
        let rows = self.outbox.list_stuck(before, limit, self.clock.wall()).await;
        let rows = rows.map_err(|error| to_internal_error(error.into()))?;
        Ok(rows.into_iter().map(StuckEffect::from).collect())
    }

    /// Lists what was given up of these orders, the oldest first.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn given_up_of(&self, orders: &[OrderId]) -> Result<Vec<StuckEffect>, Refusal> {
        let rows = self.outbox.list_dead_of(orders).await;
        let rows = rows.map_err(|error| to_internal_error(error.into()))?;
        Ok(rows.into_iter().map(StuckEffect::from).collect())
    }

    /// Tries all effects of an order again at once: those that were given up for another day, those that wait for their
    /// next try. One that is under way is not tried beside.
    ///
    /// # Errors
    /// `Internal` when the database does not answer.
    pub async fn run_all_of(&self, order: OrderId) -> Result<RetriedRows, Refusal> {
        let scope = RetryScope::Order(order);
        let retried = self.outbox.retry(scope, self.clock.now(), self.clock.wall()).await;
        let retried = retried.map_err(|error| to_internal_error(error.into()))?;
        self.signal.wake_all();
        Ok(retried)
    }

    /// Tries the effect of this id again at once. One that was given up is tried for another day.
    ///
    /// # Errors
    /// `EffectUnknown` for an id under which nothing waits, or not any more.
    pub async fn run(&self, id: &str) -> Result<(), Refusal> {
        let key = RowKey::parse(id).ok_or(OrderRefusal::EffectUnknown)?;
        let retried = self.outbox.retry_row(key, self.clock.now()).await;
        if !retried.map_err(|error| to_internal_error(error.into()))? {
            return Err(OrderRefusal::EffectUnknown.into());
        }
        self.signal.wake_all();
        Ok(())
    }
}

impl From<QueueEntry> for StuckEffect {
    fn from(entry: QueueEntry) -> Self {
        let is_dead = entry.state == EntryState::Dead;
        Self {
            id: entry.key().to_string(),
            number: entry.number,
            effect: entry.name,
            is_dead,
            since: entry.created_at,
            tries: entry.attempts,
            error: entry.last_error.map(|error| Marks::words_of(&error).to_owned()),
            next_try_at: (!is_dead).then_some(entry.due_at),
        }
    }
}

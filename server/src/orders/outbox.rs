//! The outbox: effects, written in the transaction that decided them, and carried out after it. A use of the leased queue.
//!
//! Rows of one order and matter (invoice, money, pump) are carried out in the order in which they were decided; no matter
//! waits for another. A dead row stops no other, and nothing waits for a report to the station, which may be silent: such
//! a report changes nothing any more.

use domain::id::OrderId;
use time::OffsetDateTime;

use super::store::{
    EffectTable, LOOK_LANE, MONEY_LANE, Marks, STATION_LANE, StoreError, count_waiting_invoices,
    fill_effect_stations, make_effects_due,
};
use crate::{
    database::Database,
    queue::{
        AWAITED_RETRY_PAUSE, Queue, QueueDepth, QueueEntry, RetriedRows, RetryScope, RowKey, RowLease,
        TryRecord,
    },
};

/// The outbox. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    queue: Queue<EffectTable>,
}

impl Outbox {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { queue: Queue::new(database) }
    }

    /// The queue that claims, strikes, puts back and gives up its rows.
    #[must_use]
    pub fn queue(&self) -> &Queue<EffectTable> {
        &self.queue
    }

    fn database(&self) -> &Database {
        self.queue.database()
    }

    /// Records, durably, that a write that would be taken twice is about to be sent: should this process die during the
    /// call, the next try must not assume that nothing was sent. `false`: the lease is lost, and nothing may be sent.
    ///
    /// # Errors
    /// The database does not answer; then nothing may be sent.
    pub async fn mark_sent(
        &self,
        lease: &RowLease<EffectTable>,
        now: OffsetDateTime,
    ) -> Result<bool, sqlx::Error> {
        self.queue.record_try(lease, Marks::sent(now).record("sent, and no answer recorded")).await
    }

    /// Makes the rows of this order due within a second, also one whose try is under way and fails: somebody is looking
    /// at it. Since a row that is due sooner stays as it is, pressing again and again makes one try a second, not one a
    /// press.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn make_due(&self, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
        make_effects_due(self.database(), order, now + AWAITED_RETRY_PAUSE).await
    }

    /// Fills the station of all rows that have none: those of an earlier version, and of the previous version while it
    /// runs beside this one. Until then they are not limited in their lane.
    ///
    /// # Errors
    /// The database does not answer; what was filled stays.
    pub async fn assign_stations(&self) -> Result<(), StoreError> {
        while fill_effect_stations(self.database()).await? {}
        Ok(())
    }

    /// Lists every row, the dead first, then by age.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list(&self, wall: OffsetDateTime) -> Result<Vec<QueueEntry>, sqlx::Error> {
        self.queue.list(wall).await
    }

    /// Lists what was given up, and what was decided before `before` and is not done, but for what only looks on; the dead
    /// first, then by age, at most `limit`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_stuck(
        &self,
        before: OffsetDateTime,
        limit: usize,
        wall: OffsetDateTime,
    ) -> Result<Vec<QueueEntry>, sqlx::Error> {
        self.queue.list_stuck(before, limit, wall).await
    }

    /// Lists what was given up of these orders, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_dead_of(&self, orders: &[OrderId]) -> Result<Vec<QueueEntry>, sqlx::Error> {
        self.queue.list_dead_of(orders).await
    }

    /// Makes a row due at once, also one that was given up. `false`: there is none.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn retry_row(&self, key: RowKey, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
        self.queue.retry_row(key, now).await
    }

    /// Makes rows due at once: what was given up, and what waits for its next try.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn retry(
        &self,
        scope: RetryScope,
        now: OffsetDateTime,
        wall: OffsetDateTime,
    ) -> Result<RetriedRows, sqlx::Error> {
        self.queue.retry(scope, now, wall).await
    }

    /// Counts the invoices that are being made, or will be tried until then.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count_waiting_invoices(&self, until: OffsetDateTime) -> Result<usize, sqlx::Error> {
        count_waiting_invoices(self.queue.database(), until).await
    }

    /// Counts the rows of the outbox, for readiness and metrics.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn depth(&self, now: OffsetDateTime, wall: OffsetDateTime) -> Result<QueueDepth, sqlx::Error> {
        // However long the queue of invoices is, this instance works: whether its worker does is known of it by itself.
        self.queue.depth(&[&MONEY_LANE, &STATION_LANE, &LOOK_LANE], now, wall).await
    }
}

/// The record of a failed try: its reason, and the facts for the next one.
pub(super) fn record_of(marks: Marks, error: Option<&str>) -> TryRecord {
    match error {
        Some(error) => marks.record(error),
        None => marks.record_unchanged(),
    }
}

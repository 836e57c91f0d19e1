//! Queues in database tables: rows are claimed under a lease, worked on, and struck off, put back or given up.
//!
//! A claimed row belongs to its holder as long as the lease lasts; only the holder strikes it. A process that dies leaves
//! leases that run out, and another one repeats the rows. Rows of one order are carried out in the order in which they
//! were written. A row that is given up (dead) waits for an operator.
//!
//! A use of the queue is a [`QueueTable`]: its table and key, the order of its rows, its pauses, and what is given up.
//! Every such table has the columns `order_id`, `seq`, `state` (`due`, `dead`), `attempts`, `due_at`, `leased_until`,
//! `lease`, `last_error`, `created_at` and `due_set_at`, when `due_at` was written. `due_at` is business time.
//! `leased_until` is wall time: leases measure work under way, and moving the business clock must not end them. The SQL
//! is one text for both databases.

mod back_off;
mod claim;
mod operator;
mod retry;
mod worker;

use std::{marker::PhantomData, time::Duration};

use sqlx::{
    Any, AnyConnection,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use time::OffsetDateTime;

pub use back_off::BackOff;
pub use operator::{EntryState, QueueDepth, QueueEntry};
pub use retry::{RetriedRows, RetryScope, RowKey};
pub use worker::{QueueSignal, QueueWorker, RowHandler, RowOutcome};

use crate::{
    clock::to_millis,
    database::{Database, Durability},
};

/// Time that a row stays with a holder that does not renew its lease.
const LEASE_DURATION: Duration = Duration::from_secs(10);
/// Pause before the next try of a row that somebody waits for.
pub const AWAITED_RETRY_PAUSE: Duration = Duration::from_secs(1);
/// State of a row that was given up.
const DEAD_STATE: &str = "dead";
/// Longest text of a failed try that is kept, in characters.
const MAX_ERROR_CHARS: usize = 500;

/// One use of the queue.
pub trait QueueTable: Clone + Send + Sync + 'static {
    /// Content of a claimed row.
    type Row: Clone + Send + Sync + 'static;

    const RULES: QueueRules;

    /// Reads a claimed row; `now` is business time. `None` for a row that this version does not understand: it is given
    /// up and stops no other.
    ///
    /// # Errors
    /// A column is missing or has another type.
    fn read(row: &AnyRow, now: OffsetDateTime) -> Result<Option<Self::Row>, sqlx::Error>;

    /// Whether a row whose try failed is given up, instead of being tried again at `next_try`.
    fn is_given_up(claimed: &Claimed<Self>, now: OffsetDateTime, next_try: OffsetDateTime) -> bool;
}

/// Parts of the statements of a queue.
#[derive(Debug)]
pub struct QueueRules {
    pub table: &'static str,
    /// A text column that belongs to the key beside `order_id` and `seq`.
    pub key_name: Option<&'static str>,
    /// The columns by which rows of one order follow each other.
    pub sequence: &'static [&'static str],
    /// Which earlier rows of an order block its later ones: a condition on the row `earlier`.
    pub blocking_condition: &'static str,
    /// Which rows only look on at what others do, for hours or days: a condition on a row. They are no backlog.
    pub looks_on_condition: &'static str,
    /// Columns that [`QueueTable::read`] reads.
    pub columns: &'static [&'static str],
    /// Assignments made by a claim, beside those of the lease; `$1` is business time. Columns are named with their table.
    pub on_claim: &'static [&'static str],
    /// Assignments made when an operator retries a dead row.
    pub on_retry: &'static [&'static str],
    /// Whether a claim has to survive a power cut.
    pub claim_durability: Durability,
    pub back_off: BackOff,
}

/// Rows with a worker of their own, which do not wait for those of another lane.
#[derive(Debug)]
pub struct Lane {
    pub name: &'static str,
    /// Which rows belong to it: a condition on the row `mine`.
    pub rows: &'static str,
    /// Due rows are looked for this often even when nobody signals: other instances and operators put rows back.
    pub poll_interval: Duration,
    /// Most rows under way at once, in one process.
    pub max_rows: usize,
    /// A column, and how many rows with the same value of it may be under way at once, in all processes. Rows without a
    /// value are not limited.
    pub max_rows_per_value: Option<(&'static str, usize)>,
}

/// A row that this process holds under a lease.
#[derive(Clone, Debug)]
pub struct Claimed<T: QueueTable> {
    pub row: T::Row,
    /// This try included.
    pub attempts: i64,
    pub lease: RowLease<T>,
}

/// The exclusive right to a row for a time.
#[derive(Clone, Debug)]
pub struct RowLease<T> {
    order_id: String,
    seq: i64,
    key_name: Option<String>,
    attempts: i64,
    /// When it was due as it was claimed. Another time means that it was made due during the try.
    due_at: i64,
    /// Random, new with every claim.
    token: String,
    table: PhantomData<T>,
}

/// Result of a failed or unfinished try, stored in its row.
#[derive(Clone, Debug, Default)]
pub struct TryRecord {
    /// For the operator; `None` leaves the text of the last try.
    pub error: Option<String>,
    /// Facts for the next try, by column.
    pub facts: Vec<(&'static str, Option<i64>)>,
}

/// A leased queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    database: Database,
    table: PhantomData<T>,
}

impl<T: QueueTable> Queue<T> {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, table: PhantomData }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Ends all leases. For a process that knows that it is alone: rows that its predecessor held are repeated at once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_all_leases(&self) -> Result<(), sqlx::Error> {
        let sql =
            format!("UPDATE {} SET leased_until = 0, lease = NULL WHERE leased_until > 0", T::RULES.table);
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    sqlx::query(&sql).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Renews the lease of a row. `false`: it is not ours any more, and must be left alone.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn renew(&self, lease: &RowLease<T>, wall: OffsetDateTime) -> Result<bool, sqlx::Error> {
        let until = Value::Integer(Some(to_millis(wall + LEASE_DURATION)));
        self.update_own(Durability::Relaxed, lease, vec![("leased_until", until)]).await
    }

    /// Records, durably, what a later try has to know if this one never reports. `false`: the row is not ours any more,
    /// and must be left alone.
    ///
    /// # Errors
    /// The database does not answer; then nothing is written.
    pub async fn record_try(&self, lease: &RowLease<T>, record: TryRecord) -> Result<bool, sqlx::Error> {
        self.update_own(Durability::Full, lease, record.into_values()).await
    }

    /// Strikes a row off. `false`: it was not ours any more, and stays.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn succeed(&self, lease: &RowLease<T>) -> Result<bool, sqlx::Error> {
        let lease = lease.clone();
        self.database
            // A power cut may bring the row back: every row is safe to repeat.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move { lease.strike(connection).await })
            })
            .await
    }

    /// Puts a row back until `retry_at`, or gives it up when that is `None`. One that was made due during the try is not
    /// given up and comes back [`AWAITED_RETRY_PAUSE`] after `now`: the try may have read its order before the fact that
    /// made it due.
    /// `false`: it was not ours any more, and stays as it is.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn fail(
        &self,
        lease: &RowLease<T>,
        now: OffsetDateTime,
        retry_at: Option<OffsetDateTime>,
        record: TryRecord,
    ) -> Result<bool, sqlx::Error> {
        let awaited = now + AWAITED_RETRY_PAUSE;
        let at = retry_at.unwrap_or(awaited);
        let time = RetryTime {
            at: to_millis(at),
            when_made_due: to_millis(at.min(awaited)),
            claimed_due_at: lease.due_at,
        };
        let values = record.into_values_of_failed(time, now, retry_at.is_none());
        self.update_own(Durability::Full, lease, values).await
    }

    async fn update_own(
        &self,
        durability: Durability,
        lease: &RowLease<T>,
        values: Vec<(&'static str, Value)>,
    ) -> Result<bool, sqlx::Error> {
        let lease = lease.clone();
        self.database
            .transact(durability, move |connection| {
                Box::pin(async move { lease.update(connection, values).await })
            })
            .await
    }
}

/// The time of the next try, in milliseconds.
#[derive(Clone, Copy)]
struct RetryTime {
    at: i64,
    /// Counts instead where the row was made due during the try.
    when_made_due: i64,
    /// A row whose time differs from this one was made due; so the clocks of two instances are never compared.
    claimed_due_at: i64,
}

/// A value of a column.
enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Retry(RetryTime),
    /// The state of a row that is given up, unless it was made due during the try: its time as it was claimed.
    DeadUnlessMadeDue(i64),
}

impl TryRecord {
    fn into_values(self) -> Vec<(&'static str, Value)> {
        let error = self.error.map(|error| error.chars().take(MAX_ERROR_CHARS).collect());
        let error = error.map(|error| ("last_error", Value::Text(Some(error))));
        let facts = self.facts.into_iter().map(|(column, fact)| (column, Value::Integer(fact)));
        error.into_iter().chain(facts).collect()
    }

    /// The values of the record, and those that end the lease.
    fn into_values_of_failed(
        self,
        time: RetryTime,
        now: OffsetDateTime,
        is_given_up: bool,
    ) -> Vec<(&'static str, Value)> {
        let mut values = self.into_values();
        values.push(("due_at", Value::Retry(time)));
        values.push(("due_set_at", Value::Integer(Some(to_millis(now)))));
        if is_given_up {
            values.push(("state", Value::DeadUnlessMadeDue(time.claimed_due_at)));
        }
        values.extend(end_of_lease());
        values
    }

    /// The values of the record of a row that this version does not understand: it is given up.
    fn into_values_of_unknown(self) -> Vec<(&'static str, Value)> {
        let mut values = self.into_values();
        values.push(("state", Value::Text(Some(DEAD_STATE.to_owned()))));
        values.extend(end_of_lease());
        values
    }
}

fn end_of_lease() -> [(&'static str, Value); 2] {
    [("leased_until", Value::Integer(Some(0))), ("lease", Value::Text(None))]
}

type AnyQuery<'q> = Query<'q, Any, AnyArguments<'q>>;

impl<T: QueueTable> RowLease<T> {
    /// Strikes the row off inside the transaction of what the try has learned. `false`: it was not ours any more, and
    /// stays.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn strike(&self, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
        let statement = format!("DELETE FROM {} WHERE {}", T::RULES.table, own_row_condition::<T>().0);
        Ok(self.bind(&statement).execute(connection).await?.rows_affected() > 0)
    }

    /// Order, step and name of the row, for the log. An order's id is its key: logs get its first eight
    /// digits only.
    fn log_fields(&self) -> (&str, i64, Option<&str>) {
        (self.order_id.get(..8).unwrap_or_default(), self.seq, self.key_name.as_deref())
    }

    async fn update(
        &self,
        connection: &mut AnyConnection,
        values: Vec<(&'static str, Value)>,
    ) -> Result<bool, sqlx::Error> {
        let (own, first) = own_row_condition::<T>();
        let mut place = first;
        let mut sets = Vec::with_capacity(values.len());
        for (column, value) in &values {
            sets.push(match value {
                Value::Integer(_) | Value::Text(_) => format!("{column} = ${place}"),
                // Every assignment reads the row as it was before all of them.
                Value::DeadUnlessMadeDue(_) => {
                    format!("{column} = CASE WHEN due_at <> ${place} THEN {column} ELSE '{DEAD_STATE}' END")
                }
                Value::Retry(_) => {
                    let (claimed, when_made_due, at) = (place, place + 1, place + 2);
                    place = at;
                    format!(
                        "{column} = CASE WHEN {column} <> ${claimed} THEN ${when_made_due} ELSE ${at} END"
                    )
                }
            });
            place += 1;
        }
        let statement = format!("UPDATE {} SET {} WHERE {own}", T::RULES.table, sets.join(", "));
        let query = values.into_iter().fold(self.bind(&statement), |query, (_, value)| match value {
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::DeadUnlessMadeDue(claimed_due_at) => query.bind(claimed_due_at),
            Value::Retry(time) => query.bind(time.claimed_due_at).bind(time.when_made_due).bind(time.at),
        });
        Ok(query.execute(connection).await?.rows_affected() > 0)
    }

    /// A statement with the values of [`own_row_condition`].
    fn bind<'q>(&self, statement: &'q str) -> AnyQuery<'q> {
        let query = sqlx::query(statement)
            .bind(self.order_id.clone())
            .bind(self.seq)
            .bind(self.token.clone())
            .bind(self.attempts);
        match &self.key_name {
            Some(name) => query.bind(name.clone()),
            None => query,
        }
    }
}

/// The condition under which a row is still its holder's, and the number of the first value after those of it.
fn own_row_condition<T: QueueTable>() -> (String, usize) {
    // The number of the try beside the lease: the previous version knows its rows of `order_events` by that alone.
    let own = "order_id = $1 AND seq = $2 AND lease = $3 AND attempts = $4 AND state = 'due'";
    match T::RULES.key_name {
        Some(column) => (format!("{own} AND {column} = $5"), 6),
        None => (own.to_owned(), 5),
    }
}

//! A queue as an operator sees it: its rows, and how full it is.

use std::time::Duration;

use domain::id::OrderId;
use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use super::{
    DEAD_STATE, Lane, Queue, QueueTable, RowKey,
    claim::{ClaimTimes, RowConditions, is_leased},
};
use crate::clock::{from_millis, to_millis};

/// A row as an operator sees it.
#[derive(Clone, Debug)]
pub struct QueueEntry {
    /// The order's secret id.
    pub order_id: String,
    /// The order's short number.
    pub number: i64,
    pub seq: i64,
    /// Distinguishes the rows of one step; empty where a step has one row.
    pub name: String,
    pub state: EntryState,
    pub attempts: i64,
    pub due_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub last_error: Option<String>,
    /// Later rows of the same order that wait behind this one.
    pub behind: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    Waiting,
    UnderWay,
    /// Given up: an operator decides.
    Dead,
}

/// Counts and ages of the rows of a queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueDepth {
    pub waiting: i64,
    pub dead: i64,
    /// Age of the oldest waiting row.
    pub oldest: Duration,
    /// Longest time that a row has been due without anybody taking it.
    pub neglected: Duration,
}

/// The rows of one state, counted.
#[derive(sqlx::FromRow)]
struct StateRow {
    state: String,
    entries: i64,
    /// When the first of them was written.
    oldest: i64,
}

impl QueueEntry {
    /// The name by which an operator means the row.
    #[must_use]
    pub fn key(&self) -> RowKey {
        RowKey { number: self.number, seq: self.seq, name: self.name.clone() }
    }
}

impl EntryState {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::UnderWay => "under way",
            Self::Dead => "dead",
        }
    }
}

impl<T: QueueTable> Queue<T> {
    /// Lists every row, the dead first, then by age.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list(&self, wall: OffsetDateTime) -> Result<Vec<QueueEntry>, sqlx::Error> {
        let rows = sqlx::query(&Self::select("", "")).fetch_all(self.database().pool()).await?;
        rows.iter().map(|row| entry::<T>(row, wall)).collect()
    }

    /// Lists the oldest dead rows, at most `limit`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_dead(&self, limit: usize) -> Result<Vec<QueueEntry>, sqlx::Error> {
        let sql = Self::select("WHERE earlier.state = 'dead'", &format!("LIMIT {limit}"));
        let rows = sqlx::query(&sql).fetch_all(self.database().pool()).await?;
        // Nobody holds a dead row, whatever the time is.
        rows.iter().map(|row| entry::<T>(row, OffsetDateTime::UNIX_EPOCH)).collect()
    }

    /// Lists the dead rows of these orders, the oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_dead_of(&self, orders: &[OrderId]) -> Result<Vec<QueueEntry>, sqlx::Error> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (1..=orders.len()).map(|place| format!("${place}")).collect();
        let filter =
            format!("WHERE earlier.state = '{DEAD_STATE}' AND earlier.order_id IN ({})", places.join(", "));
        let sql = Self::select(&filter, "");
        let query = orders.iter().fold(sqlx::query(&sql), |query, id| query.bind(id.to_string()));
        let rows = query.fetch_all(self.database().pool()).await?;
        rows.iter().map(|row| entry::<T>(row, OffsetDateTime::UNIX_EPOCH)).collect()
    }

    /// Lists dead rows, and those that were written before `before` and do not only look on; the dead first, then by age, at
    /// most `limit`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_stuck(
        &self,
        before: OffsetDateTime,
        limit: usize,
        wall: OffsetDateTime,
    ) -> Result<Vec<QueueEntry>, sqlx::Error> {
        let filter = format!(
            "WHERE earlier.state = 'dead' OR (earlier.created_at <= $1 AND NOT ({}))",
            T::RULES.looks_on_condition
        );
        let sql = Self::select(&filter, &format!("LIMIT {limit}"));
        let rows = sqlx::query(&sql).bind(to_millis(before)).fetch_all(self.database().pool()).await?;
        rows.iter().map(|row| entry::<T>(row, wall)).collect()
    }

    /// Builds the query of rows. A listed row is called `earlier`, as in the condition under which it blocks others.
    fn select(filter: &str, limit: &str) -> String {
        let (rules, behind) = (&T::RULES, RowConditions::<T>::is_behind());
        let name = rules.key_name.map(|name| format!(", earlier.{name}")).unwrap_or_default();
        let sequence: String = rules.sequence.iter().map(|column| format!(", earlier.{column}")).collect();
        format!(
            "SELECT earlier.order_id, orders.number, earlier.seq, earlier.state, earlier.attempts, earlier.due_at, \
             earlier.created_at, earlier.leased_until, earlier.last_error, \
             (SELECT COUNT(*) FROM {table} AS mine WHERE {behind}) AS behind{name} \
             FROM {table} AS earlier JOIN orders ON orders.id = earlier.order_id {filter} \
             ORDER BY earlier.state, earlier.created_at{sequence} {limit}",
            table = rules.table,
        )
    }

    /// Counts the rows of the queue that are a backlog or dead, for readiness and metrics.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn depth(
        &self,
        lanes: &[&Lane],
        now: OffsetDateTime,
        wall: OffsetDateTime,
    ) -> Result<QueueDepth, sqlx::Error> {
        let sql = format!(
            "SELECT state, COUNT(*) AS entries, MIN(created_at) AS oldest FROM {} \
             WHERE state = '{DEAD_STATE}' OR NOT ({}) GROUP BY state",
            T::RULES.table,
            T::RULES.looks_on_condition
        );
        let rows: Vec<StateRow> = sqlx::query_as(&sql).fetch_all(self.database().pool()).await?;
        let mut depth = QueueDepth::default();
        for row in rows {
            if row.state == DEAD_STATE {
                depth.dead = row.entries;
            } else {
                depth.waiting = row.entries;
                depth.oldest = since(row.oldest, now);
            }
        }
        if depth.waiting > 0 {
            for lane in lanes {
                depth.neglected = depth.neglected.max(self.longest_neglect(lane, now, wall).await?);
            }
        }
        Ok(depth)
    }

    /// Longest time that a row of a lane has been due while neither it nor a row that shares its limit was under way.
    async fn longest_neglect(
        &self,
        lane: &Lane,
        now: OffsetDateTime,
        wall: OffsetDateTime,
    ) -> Result<Duration, sqlx::Error> {
        let sql = format!(
            "SELECT mine.due_at FROM {} AS mine WHERE {} ORDER BY mine.due_at LIMIT 1",
            T::RULES.table,
            RowConditions::<T>::is_neglected(lane)
        );
        let query = ClaimTimes::of::<T>(now, wall).bind(sqlx::query(&sql));
        let row = query.fetch_optional(self.database().pool()).await?;
        Ok(row.map(|row| row.try_get("due_at")).transpose()?.map_or(Duration::ZERO, |due| since(due, now)))
    }
}

fn since(at: i64, now: OffsetDateTime) -> Duration {
    Duration::from_millis(u64::try_from(to_millis(now) - at).unwrap_or(0))
}

fn entry<T: QueueTable>(row: &AnyRow, wall: OffsetDateTime) -> Result<QueueEntry, sqlx::Error> {
    let state: String = row.try_get("state")?;
    let state = match state.as_str() {
        DEAD_STATE => EntryState::Dead,
        _ if is_leased(row.try_get("leased_until")?, wall) => EntryState::UnderWay,
        _ => EntryState::Waiting,
    };
    let name: Option<String> = T::RULES.key_name.map(|column| row.try_get(column)).transpose()?;
    Ok(QueueEntry {
        order_id: row.try_get("order_id")?,
        number: row.try_get("number")?,
        seq: row.try_get("seq")?,
        name: name.unwrap_or_default(),
        state,
        attempts: row.try_get("attempts")?,
        due_at: from_millis(row.try_get("due_at")?),
        created_at: from_millis(row.try_get("created_at")?),
        last_error: row.try_get("last_error")?,
        behind: row.try_get("behind")?,
    })
}

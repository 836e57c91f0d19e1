//! A queue as an operator sees it: its rows, how full it is, and another try for what was given up.

use std::time::Duration;

use domain::id::OrderId;
use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use super::{
    DEAD_STATE, Lane, Queue, QueueTable,
    claim::{ClaimTimes, RowConditions, is_leased},
};
use crate::{
    clock::{from_millis, to_millis},
    database::Durability,
};

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

/// Dead rows to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    All,
    Order(OrderId),
    /// The order with this short number.
    OrderNumber(u32),
}

/// A row as an operator names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// The order's short number.
    pub number: i64,
    pub seq: i64,
    /// As [`QueueEntry::name`].
    pub name: String,
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

    /// Makes a row due at once: a dead one for a new series of tries, a waiting one for its next. `false`: there is none.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn retry_row(&self, key: RowKey, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
        let (table, on_retry) = (T::RULES.table, &T::RULES.on_retry);
        let on_retry: String = on_retry.iter().map(|set| format!(", {set}")).collect();
        let name = T::RULES.key_name.map(|name| format!(" AND {name} = $4")).unwrap_or_default();
        let row = format!("order_id IN (SELECT id FROM orders WHERE number = $2) AND seq = $3{name}");
        let revive = format!(
            "UPDATE {table} SET state = 'due', due_at = $1, leased_until = 0, lease = NULL{on_retry} \
             WHERE state = '{DEAD_STATE}' AND {row}"
        );
        // By another time the holder of a row knows that it was made due during its try.
        let hurry = format!(
            "UPDATE {table} SET due_at = CASE WHEN due_at > $1 THEN $1 ELSE due_at + 1 END \
             WHERE state = 'due' AND {row}"
        );
        self.database()
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    for sql in [revive, hurry] {
                        let query = sqlx::query(&sql).bind(to_millis(now)).bind(key.number).bind(key.seq);
                        let query = match T::RULES.key_name {
                            Some(_) => query.bind(key.name.clone()),
                            None => query,
                        };
                        if query.execute(&mut *connection).await?.rows_affected() > 0 {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                })
            })
            .await
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

    /// Makes dead rows due at once and returns their number.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn retry(&self, scope: RetryScope, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
        let on_retry: String = T::RULES.on_retry.iter().map(|set| format!(", {set}")).collect();
        let all = format!(
            "UPDATE {} SET state = 'due', due_at = $1, due_set_at = $1, leased_until = 0, lease = NULL{on_retry} WHERE state = 'dead'",
            T::RULES.table
        );
        let sql = match scope {
            RetryScope::All => all,
            RetryScope::Order(_) => format!("{all} AND order_id = $2"),
            RetryScope::OrderNumber(_) => {
                format!("{all} AND order_id IN (SELECT id FROM orders WHERE number = $2)")
            }
        };
        self.database()
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let query = sqlx::query(&sql).bind(to_millis(now));
                    let query = match scope {
                        RetryScope::All => query,
                        RetryScope::Order(id) => query.bind(id.to_string()),
                        RetryScope::OrderNumber(number) => query.bind(i64::from(number)),
                    };
                    Ok(query.execute(connection).await?.rows_affected())
                })
            })
            .await
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

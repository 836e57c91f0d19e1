//! Another try at once: for what was given up, and for what waits until its next one.
//!
//! A row that is under way stays with its holder: nobody else tries it before that try has ended.

use std::fmt;

use domain::id::OrderId;
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{AnyQuery, DEAD_STATE, Queue, QueueTable, claim::max_leased_until};
use crate::{clock::to_millis, database::Durability};

/// Rows to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    All,
    Order(OrderId),
    /// The order with this short number.
    OrderNumber(u32),
}

/// A row as an operator names it: `10451-7-refund`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// The order's short number.
    pub number: i64,
    pub seq: i64,
    /// As [`QueueEntry::name`](super::QueueEntry).
    pub name: String,
}

/// Rows that are tried again, counted by what they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetriedRows {
    /// Given up before: a new series of tries begins.
    pub given_up: u64,
    /// Waited for their next try, which is now; also those that were due already.
    pub waiting: u64,
    /// Their try goes on; if it fails, the next one follows after a second.
    pub under_way: u64,
}

impl RetriedRows {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RowKey {
    /// Reads `10451-7-refund`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (number, seq, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { number: number.parse().ok()?, seq: seq.parse().ok()?, name: name.to_owned() })
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.number, self.seq, self.name)
    }
}

impl RetryScope {
    /// The condition of its rows, with the value that `$1` is.
    fn condition(self) -> &'static str {
        match self {
            Self::All => "TRUE",
            Self::Order(_) => "order_id = $1",
            Self::OrderNumber(_) => "order_id IN (SELECT id FROM orders WHERE number = $1)",
        }
    }

    /// The number of the first value after its own.
    fn next_place(self) -> usize {
        if self == Self::All { 1 } else { 2 }
    }

    fn bind(self, query: AnyQuery<'_>) -> AnyQuery<'_> {
        match self {
            Self::All => query,
            Self::Order(id) => query.bind(id.to_string()),
            Self::OrderNumber(number) => query.bind(i64::from(number)),
        }
    }
}

impl<T: QueueTable> Queue<T> {
    /// Makes dead rows due at once and returns their number.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn revive(&self, scope: RetryScope, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
        self.database()
            .transact(Durability::Full, move |connection| {
                Box::pin(async move { revive_in::<T>(connection, scope, now).await })
            })
            .await
    }

    /// Makes rows due at once: dead ones for a new series of tries, waiting ones for their next. What only looks on at set
    /// times is left alone until it is given up. A second call changes nothing more.
    ///
    /// # Errors
    /// The database does not answer; then nothing is changed.
    pub async fn retry(
        &self,
        scope: RetryScope,
        now: OffsetDateTime,
        wall: OffsetDateTime,
    ) -> Result<RetriedRows, sqlx::Error> {
        self.database()
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    Ok(RetriedRows {
                        under_way: hurry_in::<T>(connection, scope, now, wall, Held::Yes).await?,
                        waiting: hurry_in::<T>(connection, scope, now, wall, Held::No).await?,
                        given_up: revive_in::<T>(connection, scope, now).await?,
                    })
                })
            })
            .await
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
}

/// Whether somebody tries the row at this moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Yes,
    No,
}

async fn revive_in<T: QueueTable>(
    connection: &mut AnyConnection,
    scope: RetryScope,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let on_retry: String = T::RULES.on_retry.iter().map(|set| format!(", {set}")).collect();
    let at = scope.next_place();
    let sql = format!(
        "UPDATE {} SET state = 'due', due_at = ${at}, due_set_at = ${at}, leased_until = 0, lease = NULL{on_retry} \
         WHERE state = '{DEAD_STATE}' AND {}",
        T::RULES.table,
        scope.condition()
    );
    let query = scope.bind(sqlx::query(&sql)).bind(to_millis(now));
    Ok(query.execute(connection).await?.rows_affected())
}

/// Makes the waiting rows of a scope due, those that are held or the others. Their leases stay.
async fn hurry_in<T: QueueTable>(
    connection: &mut AnyConnection,
    scope: RetryScope,
    now: OffsetDateTime,
    wall: OffsetDateTime,
    held: Held,
) -> Result<u64, sqlx::Error> {
    let (at, from, to) = (scope.next_place(), scope.next_place() + 1, scope.next_place() + 2);
    // By another time the holder of a row knows that it was made due during its try.
    let (not, sooner) = if held == Held::Yes { ("", "due_at + 1") } else { ("NOT ", "due_at") };
    let sql = format!(
        "UPDATE {} SET due_at = CASE WHEN due_at > ${at} THEN ${at} ELSE {sooner} END \
         WHERE state = 'due' AND {not}(leased_until > ${from} AND leased_until <= ${to}) AND NOT ({}) AND {}",
        T::RULES.table,
        T::RULES.looks_on_condition,
        scope.condition()
    );
    let query = scope.bind(sqlx::query(&sql)).bind(to_millis(now));
    let query = query.bind(to_millis(wall)).bind(max_leased_until(wall));
    Ok(query.execute(connection).await?.rows_affected())
}

//! The outbox as an operator sees it: every row, how full it is, and another try for what was laid aside.

use std::time::Duration;

use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use super::{CLAIMABLE, Outbox};
use crate::{
    database::Durability,
    orders::store::{StoreError, instant, millis},
};

/// A row as an operator sees it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The order's short number; its id would open it.
    pub number: i64,
    pub effect: String,
    pub state: State,
    pub attempts: i64,
    pub due_at: OffsetDateTime,
    pub last_error: Option<String>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    UnderWay,
    /// Laid aside for an operator.
    Dead,
}

/// Which dead rows to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    All,
    /// Of the order with this short number.
    OfNumber(u32),
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth {
    pub waiting: i64,
    pub dead: i64,
    /// Age of the oldest waiting row.
    pub oldest: Duration,
    /// How long a row has been due without anybody taking it.
    pub neglected: Duration,
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::UnderWay => "under way",
            Self::Dead => "dead",
        }
    }
}

impl Outbox {
    /// Puts dead rows back to work, due at once; tells how many. The next try counts as the second, since what became
    /// of the earlier ones has to be asked first.
    ///
    /// # Errors
    /// The database's.
    pub async fn retry(&self, which: Dead, now: OffsetDateTime) -> Result<u64, StoreError> {
        self.database
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let sql = "UPDATE outbox SET state = 'due', due_at = $1, attempts = 1, leased_until = 0, \
                               lease = NULL WHERE state = 'dead' AND ($2 < 0 OR order_id IN \
                               (SELECT id FROM orders WHERE number = $2))";
                    let number = match which {
                        Dead::All => -1,
                        Dead::OfNumber(number) => i64::from(number),
                    };
                    let put_back =
                        sqlx::query(sql).bind(millis(now)).bind(number).execute(&mut *connection).await?;
                    Ok(put_back.rows_affected())
                })
            })
            .await
    }

    /// Every row, the dead first, then by age.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, wall: OffsetDateTime) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT orders.number, effect, state, attempts, due_at, leased_until, last_error FROM outbox \
                   JOIN orders ON orders.id = outbox.order_id ORDER BY state, created_at, position";
        let rows = sqlx::query(sql).fetch_all(self.database.pool()).await?;
        rows.iter().map(|row| entry(row, millis(wall))).collect()
    }

    /// For readiness and metrics.
    ///
    /// # Errors
    /// The database's.
    pub async fn depth(&self, now: OffsetDateTime, wall: OffsetDateTime) -> Result<Depth, StoreError> {
        let (now, wall) = (millis(now), millis(wall));
        let rows = sqlx::query("SELECT state, COUNT(*), MIN(created_at) FROM outbox GROUP BY state")
            .fetch_all(self.database.pool())
            .await?;
        let mut depth = Depth::default();
        for row in rows {
            let (state, count, oldest): (String, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if state == "dead" {
                depth.dead = count;
            } else {
                depth.waiting = count;
                depth.oldest = since(oldest, now);
            }
        }
        if depth.waiting > 0 {
            let sql = format!(
                "SELECT mine.due_at FROM outbox AS mine WHERE {CLAIMABLE} ORDER BY mine.due_at LIMIT 1"
            );
            let due = sqlx::query(&sql).bind(now).bind(wall).fetch_optional(self.database.pool()).await?;
            depth.neglected =
                due.map(|row| row.try_get(0)).transpose()?.map_or(Duration::ZERO, |at| since(at, now));
        }
        Ok(depth)
    }
}

fn since(at: i64, now: i64) -> Duration {
    Duration::from_millis(u64::try_from(now - at).unwrap_or(0))
}

fn entry(row: &AnyRow, wall: i64) -> Result<Entry, StoreError> {
    let (state, leased_until, due_at): (String, i64, i64) =
        (row.try_get(2)?, row.try_get(5)?, row.try_get(4)?);
    let state = match state.as_str() {
        "dead" => State::Dead,
        _ if leased_until > wall => State::UnderWay,
        _ => State::Waiting,
    };
    Ok(Entry {
        number: row.try_get(0)?,
        effect: row.try_get(1)?,
        state,
        attempts: row.try_get(3)?,
        due_at: instant(due_at),
        last_error: row.try_get(6)?,
    })
}

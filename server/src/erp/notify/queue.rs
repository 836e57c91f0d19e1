//! Events on their way to the back office, in the database. Rows of one order leave in the order of their `seq`: an
//! earlier one that is still there, waiting or laid aside, holds the later ones back.

use std::time::Duration;

use domain::id::OrderId;
use sqlx::Row;
use time::OffsetDateTime;

use crate::{
    database::{Database, Durability},
    orders::{StoreError, millis},
};

/// Longer than one delivery may take. Leases are held in wall time: they measure work under way.
const LEASE: Duration = Duration::from_secs(30);
/// From the first try of an event to its last.
const PERSISTENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// Dead letters shown at once.
const MOST_SHOWN: u32 = 200;

const CLAIMABLE: &str = "mine.state = 'due' AND mine.due_at <= $1 AND mine.leased_until <= $2 AND NOT EXISTS (\
                         SELECT 1 FROM order_events AS earlier \
                         WHERE earlier.order_id = mine.order_id AND earlier.seq < mine.seq)";

/// An event that is ours to post.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub order: OrderId,
    pub seq: i64,
    /// The raw body, as signed and posted.
    pub body: String,
    /// This try included.
    pub attempts: i64,
    pub give_up_at: OffsetDateTime,
}

/// An event that was laid aside.
#[derive(Clone, Debug)]
pub struct DeadEvent {
    pub order: OrderId,
    pub number: i64,
    pub seq: i64,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: OffsetDateTime,
    /// Later events of the same order that wait behind it.
    pub behind: i64,
}

#[derive(Clone, Debug)]
pub struct Queue {
    database: Database,
}

impl Queue {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Leases events that are due, at most one of each order.
    pub async fn claim(
        &self,
        now: OffsetDateTime,
        wall: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let (now, wall) = (millis(now), millis(wall));
        // Most of the time nothing is due: to find that out nobody has to write.
        let peek = format!("SELECT 1 FROM order_events AS mine WHERE {CLAIMABLE} LIMIT 1");
        if sqlx::query(&peek).bind(now).bind(wall).fetch_optional(self.database.pool()).await?.is_none() {
            return Ok(Vec::new());
        }
        let claim = format!(
            "SELECT mine.order_id, mine.seq, mine.body, mine.attempts, mine.give_up_at FROM order_events AS mine \
             WHERE {CLAIMABLE} ORDER BY mine.due_at LIMIT {limit}{}",
            self.database.skip_locked()
        );
        let lease_until = wall + i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        let day = i64::try_from(PERSISTENCE.as_millis()).unwrap_or(i64::MAX);
        self.database
            // Durable together with the change that the event tells of: nobody hears of what a power cut takes back.
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query(&claim).bind(now).bind(wall).fetch_all(&mut *connection).await?;
                    let mut events = Vec::with_capacity(rows.len());
                    for row in rows {
                        let (order, seq): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
                        let (attempts, known): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
                        let give_up_at = if known == 0 { now + day } else { known };
                        sqlx::query(
                            "UPDATE order_events SET leased_until = $3, attempts = $4, give_up_at = $5 \
                             WHERE order_id = $1 AND seq = $2",
                        )
                        .bind(order.clone())
                        .bind(seq)
                        .bind(lease_until)
                        .bind(attempts + 1)
                        .bind(give_up_at)
                        .execute(&mut *connection)
                        .await?;
                        let Some(order) = OrderId::parse(&order) else { continue };
                        events.push(Waiting {
                            order,
                            seq,
                            body: row.try_get(2)?,
                            attempts: attempts + 1,
                            give_up_at: moment(give_up_at),
                        });
                    }
                    Ok(events)
                })
            })
            .await
    }

    /// Strikes a delivered event off.
    pub async fn done(&self, event: &Waiting) -> Result<(), StoreError> {
        // A power cut may bring it back: at least once.
        self.change(
            Durability::Relaxed,
            "DELETE FROM order_events WHERE order_id = $1 AND seq = $2 AND attempts = $3",
            event,
            None,
        )
        .await
    }

    /// Puts an event back until `due`, or lays it aside.
    pub async fn failed(
        &self,
        event: &Waiting,
        due: Option<OffsetDateTime>,
        problem: &str,
    ) -> Result<(), StoreError> {
        let sql = match due {
            Some(_) => {
                "UPDATE order_events SET due_at = $4, leased_until = 0, last_error = $5 \
                 WHERE order_id = $1 AND seq = $2 AND attempts = $3"
            }
            None => {
                "UPDATE order_events SET state = 'dead', due_at = $4, leased_until = 0, last_error = $5 \
                 WHERE order_id = $1 AND seq = $2 AND attempts = $3"
            }
        };
        let due = due.unwrap_or(event.give_up_at);
        let problem: String = problem.chars().take(300).collect();
        self.change(Durability::Relaxed, sql, event, Some((millis(due), problem))).await
    }

    /// A change of a row that is still ours: each try has its number.
    async fn change(
        &self,
        durability: Durability,
        sql: &'static str,
        event: &Waiting,
        more: Option<(i64, String)>,
    ) -> Result<(), StoreError> {
        let (order, seq, attempts) = (event.order.to_string(), event.seq, event.attempts);
        self.database
            .transact(durability, move |connection| {
                Box::pin(async move {
                    let mut query = sqlx::query(sql).bind(order).bind(seq).bind(attempts);
                    if let Some((due, problem)) = more {
                        query = query.bind(due).bind(problem);
                    }
                    query.execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Events that were laid aside, oldest first.
    pub async fn dead(&self) -> Result<Vec<DeadEvent>, StoreError> {
        let sql = format!(
            "SELECT events.order_id, orders.number, events.seq, events.attempts, events.last_error, events.created_at, \
             (SELECT COUNT(*) FROM order_events AS later \
              WHERE later.order_id = events.order_id AND later.seq > events.seq) \
             FROM order_events AS events JOIN orders ON orders.id = events.order_id \
             WHERE events.state = 'dead' ORDER BY events.created_at LIMIT {MOST_SHOWN}"
        );
        let rows = sqlx::query(&sql).fetch_all(self.database.pool()).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let order: String = row.try_get(0)?;
            let Some(order) = OrderId::parse(&order) else { continue };
            events.push(DeadEvent {
                order,
                number: row.try_get(1)?,
                seq: row.try_get(2)?,
                attempts: row.try_get(3)?,
                last_error: row.try_get(4)?,
                created_at: moment(row.try_get(5)?),
                behind: row.try_get(6)?,
            });
        }
        Ok(events)
    }

    /// Lets events go again that were laid aside, of one order or of all; says how many.
    pub async fn retry(&self, order: Option<OrderId>, now: OffsetDateTime) -> Result<u64, StoreError> {
        let now = millis(now);
        self.database
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let all = "UPDATE order_events SET state = 'due', due_at = $1, attempts = 0, give_up_at = 0 \
                               WHERE state = 'dead'";
                    let result = match order {
                        None => sqlx::query(all).bind(now).execute(&mut *connection).await?,
                        Some(order) => {
                            let one = format!("{all} AND order_id = $2");
                            sqlx::query(&one)
                                .bind(now)
                                .bind(order.to_string())
                                .execute(&mut *connection)
                                .await?
                        }
                    };
                    Ok(result.rows_affected())
                })
            })
            .await
    }
}

fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

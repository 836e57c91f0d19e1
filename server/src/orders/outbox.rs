//! What has to be done in the world: rows that a worker claims, does, and strikes off.
//!
//! A row is leased while it is worked on; a worker that dies leaves a lease that runs out, and another one repeats
//! the row. Rows of one order are done in the order in which they were decided.

use std::time::Duration;

use domain::{id::OrderId, order::machine::Effect};
use sqlx::Row;
use time::OffsetDateTime;

use super::store::{StoreError, millis};
use crate::database::Database;

/// Longer than any single call may take.
const LEASE: Duration = Duration::from_secs(60);

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Job {
    pub order: OrderId,
    pub seq: i64,
    pub effect: Effect,
    /// This try included.
    pub attempts: i64,
    /// What the last try said.
    pub last_error: Option<String>,
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth {
    pub waiting: i64,
    pub dead: i64,
    /// Age of the oldest waiting row.
    pub oldest: Duration,
}

#[derive(Clone, Debug)]
pub struct Outbox {
    database: Database,
}

impl Outbox {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Leases up to `limit` rows that are due and not behind another row of their order.
    pub async fn claim(&self, now: OffsetDateTime, limit: u32) -> Result<Vec<Job>, StoreError> {
        let now = millis(now);
        let sql = format!(
            "SELECT order_id, seq, effect, attempts, last_error FROM outbox AS mine \
             WHERE state = 'due' AND due_at <= $1 AND leased_until <= $1 AND NOT EXISTS (\
               SELECT 1 FROM outbox AS earlier WHERE earlier.order_id = mine.order_id AND earlier.state = 'due' \
               AND earlier.seq < mine.seq) \
             ORDER BY due_at LIMIT {limit}{}",
            self.database.skip_locked()
        );
        let mut transaction = self.database.write().await?;
        let rows = sqlx::query(&sql).bind(now).fetch_all(&mut *transaction).await?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let (order, effect): (String, String) = (row.try_get(0)?, row.try_get(2)?);
            let (Some(order), Some(effect)) = (OrderId::parse(&order), Effect::parse(&effect)) else {
                continue;
            };
            let job = Job {
                order,
                seq: row.try_get(1)?,
                effect,
                attempts: row.try_get::<i64, _>(3)? + 1,
                last_error: row.try_get(4)?,
            };
            sqlx::query(
                "UPDATE outbox SET leased_until = $4, attempts = $5 WHERE order_id = $1 AND seq = $2 AND effect = $3",
            )
            .bind(job.order.to_string())
            .bind(job.seq)
            .bind(job.effect.name())
            .bind(now + i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX))
            .bind(job.attempts)
            .execute(&mut *transaction)
            .await?;
            jobs.push(job);
        }
        transaction.commit().await?;
        Ok(jobs)
    }

    /// Strikes a row off.
    pub async fn done(&self, job: &Job) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM outbox WHERE order_id = $1 AND seq = $2 AND effect = $3")
            .bind(job.order.to_string())
            .bind(job.seq)
            .bind(job.effect.name())
            .execute(self.database.pool())
            .await?;
        Ok(())
    }

    /// Puts a row back until `due`, or lays it aside for an operator when `due` is `None`.
    pub async fn failed(
        &self,
        job: &Job,
        due: Option<OffsetDateTime>,
        error: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE outbox SET state = $4, due_at = $5, leased_until = 0, last_error = $6 \
             WHERE order_id = $1 AND seq = $2 AND effect = $3",
        )
        .bind(job.order.to_string())
        .bind(job.seq)
        .bind(job.effect.name())
        .bind(if due.is_some() { "due" } else { "dead" })
        .bind(due.map_or(0, millis))
        .bind(error.chars().take(500).collect::<String>())
        .execute(self.database.pool())
        .await?;
        Ok(())
    }

    /// Makes a waiting row of this order due at once: somebody is looking at it.
    pub async fn hurry(&self, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET due_at = $2 WHERE order_id = $1 AND state = 'due' AND due_at > $2")
            .bind(order.to_string())
            .bind(millis(now))
            .execute(self.database.pool())
            .await?;
        Ok(())
    }

    /// For readiness and metrics.
    pub async fn depth(&self, now: OffsetDateTime) -> Result<Depth, StoreError> {
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
                depth.oldest = Duration::from_millis(u64::try_from(millis(now) - oldest).unwrap_or(0));
            }
        }
        Ok(depth)
    }
}

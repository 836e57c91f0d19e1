//! What has to be done in the world: rows that a worker claims, does, and strikes off.
//!
//! A row is leased while it is worked on, and only the holder of the lease strikes it; a worker that dies leaves a lease
//! that runs out, and another one repeats the row. Rows of one order are done in the order in which they were decided. A
//! row that is laid aside (dead) waits for an operator and stops no other.

mod operator;

use std::time::Duration;

use domain::{id::OrderId, order::machine::Effect};
use sqlx::{AnyConnection, Row, any::AnyRow};
use time::OffsetDateTime;
use uuid::Uuid;

pub use operator::{Dead, Depth, Entry, State};

use super::store::{StoreError, instant, millis};
use crate::database::{Database, Durability};

/// How long a row stays with a worker that says nothing; workers renew theirs sooner.
const LEASE: Duration = Duration::from_secs(10);
/// A row that somebody waits for is tried again after so long.
const HURRIED: Duration = Duration::from_secs(1);
/// Longest reason that is kept, in characters.
const LONGEST_ERROR: usize = 500;

/// Which outside a row is for: what waits for one must not wait for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Invoicebox,
    Station,
}

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
    /// When it was decided, in business time.
    pub decided_at: OffsetDateTime,
    lease: String,
}

/// The rows that anybody may take now: `$1` is business time, `$2` wall time. The row is called `mine`. Nothing waits for
/// a report to the station, which may be silent: it changes nothing any more.
const CLAIMABLE: &str = "mine.state = 'due' AND mine.due_at <= $1 AND mine.leased_until <= $2 AND NOT EXISTS (\
                         SELECT 1 FROM outbox AS earlier WHERE earlier.order_id = mine.order_id \
                         AND earlier.state = 'due' AND earlier.effect <> 'report_end' AND (earlier.seq < mine.seq OR \
                         (earlier.seq = mine.seq AND earlier.position < mine.position)))";
/// One row: the worker's own. `$4` is its lease.
const OURS: &str = "order_id = $1 AND seq = $2 AND effect = $3 AND lease = $4 AND state = 'due'";

impl Lane {
    pub const ALL: [Self; 2] = [Self::Invoicebox, Self::Station];

    fn condition(self) -> &'static str {
        match self {
            // Effects of a newer version are met here too, and laid aside.
            Self::Invoicebox => {
                "mine.effect NOT IN ('authorise', 'withdraw_authorisation', 'report_end', 'announce')"
            }
            Self::Station => {
                "mine.effect IN ('authorise', 'withdraw_authorisation', 'report_end', 'announce')"
            }
        }
    }
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

    /// Leases up to `limit` rows of a lane that are due and not behind another row of their order. Leases are held in
    /// wall time: they measure work under way, and moving the business clock must not end them.
    ///
    /// # Errors
    /// The database's; then nothing is leased.
    pub async fn claim(
        &self,
        lane: Lane,
        now: OffsetDateTime,
        wall: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let (now, wall) = (millis(now), millis(wall));
        let lanes = lane.condition();
        // Most of the time nothing is due: to find that out nobody has to write.
        let peek = format!("SELECT 1 FROM outbox AS mine WHERE {CLAIMABLE} AND {lanes} LIMIT 1");
        let due = sqlx::query(&peek).bind(now).bind(wall).fetch_optional(self.database.pool()).await?;
        if due.is_none() {
            return Ok(Vec::new());
        }
        let claim = format!(
            "WITH taken AS MATERIALIZED (SELECT mine.order_id, mine.seq, mine.effect FROM outbox AS mine \
             WHERE {CLAIMABLE} AND {lanes} ORDER BY mine.due_at LIMIT {limit}{}) \
             UPDATE outbox SET leased_until = $3, lease = $4, attempts = outbox.attempts + 1 FROM taken \
             WHERE outbox.order_id = taken.order_id AND outbox.seq = taken.seq AND outbox.effect = taken.effect \
             RETURNING outbox.order_id, outbox.seq, outbox.effect, outbox.attempts, outbox.last_error, \
             outbox.created_at",
            self.database.skip_locked()
        );
        let lease = Uuid::new_v4().simple().to_string();
        self.database
            // A lost lease is only taken again. What must not be forgotten is noted before it is done.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query(&claim)
                        .bind(now)
                        .bind(wall)
                        .bind(wall + lease_ms())
                        .bind(lease.clone())
                        .fetch_all(&mut *connection)
                        .await?;
                    let mut jobs = Vec::with_capacity(rows.len());
                    for row in &rows {
                        match job(row, &lease)? {
                            Some(job) => jobs.push(job),
                            None => lay_aside_unknown(connection, row, &lease).await?,
                        }
                    }
                    Ok(jobs)
                })
            })
            .await
    }

    /// Ends all leases. For a process that knows that it is alone: what its predecessor was at is repeated at once.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_over(&self) -> Result<(), StoreError> {
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = "UPDATE outbox SET leased_until = 0, lease = NULL WHERE lease IS NOT NULL";
                    sqlx::query(sql).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Keeps a row for another while. `false`: it is not ours any more, and must be left alone.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew(&self, job: &Job, wall: OffsetDateTime) -> Result<bool, StoreError> {
        let (job, until) = (job.clone(), millis(wall) + lease_ms());
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = format!("UPDATE outbox SET leased_until = $5 WHERE {OURS}");
                    let kept = ours(&sql, &job).bind(until).execute(&mut *connection).await?;
                    Ok(kept.rows_affected() > 0)
                })
            })
            .await
    }

    /// Notes, durably, what a later try has to know if this one never reports. `false`: the row is not ours any more, and
    /// must be left alone.
    ///
    /// # Errors
    /// The database's.
    pub async fn note(&self, job: &Job, what: &str) -> Result<bool, StoreError> {
        let (job, what) = (job.clone(), what.to_owned());
        self.database
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let sql = format!("UPDATE outbox SET last_error = $5 WHERE {OURS}");
                    let noted = ours(&sql, &job).bind(what).execute(&mut *connection).await?;
                    Ok(noted.rows_affected() > 0)
                })
            })
            .await
    }

    /// Strikes a row off. `false`: it was not ours any more, and stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn done(&self, job: &Job) -> Result<bool, StoreError> {
        let job = job.clone();
        self.database
            // A power cut may bring the row back: effects are safe to repeat.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = format!("DELETE FROM outbox WHERE {OURS}");
                    let struck = ours(&sql, &job).execute(&mut *connection).await?;
                    Ok(struck.rows_affected() > 0)
                })
            })
            .await
    }

    /// Puts a row back until `due`, or lays it aside for an operator when `due` is `None`. `false`: it was not ours any
    /// more, and stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed(
        &self,
        job: &Job,
        due: Option<OffsetDateTime>,
        error: &str,
    ) -> Result<bool, StoreError> {
        let (job, error) = (job.clone(), error.chars().take(LONGEST_ERROR).collect::<String>());
        self.database
            .transact(Durability::Full, move |connection| {
                Box::pin(async move {
                    let sql = format!(
                        "UPDATE outbox SET state = $5, due_at = $6, last_error = $7, leased_until = 0, lease = NULL \
                         WHERE {OURS}"
                    );
                    let put_back = ours(&sql, &job)
                        .bind(if due.is_some() { "due" } else { "dead" })
                        .bind(due.map_or(0, millis))
                        .bind(error)
                        .execute(&mut *connection)
                        .await?;
                    Ok(put_back.rows_affected() > 0)
                })
            })
            .await
    }

    /// Makes a waiting row of this order due within a second: somebody is looking at it. Since a row that is due sooner
    /// stays as it is, pressing again and again makes one try a second, not one a press.
    ///
    /// # Errors
    /// The database's.
    pub async fn hurry(&self, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "UPDATE outbox SET due_at = $2 WHERE order_id = $1 AND state = 'due' AND due_at > $2";
                    sqlx::query(sql)
                        .bind(order.to_string())
                        .bind(millis(now + HURRIED))
                        .execute(&mut *connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

fn lease_ms() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

/// A statement whose first four values are [`OURS`].
fn ours<'q>(sql: &'q str, job: &Job) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments<'q>> {
    sqlx::query(sql).bind(job.order.to_string()).bind(job.seq).bind(job.effect.name()).bind(job.lease.clone())
}

/// `None` for an effect, or an order, that this version does not know.
fn job(row: &AnyRow, lease: &str) -> Result<Option<Job>, StoreError> {
    let (order, effect): (String, String) = (row.try_get(0)?, row.try_get(2)?);
    let (Some(order), Some(effect)) = (OrderId::parse(&order), Effect::parse(&effect)) else {
        return Ok(None);
    };
    Ok(Some(Job {
        order,
        seq: row.try_get(1)?,
        effect,
        attempts: row.try_get(3)?,
        last_error: row.try_get(4)?,
        decided_at: instant(row.try_get(5)?),
        lease: lease.to_owned(),
    }))
}

/// A row written by another version must neither be lost nor block the others.
async fn lay_aside_unknown(
    connection: &mut AnyConnection,
    row: &AnyRow,
    lease: &str,
) -> Result<(), StoreError> {
    let (order, seq, effect): (String, i64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    tracing::error!(effect, "this version does not know an effect in the outbox: laid aside");
    let sql = format!("UPDATE outbox SET state = 'dead', last_error = $5, lease = NULL WHERE {OURS}");
    sqlx::query(&sql)
        .bind(order)
        .bind(seq)
        .bind(effect)
        .bind(lease.to_owned())
        .bind("this version does not know the effect")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

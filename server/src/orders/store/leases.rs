//! Leases for work that only one instance may do at a time. Each is a mark in `counters`.
//!
//! A mark that is further ahead than anybody sets it was set before a clock was set back, and is void.

use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::{
    clock::{MAX_CLOCK_DIFFERENCE, from_millis, to_millis},
    database::Durability,
};

/// A named lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::orders) struct Lease(pub &'static str);

/// Times by which a lease is acquired.
#[derive(Clone, Copy, Debug)]
pub(in crate::orders) struct LeaseTimes {
    /// A mark up to this time is free.
    pub free_until: OffsetDateTime,
    /// The latest time that anybody sets now.
    pub latest: OffsetDateTime,
    /// The mark of the new holder.
    pub to: OffsetDateTime,
}

/// Whether a mark is later than anybody could have set it.
pub(in crate::orders) fn is_void(mark: OffsetDateTime, latest: OffsetDateTime) -> bool {
    mark > latest + MAX_CLOCK_DIFFERENCE
}

impl OrderStore {
    /// Acquires a lease: sets its mark if it is free or void. With `own` the holder may also move its own mark. `false`:
    /// somebody else holds it.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn acquire_lease(
        &self,
        Lease(name): Lease,
        own: Option<OffsetDateTime>,
        times: LeaseTimes,
    ) -> Result<bool, StoreError> {
        self.database
            // A lease that a power cut takes back is only acquired again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql = "UPDATE counters SET value = $2 \
                               WHERE name = $1 AND (value <= $3 OR value > $4 OR value = $5)";
                    let acquired = sqlx::query(sql)
                        .bind(name)
                        .bind(to_millis(times.to))
                        .bind(to_millis(times.free_until))
                        .bind(to_millis(times.latest + MAX_CLOCK_DIFFERENCE))
                        .bind(own.map_or(-1, to_millis))
                        .execute(&mut *connection)
                        .await?;
                    Ok(acquired.rows_affected() == 1)
                })
            })
            .await
    }

    /// Creates the mark of a lease, unless it is there. Returns the mark.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn create_lease(
        &self,
        Lease(name): Lease,
        at: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                    sqlx::query(sql).bind(name).bind(to_millis(at)).execute(&mut *connection).await?;
                    let sql = "SELECT value FROM counters WHERE name = $1";
                    let mark: i64 = sqlx::query_scalar(sql).bind(name).fetch_one(&mut *connection).await?;
                    Ok(from_millis(mark))
                })
            })
            .await
    }
}

//! Leases for work that only one instance may do at a time. Each is a mark in `counters`.

use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::{clock::to_millis, database::Durability};

/// A named lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::orders) struct Lease(pub &'static str);

impl OrderStore {
    /// Acquires a lease: sets its mark to `to` if nobody has set it past `until` since. With `own` the holder may also
    /// move its own mark. `false`: somebody else holds it.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn acquire_lease(
        &self,
        Lease(name): Lease,
        own: Option<OffsetDateTime>,
        until: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.database
            // A lease that a power cut takes back is only acquired again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "UPDATE counters SET value = $2 WHERE name = $1 AND (value <= $3 OR value = $4)";
                    let acquired = sqlx::query(sql)
                        .bind(name)
                        .bind(to_millis(to))
                        .bind(to_millis(until))
                        .bind(own.map_or(-1, to_millis))
                        .execute(&mut *connection)
                        .await?;
                    Ok(acquired.rows_affected() == 1)
                })
            })
            .await
    }

    /// Creates the mark of a lease, unless it is there.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn create_lease(
        &self,
        Lease(name): Lease,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                    sqlx::query(sql).bind(name).bind(to_millis(at)).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }
}

//! The database's side of reconciliation: which orders are open, and which instance asks for them.

use domain::{id::OrderId, order::Status};
use sqlx::Row;
use time::OffsetDateTime;

use super::{OrderStore, StoreError, instant, millis};
use crate::database::Durability;

/// Open orders that are looked at in one round; the next to lapse come first.
const MOST: i64 = 5_000;

/// An unpaid order that has an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::orders) struct Open {
    pub id: OrderId,
    pub provider_id: String,
    pub expires_at: OffsetDateTime,
    pub changed_at: OffsetDateTime,
}

impl OrderStore {
    /// Orders that wait for their payment.
    pub(in crate::orders) async fn open(&self) -> Result<Vec<Open>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, provider_id, expires_at, updated_at FROM orders \
             WHERE status = $1 AND provider_id IS NOT NULL ORDER BY expires_at LIMIT $2",
        )
        .bind(Status::AwaitingPayment.name())
        .bind(MOST)
        .fetch_all(self.database.pool())
        .await?;
        let mut open = Vec::with_capacity(rows.len());
        for row in rows {
            let id: String = row.try_get(0)?;
            let Some(id) = OrderId::parse(&id) else { continue };
            let (expires_at, changed_at) = (instant(row.try_get(2)?), instant(row.try_get(3)?));
            open.push(Open { id, provider_id: row.try_get(1)?, expires_at, changed_at });
        }
        Ok(open)
    }

    /// Takes a named turn: sets its mark to `to` if nobody has set it past `until` since. With `mine` the holder may
    /// also move its own mark. `false`: it is somebody else's turn.
    pub(in crate::orders) async fn take_turn(
        &self,
        name: &str,
        mine: Option<OffsetDateTime>,
        until: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.database
            // A turn that a power cut takes back is only taken again.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "UPDATE counters SET value = $2 WHERE name = $1 AND (value <= $3 OR value = $4)";
                    let taken = sqlx::query(sql)
                        .bind(name)
                        .bind(millis(to))
                        .bind(millis(until))
                        .bind(mine.map_or(-1, millis))
                        .execute(&mut *connection)
                        .await?;
                    Ok(taken.rows_affected() == 1)
                })
            })
            .await
    }

    /// Makes the mark of a turn, unless it is there.
    pub(in crate::orders) async fn make_turn(
        &self,
        name: &str,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let sql =
                        "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                    sqlx::query(sql).bind(name).bind(millis(at)).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }
}

//! Inserting a new order.

use domain::{
    id::IdempotencyKey,
    order::{Order, machine::Effect},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{OrderStore, StoreError, change::record_history, effects, find::find_by_key_in, ledger};
use crate::{clock::to_millis, database::Durability};

const INSERT: &str = "INSERT INTO orders (id, number, merchant_order_id, idempotency_key, draft_hash, status, seq, \
                      expires_at, updated_at, body, external_id, placed_at, station_id) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, $12) ON CONFLICT DO NOTHING";

/// Outcome of inserting a new order.
pub enum Inserted {
    New {
        order: Box<Order>,
    },
    /// The key is known: this order, and the hash of the draft it was made of.
    Known {
        order: Box<Order>,
        draft_hash: String,
    },
    /// The back office has given its number to another order.
    ExternalIdTaken,
}

impl OrderStore {
    /// Records a new order with its first effect, unless its key is known. `build` is given the order's number, which
    /// grows by one and is never given twice.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order of a known key cannot be read; then
    /// nothing is recorded.
    pub async fn insert(
        &self,
        now: OffsetDateTime,
        key: IdempotencyKey,
        draft_hash: String,
        effect: Effect,
        build: impl FnOnce(u32) -> Order + Send + 'static,
    ) -> Result<Inserted, StoreError> {
        let writes_events = self.writes_events;
        self.database
            // Nothing happens outside before the try is recorded, and that is durable together with all before it.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    if let Some(known) = find_by_key_in(connection, key).await? {
                        return Ok(Inserted::known(known));
                    }
                    let order = build(next_number(connection).await?);
                    if !insert_row(connection, &order, key, draft_hash, now).await? {
                        // Another instance has recorded it since we looked.
                        return match find_by_key_in(connection, key).await? {
                            Some(known) => Ok(Inserted::known(known)),
                            None if order.external_id().is_some() => Ok(Inserted::ExternalIdTaken),
                            None => Err(sqlx::Error::RowNotFound.into()),
                        };
                    }
                    record_history(connection, &order, 0).await?;
                    ledger::record(connection, &order, 0, now, writes_events).await?;
                    effects::record(connection, &order, &[effect], now).await?;
                    Ok(Inserted::New { order: Box::new(order) })
                })
            })
            .await
    }
}

impl Inserted {
    fn known((order, draft_hash): (Order, String)) -> Self {
        Self::Known { order: Box::new(order), draft_hash }
    }
}

/// Inserts the row of an order. `false`: the key, the number at Invoicebox or the back office's number is taken.
async fn insert_row(
    connection: &mut AnyConnection,
    order: &Order,
    key: IdempotencyKey,
    draft_hash: String,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query(INSERT)
        .bind(order.id.to_string())
        .bind(i64::from(order.number))
        .bind(order.merchant_order_id.clone())
        .bind(key.0.to_string())
        .bind(draft_hash)
        .bind(order.status.name())
        .bind(i64::from(order.seq))
        .bind(to_millis(order.expires_at))
        .bind(to_millis(now))
        .bind(serde_json::to_string(order)?)
        .bind(order.external_id().map(str::to_owned))
        .bind(order.station.id.0.clone())
        .execute(&mut *connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

async fn next_number(connection: &mut AnyConnection) -> Result<u32, StoreError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'order_number' RETURNING value";
    let value: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
    u32::try_from(value).map_err(|error| sqlx::Error::Decode(error.into()).into())
}

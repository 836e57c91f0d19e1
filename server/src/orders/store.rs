//! Orders in the database: order, history and outbox change in one transaction, or not at all.

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{Order, Status, machine::Effect},
};
use sqlx::{Any, Row, Transaction, any::AnyRow};
use time::OffsetDateTime;

use super::discrepancies::record_discrepancies;
use crate::database::Database;

/// The store's trouble: the database, or a body that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("an order's body cannot be read or written: {0}")]
    Body(#[from] serde_json::Error),
}

/// What came of inserting a new order.
pub enum Inserted {
    New,
    /// The key is known: this order, and the hash of the draft it was made of.
    Known {
        order: Box<Order>,
        draft_hash: String,
    },
}

/// Reads and writes orders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrderStore {
    pub(super) database: Database,
}

/// A transaction that changes one order.
pub struct Change {
    transaction: Transaction<'static, Any>,
    now: OffsetDateTime,
}

impl OrderStore {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.database.pool()).await?;
        Ok(())
    }

    pub async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE id = $1", id.to_string()).await
    }

    pub async fn by_number_at_provider(&self, number: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE merchant_order_id = $1", number.to_owned()).await
    }

    pub async fn by_provider_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE provider_id = $1", id.to_owned()).await
    }

    pub async fn by_key(&self, key: IdempotencyKey) -> Result<Option<(Order, String)>, StoreError> {
        let row = sqlx::query("SELECT body, draft_hash FROM orders WHERE idempotency_key = $1")
            .bind(key.0.to_string())
            .fetch_optional(self.database.pool())
            .await?;
        row.map(|row| Ok((body(&row)?, row.try_get(1)?))).transpose()
    }

    /// Orders in one of these statuses, oldest first.
    pub async fn in_status(&self, statuses: &[Status]) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::new();
        for status in statuses {
            let rows = sqlx::query("SELECT body FROM orders WHERE status = $1 ORDER BY number")
                .bind(status.name())
                .fetch_all(self.database.pool())
                .await?;
            for row in rows {
                orders.push(body(&row)?);
            }
        }
        Ok(orders)
    }

    /// Orders in a status whose unpaid life is over.
    pub async fn overdue(&self, status: Status, now: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        self.ids(
            "SELECT id FROM orders WHERE status = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT 100",
            status,
            now,
        )
        .await
    }

    /// Orders in a status that have not changed since `before`.
    pub async fn stale(&self, status: Status, before: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        self.ids(
            "SELECT id FROM orders WHERE status = $1 AND updated_at <= $2 ORDER BY updated_at LIMIT 100",
            status,
            before,
        )
        .await
    }

    /// How many orders are in each status.
    pub async fn counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query("SELECT status, COUNT(*) FROM orders GROUP BY status")
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The number for the next order: grows by one, is never given twice.
    pub async fn next_number(&self) -> Result<u32, StoreError> {
        let value: i64 =
            sqlx::query("UPDATE counters SET value = value + 1 WHERE name = 'order_number' RETURNING value")
                .fetch_one(self.database.pool())
                .await?
                .try_get(0)?;
        Ok(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// Records a new order with its first effect, unless its key is known.
    pub async fn insert(
        &self,
        order: &Order,
        key: IdempotencyKey,
        draft_hash: &str,
        effect: Effect,
    ) -> Result<Inserted, StoreError> {
        let mut change = self.change(order.placed_at).await?;
        let made = sqlx::query(
            "INSERT INTO orders (id, number, merchant_order_id, idempotency_key, draft_hash, status, seq, \
             expires_at, updated_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (idempotency_key) DO NOTHING",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.number))
        .bind(&order.merchant_order_id)
        .bind(key.0.to_string())
        .bind(draft_hash)
        .bind(order.status.name())
        .bind(i64::from(order.seq))
        .bind(millis(order.expires_at))
        .bind(millis(order.placed_at))
        .bind(serde_json::to_string(order)?)
        .execute(&mut *change.transaction)
        .await?
        .rows_affected();
        if made == 0 {
            drop(change);
            return match self.by_key(key).await? {
                Some((order, draft_hash)) => Ok(Inserted::Known { order: Box::new(order), draft_hash }),
                None => Err(sqlx::Error::RowNotFound.into()),
            };
        }
        change.history(order).await?;
        change.outbox(order, effect).await?;
        change.commit().await?;
        Ok(Inserted::New)
    }

    /// Begins a change.
    pub async fn change(&self, now: OffsetDateTime) -> Result<Change, StoreError> {
        Ok(Change { transaction: self.database.write().await?, now })
    }

    /// The order, locked until the change ends.
    pub(super) async fn lock(&self, change: &mut Change, id: OrderId) -> Result<Option<Order>, StoreError> {
        let sql = format!("SELECT body FROM orders WHERE id = $1{}", self.database.for_update());
        let row = sqlx::query(&sql).bind(id.to_string()).fetch_optional(&mut *change.transaction).await?;
        row.as_ref().map(body).transpose()
    }

    async fn one(&self, sql: &str, key: String) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query(sql).bind(key).fetch_optional(self.database.pool()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn ids(&self, sql: &str, status: Status, at: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        let rows =
            sqlx::query(sql).bind(status.name()).bind(millis(at)).fetch_all(self.database.pool()).await?;
        let texts: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        Ok(texts.iter().filter_map(|text| OrderId::parse(text)).collect())
    }
}

impl Change {
    /// Writes the changed order, the step it made (if it made one), and what follows from it.
    pub(super) async fn save(&mut self, order: &Order, effects: &[Effect]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE orders SET status = $2, seq = $3, provider_id = $4, updated_at = $5, body = $6, \
             merchant_order_id = $7 WHERE id = $1",
        )
        .bind(order.id.to_string())
        .bind(order.status.name())
        .bind(i64::from(order.seq))
        .bind(order.invoice.as_ref().map(|invoice| invoice.provider_id.clone()))
        .bind(millis(self.now))
        .bind(serde_json::to_string(order)?)
        .bind(order.merchant_order_id.clone())
        .execute(&mut *self.transaction)
        .await?;
        self.history(order).await?;
        record_discrepancies(&mut self.transaction, order).await?;
        for effect in effects {
            self.outbox(order, *effect).await?;
        }
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }

    /// The steps that are not in the history yet: one change may make two.
    async fn history(&mut self, order: &Order) -> Result<(), StoreError> {
        for step in order.history.iter().rev().take(2) {
            sqlx::query(
                "INSERT INTO order_history (order_id, seq, at, status) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (order_id, seq) DO NOTHING",
            )
            .bind(order.id.to_string())
            .bind(i64::from(step.seq))
            .bind(millis(step.at))
            .bind(step.status.name())
            .execute(&mut *self.transaction)
            .await?;
        }
        Ok(())
    }

    async fn outbox(&mut self, order: &Order, effect: Effect) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO outbox (order_id, seq, effect, state, attempts, due_at, leased_until, created_at) \
             VALUES ($1, $2, $3, 'due', 0, $4, 0, $4)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.seq))
        .bind(effect.name())
        .bind(millis(self.now))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}

fn body(row: &AnyRow) -> Result<Order, StoreError> {
    let text: String = row.try_get(0)?;
    Ok(serde_json::from_str(&text)?)
}

/// Milliseconds since 1970.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

//! Orders that wait for their payment.

use domain::{id::OrderId, order::Status};
use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::clock::from_millis;

/// Most open orders of one round; the next to lapse come first.
const MAX_OPEN_ORDERS: i64 = 5_000;

/// An unpaid order that has an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::orders) struct OpenOrder {
    pub id: OrderId,
    pub provider_id: String,
    pub expires_at: OffsetDateTime,
    pub changed_at: OffsetDateTime,
}

#[derive(sqlx::FromRow)]
struct OpenRow {
    id: String,
    provider_id: String,
    expires_at: i64,
    updated_at: i64,
}

impl OrderStore {
    /// Lists orders that wait for their payment.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn open_orders(&self) -> Result<Vec<OpenOrder>, StoreError> {
        let rows: Vec<OpenRow> = sqlx::query_as(
            "SELECT id, provider_id, expires_at, updated_at FROM orders \
             WHERE status = $1 AND provider_id IS NOT NULL ORDER BY expires_at LIMIT $2",
        )
        .bind(Status::AwaitingPayment.name())
        .bind(MAX_OPEN_ORDERS)
        .fetch_all(self.database.pool())
        .await?;
        Ok(rows.into_iter().filter_map(OpenRow::order).collect())
    }
}

impl OpenRow {
    fn order(self) -> Option<OpenOrder> {
        Some(OpenOrder {
            id: OrderId::parse(&self.id)?,
            provider_id: self.provider_id,
            expires_at: from_millis(self.expires_at),
            changed_at: from_millis(self.updated_at),
        })
    }
}

//! Reading orders as the till and the back office ask for them: by their number, by the day, by money.

use domain::{id::StationId, money::Kopecks, order::Order};
use sqlx::Row;
use time::OffsetDateTime;

use super::{OrderStore, StoreError, body, millis};

/// What came in and went back for one order within a span of time.
#[derive(Clone, Debug)]
pub struct MoneyLine {
    pub order: Order,
    pub paid: Kopecks,
    pub refunded: Kopecks,
}

impl OrderStore {
    /// The order that the back office knows by this number.
    pub async fn by_external_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE external_id = $1", id.to_owned()).await
    }

    /// The order with this short number.
    pub async fn by_number(&self, number: i64) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query("SELECT body FROM orders WHERE number = $1")
            .bind(number)
            .fetch_optional(self.database().pool())
            .await?;
        row.as_ref().map(body).transpose()
    }

    /// Orders placed from `from` on and before `to`, newest first.
    pub async fn placed_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let sql = format!(
            "SELECT body FROM orders WHERE placed_at >= $1 AND placed_at < $2 ORDER BY placed_at DESC, number DESC LIMIT {limit}"
        );
        let rows =
            sqlx::query(&sql).bind(millis(from)).bind(millis(to)).fetch_all(self.database().pool()).await?;
        rows.iter().map(body).collect()
    }

    /// Orders for which money moved from `from` on and before `to`, by number; of one station where one is named.
    pub async fn money_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
        station: Option<&StationId>,
    ) -> Result<Vec<MoneyLine>, StoreError> {
        let rows = sqlx::query(
            "SELECT orders.body, moved.paid, moved.refunded FROM (\
               SELECT order_id, CAST(SUM(paid_kopecks) AS BIGINT) AS paid, \
               CAST(SUM(refunded_kopecks) AS BIGINT) AS refunded \
               FROM money_moves WHERE at >= $1 AND at < $2 GROUP BY order_id) AS moved \
             JOIN orders ON orders.id = moved.order_id ORDER BY orders.number",
        )
        .bind(millis(from))
        .bind(millis(to))
        .fetch_all(self.database().pool())
        .await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let order = body(&row)?;
            if station.is_none_or(|station| order.station.id == *station) {
                let (paid, refunded) = (Kopecks::new(row.try_get(1)?), Kopecks::new(row.try_get(2)?));
                lines.push(MoneyLine { order, paid, refunded });
            }
        }
        Ok(lines)
    }
}

//! What operators have to look at, queryable: one row for each discrepancy of an order.

use domain::{
    id::OrderId,
    order::{Order, Status},
};
use sqlx::{AnyConnection, Row};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, store::millis};

/// One line of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The short number of the order.
    pub number: i64,
    /// The order's status now.
    pub status: String,
    /// The name of the discrepancy.
    pub what: String,
    pub since: OffsetDateTime,
    /// A volume, a foreign id, somebody's words; may be empty.
    pub detail: String,
}

impl OrderStore {
    /// All discrepancies, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn discrepancies(&self) -> Result<Vec<Listed>, StoreError> {
        let sql = "SELECT orders.number, orders.status, noted.what, noted.at, noted.detail \
                   FROM order_discrepancies AS noted JOIN orders ON orders.id = noted.order_id \
                   ORDER BY noted.at, orders.number, noted.what";
        let rows = sqlx::query(sql).fetch_all(self.database().pool()).await?;
        rows.iter()
            .map(|row| {
                let at: i64 = row.try_get(3)?;
                Ok(Listed {
                    number: row.try_get(0)?,
                    status: row.try_get(1)?,
                    what: row.try_get(2)?,
                    since: OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(at),
                    detail: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Orders that were released and have not moved since `before`, as far as nobody has been told of them.
    pub(super) async fn unfinished(&self, before: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        let sql = "SELECT id FROM orders WHERE status IN ($1, $2) AND updated_at <= $3 AND NOT EXISTS (\
                   SELECT 1 FROM order_discrepancies AS noted \
                   WHERE noted.order_id = orders.id AND noted.what = 'not_finished') \
                   ORDER BY updated_at LIMIT 100";
        let rows = sqlx::query(sql)
            .bind(Status::Ready.name())
            .bind(Status::Fuelling.name())
            .bind(millis(before))
            .fetch_all(self.database().pool())
            .await?;
        let ids: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        Ok(ids.iter().filter_map(|id| OrderId::parse(id)).collect())
    }
}

/// Writes what is not written yet, in the transaction that changes the order.
pub(super) async fn record_discrepancies(
    connection: &mut AnyConnection,
    order: &Order,
) -> Result<(), StoreError> {
    for noted in &order.discrepancies {
        sqlx::query(
            "INSERT INTO order_discrepancies (order_id, what, at, detail) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (order_id, what) DO NOTHING",
        )
        .bind(order.id.to_string())
        .bind(noted.what.name())
        .bind(millis(noted.at))
        .bind(noted.detail.clone())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

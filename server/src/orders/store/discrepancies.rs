//! What operators have to look at, queryable: one row for each discrepancy of an order, told apart by kind and detail.

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, Status},
};
use sqlx::{AnyConnection, Row};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, millis};

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
    /// What an operator has done about it; `None` while nobody has.
    pub settled: Option<String>,
}

/// Which lines of the operator's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that wait for somebody.
    Open,
    All,
}

impl OrderStore {
    /// What does not add up, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn discrepancies(&self, which: Which) -> Result<Vec<Listed>, StoreError> {
        let only = match which {
            Which::Open => "WHERE noted.settled_at IS NULL ",
            Which::All => "",
        };
        let sql = format!(
            "SELECT orders.number, orders.status, noted.what, noted.at, noted.detail, noted.settled_note \
             FROM order_discrepancies AS noted JOIN orders ON orders.id = noted.order_id \
             {only}ORDER BY noted.at, orders.number, noted.what, noted.detail"
        );
        let rows = sqlx::query(&sql).fetch_all(self.database().pool()).await?;
        rows.iter()
            .map(|row| {
                let at: i64 = row.try_get(3)?;
                Ok(Listed {
                    number: row.try_get(0)?,
                    status: row.try_get(1)?,
                    what: row.try_get(2)?,
                    since: OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(at),
                    detail: row.try_get(4)?,
                    settled: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// Records what an operator has done about a discrepancy of an order, whatever its details so far; it leaves the list
    /// of open ones, until the same comes with another detail. `false` when there is none to settle.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(
        &self,
        number: u32,
        what: Discrepancy,
        note: &str,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE order_discrepancies SET settled_at = $1, settled_note = $2 \
                   WHERE what = $3 AND settled_at IS NULL \
                   AND order_id = (SELECT id FROM orders WHERE number = $4)";
        let mut connection = self.database().write().await?;
        let done = sqlx::query(sql)
            .bind(millis(at))
            .bind(note.to_owned())
            .bind(what.name())
            .bind(i64::from(number))
            .execute(&mut *connection)
            .await?;
        connection.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Orders that were released and have not moved since `before`, as far as nobody has been told of them.
    pub(in crate::orders) async fn unfinished(
        &self,
        before: OffsetDateTime,
    ) -> Result<Vec<OrderId>, StoreError> {
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
pub(in crate::orders) async fn record_discrepancies(
    connection: &mut AnyConnection,
    order: &Order,
) -> Result<(), StoreError> {
    for noted in &order.discrepancies {
        sqlx::query(
            "INSERT INTO order_discrepancies (order_id, what, at, detail) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (order_id, what, detail) DO NOTHING",
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

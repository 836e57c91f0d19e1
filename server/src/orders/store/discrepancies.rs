//! What operators have to look at, queryable: one row for each discrepancy of an order, told apart by kind and detail.

use domain::order::{Discrepancy, Order};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{OrderStore, StoreError, instant, millis};

/// One line of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDiscrepancy {
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
pub enum DiscrepancyFilter {
    /// Those that wait for somebody.
    Open,
    All,
}

#[derive(sqlx::FromRow)]
struct DiscrepancyRow {
    number: i64,
    status: String,
    what: String,
    at: i64,
    detail: String,
    settled_note: Option<String>,
}

impl OrderStore {
    /// What does not add up, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn discrepancies(
        &self,
        filter: DiscrepancyFilter,
    ) -> Result<Vec<ListedDiscrepancy>, StoreError> {
        let only = match filter {
            DiscrepancyFilter::Open => "WHERE noted.settled_at IS NULL ",
            DiscrepancyFilter::All => "",
        };
        let sql = format!(
            "SELECT orders.number, orders.status, noted.what, noted.at, noted.detail, noted.settled_note \
             FROM order_discrepancies AS noted JOIN orders ON orders.id = noted.order_id \
             {only}ORDER BY noted.at, orders.number, noted.what, noted.detail"
        );
        let rows: Vec<DiscrepancyRow> = sqlx::query_as(&sql).fetch_all(self.database.pool()).await?;
        Ok(rows.into_iter().map(ListedDiscrepancy::from).collect())
    }

    /// Records what an operator has done about a discrepancy of an order, whatever its details so far; it leaves the list
    /// of open ones, until the same comes with another detail. `false` when there is none to settle.
    ///
    /// # Errors
    /// `Database`.
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
        let mut connection = self.database.write().await?;
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
}

impl From<DiscrepancyRow> for ListedDiscrepancy {
    fn from(row: DiscrepancyRow) -> Self {
        Self {
            number: row.number,
            status: row.status,
            what: row.what,
            since: instant(row.at),
            detail: row.detail,
            settled: row.settled_note,
        }
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

//! Discrepancies as rows that operators can list: one for each kind and detail of an order.

use domain::order::{Discrepancy, Order, RecordedDiscrepancy};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::clock::{from_millis, to_millis};

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
    /// A volume, a foreign id, the station's reason; may be empty.
    pub detail: String,
    /// What an operator has done about it; `None` while nobody has.
    pub settled: Option<String>,
}

/// Lines of the operator's list to show.
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
    /// Lists what does not add up, oldest first.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn discrepancies(
        &self,
        filter: DiscrepancyFilter,
    ) -> Result<Vec<ListedDiscrepancy>, StoreError> {
        let only = match filter {
            DiscrepancyFilter::Open => "WHERE recorded.closed_at IS NULL ",
            DiscrepancyFilter::All => "",
        };
        let sql = format!(
            "SELECT orders.number, orders.status, recorded.what, recorded.at, recorded.detail, recorded.settled_note \
             FROM order_discrepancies AS recorded JOIN orders ON orders.id = recorded.order_id \
             {only}ORDER BY recorded.at, orders.number, recorded.what, recorded.detail"
        );
        let rows: Vec<DiscrepancyRow> = sqlx::query_as(&sql).fetch_all(self.database.pool()).await?;
        Ok(rows.into_iter().map(ListedDiscrepancy::from).collect())
    }

    /// Records what an operator has done about a discrepancy of an order, whatever its details so far; it leaves the list
    /// of open ones, until the same comes with another detail. `false` when there is none to settle.
    ///
    /// # Errors
    /// `Database` if the database does not answer; then nothing is recorded.
    pub async fn settle(
        &self,
        number: u32,
        what: Discrepancy,
        note: &str,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE order_discrepancies SET closed_at = $1, settled_at = $1, settled_note = $2 \
                   WHERE what = $3 AND closed_at IS NULL \
                   AND order_id = (SELECT id FROM orders WHERE number = $4)";
        let mut connection = self.database.write().await?;
        let done = sqlx::query(sql)
            .bind(to_millis(at))
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
            since: from_millis(row.at),
            detail: row.detail,
            settled: row.settled_note,
        }
    }
}

/// Takes out of the order what is not open any more: the table knows what an operator has settled.
pub(super) async fn drop_closed_discrepancies(
    connection: &mut AnyConnection,
    order: &mut Order,
) -> Result<(), StoreError> {
    if order.discrepancies.is_empty() {
        return Ok(());
    }
    let sql = "SELECT what, detail FROM order_discrepancies WHERE order_id = $1 AND closed_at IS NULL";
    let open: Vec<(String, String)> =
        sqlx::query_as(sql).bind(order.id.to_string()).fetch_all(&mut *connection).await?;
    order
        .discrepancies
        .retain(|one| open.iter().any(|(what, detail)| one.what.name() == what && one.detail == *detail));
    Ok(())
}

/// Writes what is new, and closes what has closed, in the transaction that changes the order.
pub(super) async fn record_discrepancies(
    connection: &mut AnyConnection,
    order: &Order,
    before: &[RecordedDiscrepancy],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for discrepancy in order.discrepancies.iter().filter(|one| !before.contains(one)) {
        let sql = "INSERT INTO order_discrepancies (id, order_id, what, at, detail) \
                   SELECT $1 || '-' || CAST(COUNT(*) + 1 AS TEXT), $2, $3, $4, $5 \
                   FROM order_discrepancies WHERE order_id = $2";
        sqlx::query(sql)
            .bind(order.number.to_string())
            .bind(order.id.to_string())
            .bind(discrepancy.what.name())
            .bind(to_millis(discrepancy.at))
            .bind(discrepancy.detail.clone())
            .execute(&mut *connection)
            .await?;
    }
    for discrepancy in before.iter().filter(|one| !order.discrepancies.contains(one)) {
        let sql = "UPDATE order_discrepancies SET closed_at = $1 \
                   WHERE order_id = $2 AND what = $3 AND detail = $4 AND closed_at IS NULL";
        sqlx::query(sql)
            .bind(to_millis(now))
            .bind(order.id.to_string())
            .bind(discrepancy.what.name())
            .bind(discrepancy.detail.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

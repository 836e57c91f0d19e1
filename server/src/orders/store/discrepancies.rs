//! Discrepancies as rows that operators can list: a row for each time that one comes.

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, RecordedDiscrepancy},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{OrderStore, StoreError, find::placeholders};
use crate::clock::{from_millis, to_millis};

/// One line of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDiscrepancy {
    /// The order's short number and a count: `10451-2`.
    pub id: String,
    /// The order's secret id.
    pub order_id: String,
    /// The short number of the order.
    pub number: i64,
    /// The order's status now.
    pub status: String,
    /// The name of the discrepancy.
    pub what: String,
    pub since: OffsetDateTime,
    /// A volume, a foreign id, the station's reason; may be empty.
    pub detail: String,
    /// When it ended: by itself, by a decision about the money, or settled by an operator.
    pub closed_at: Option<OffsetDateTime>,
    pub settled: Option<SettledNote>,
}

/// What an operator has done about a discrepancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledNote {
    pub at: OffsetDateTime,
    pub note: String,
}

/// The id of an open discrepancy, with what it is in the order.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenDiscrepancyId {
    pub id: String,
    /// The order's secret id.
    pub order_id: String,
    /// The name of the discrepancy.
    pub what: String,
    pub detail: String,
}

/// Lines of the operator's list to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscrepancyFilter {
    /// Those that wait for somebody.
    Open,
    All,
}

/// The last line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscrepancyCursor {
    /// In milliseconds.
    pub at: i64,
    pub id: String,
}

#[derive(sqlx::FromRow)]
struct DiscrepancyRow {
    id: String,
    order_id: String,
    number: i64,
    status: String,
    what: String,
    at: i64,
    detail: String,
    closed_at: Option<i64>,
    settled_at: Option<i64>,
    settled_note: Option<String>,
}

#[derive(sqlx::FromRow)]
struct MeantRow {
    order_id: String,
    what: String,
    detail: String,
    closed_at: Option<i64>,
    settled_note: Option<String>,
}

/// A row that an operator means by its id.
#[derive(Clone, Debug)]
pub(in crate::orders) struct MeantDiscrepancy {
    pub order: OrderId,
    pub what: Discrepancy,
    pub detail: String,
    pub is_open: bool,
    /// What an operator has said about it before.
    pub note: Option<String>,
}

/// What an operator says to have done about the row of this id.
#[derive(Clone, Debug)]
pub(in crate::orders) struct DiscrepancySettling {
    pub id: String,
    pub note: String,
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
        self.discrepancies_after(filter, None, usize::MAX).await
    }

    /// Lists at most `limit` lines after `cursor`, oldest first.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn discrepancies_after(
        &self,
        filter: DiscrepancyFilter,
        cursor: Option<DiscrepancyCursor>,
        limit: usize,
    ) -> Result<Vec<ListedDiscrepancy>, StoreError> {
        let only = match filter {
            DiscrepancyFilter::Open => "recorded.closed_at IS NULL AND",
            DiscrepancyFilter::All => "",
        };
        let sql = format!(
            "SELECT recorded.id, recorded.order_id, orders.number, orders.status, recorded.what, recorded.at, \
             recorded.detail, recorded.closed_at, recorded.settled_at, recorded.settled_note \
             FROM order_discrepancies AS recorded JOIN orders ON orders.id = recorded.order_id \
             WHERE {only} (recorded.at > $1 OR (recorded.at = $1 AND recorded.id > $2)) \
             ORDER BY recorded.at, recorded.id LIMIT $3"
        );
        let after = cursor.unwrap_or(DiscrepancyCursor { at: i64::MIN, id: String::new() });
        let rows: Vec<DiscrepancyRow> = sqlx::query_as(&sql)
            .bind(after.at)
            .bind(after.id)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(self.database.pool())
            .await?;
        Ok(rows.into_iter().map(ListedDiscrepancy::from).collect())
    }

    /// Counts the open discrepancies of each kind that has any.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn count_open_discrepancies(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT what, COUNT(*) FROM order_discrepancies WHERE closed_at IS NULL GROUP BY what";
        Ok(sqlx::query_as(sql).fetch_all(self.database.pool()).await?)
    }

    /// Finds the row of an id. `None` for an unknown one, and for a kind of a newer version.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn find_discrepancy(
        &self,
        id: &str,
    ) -> Result<Option<MeantDiscrepancy>, StoreError> {
        let sql =
            "SELECT order_id, what, detail, closed_at, settled_note FROM order_discrepancies WHERE id = $1";
        let row: Option<MeantRow> =
            sqlx::query_as(sql).bind(id.to_owned()).fetch_optional(self.database.pool()).await?;
        Ok(row.and_then(|row| {
            Some(MeantDiscrepancy {
                order: OrderId::parse(&row.order_id)?,
                what: Discrepancy::parse(&row.what)?,
                detail: row.detail,
                is_open: row.closed_at.is_none(),
                note: row.settled_note,
            })
        }))
    }

    /// Lists the ids of the open discrepancies of these orders.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn open_discrepancy_ids(
        &self,
        orders: &[OrderId],
    ) -> Result<Vec<OpenDiscrepancyId>, StoreError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT id, order_id, what, detail FROM order_discrepancies WHERE closed_at IS NULL AND order_id IN ({})",
            placeholders(orders.len())
        );
        let query = orders.iter().fold(sqlx::query_as(&sql), |query, id| query.bind(id.to_string()));
        Ok(query.fetch_all(self.database.pool()).await?)
    }

    /// Lists the ids of the open discrepancies of a kind of an order.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn open_discrepancies_of(
        &self,
        number: u32,
        what: Discrepancy,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT recorded.id FROM order_discrepancies AS recorded \
                   JOIN orders ON orders.id = recorded.order_id \
                   WHERE orders.number = $1 AND recorded.what = $2 AND recorded.closed_at IS NULL \
                   ORDER BY recorded.at, recorded.id";
        let query = sqlx::query_scalar(sql).bind(i64::from(number)).bind(what.name());
        Ok(query.fetch_all(self.database.pool()).await?)
    }
}

impl From<DiscrepancyRow> for ListedDiscrepancy {
    fn from(row: DiscrepancyRow) -> Self {
        let settled = row
            .settled_at
            .map(|at| SettledNote { at: from_millis(at), note: row.settled_note.unwrap_or_default() });
        Self {
            id: row.id,
            order_id: row.order_id,
            number: row.number,
            status: row.status,
            what: row.what,
            since: from_millis(row.at),
            detail: row.detail,
            closed_at: row.closed_at.map(from_millis),
            settled,
        }
    }
}

/// Writes what an operator has done about an open row, in the transaction that closes it. `false`: it is not open.
pub(super) async fn settle_row(
    connection: &mut AnyConnection,
    settling: &DiscrepancySettling,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    // The change of the order may have closed it a moment ago; nobody has settled it before.
    let sql = "UPDATE order_discrepancies SET closed_at = $1, settled_at = $1, settled_note = $2 \
               WHERE id = $3 AND settled_at IS NULL AND (closed_at IS NULL OR closed_at = $1)";
    let query = sqlx::query(sql).bind(to_millis(now)).bind(settling.note.clone()).bind(settling.id.clone());
    Ok(query.execute(&mut *connection).await?.rows_affected() > 0)
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
    // The old ones first: a new one may have the same words.
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
    Ok(())
}

//! Sums of the ledger for a span of time, order by order.

use domain::{id::StationId, money::Kopecks, order::Order};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, listing::is_at, rows::read_body};
use crate::clock::to_millis;

/// Ledger entries to sum up.
#[derive(Clone, Debug)]
pub struct RegistryQuery {
    /// Decided from here on.
    pub from: OffsetDateTime,
    /// Decided before this.
    pub to: OffsetDateTime,
    /// Of orders at this station only.
    pub station: Option<StationId>,
}

/// Sums that were paid and returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoneySums {
    pub paid: Kopecks,
    pub refunded: Kopecks,
}

/// Sums of one order's ledger entries.
#[derive(Clone, Debug)]
pub struct LedgerLine {
    pub order: Order,
    pub sums: MoneySums,
}

/// Sums of an order whose body cannot be read: what was bought is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableLedgerLine {
    pub number: i64,
    pub sums: MoneySums,
}

/// All sums of a span of time, by order number.
#[derive(Clone, Debug, Default)]
pub struct LedgerSummary {
    pub lines: Vec<LedgerLine>,
    pub unreadable: Vec<UnreadableLedgerLine>,
}

#[derive(sqlx::FromRow)]
struct LedgerSumRow {
    number: i64,
    station_id: Option<String>,
    body: String,
    paid: i64,
    refunded: i64,
}

impl MoneySums {
    /// What remains to be transferred.
    #[must_use]
    pub fn net(self) -> Kopecks {
        Kopecks::new(self.paid.get() - self.refunded.get())
    }
}

impl OrderStore {
    /// Sums up ledger entries by order. An unreadable order whose station is not known is in the answer for all
    /// stations only.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn summarize_ledger(&self, query: &RegistryQuery) -> Result<LedgerSummary, StoreError> {
        // Orders of earlier versions have no station in their column until it is filled: they are compared below.
        let at_station = match &query.station {
            Some(_) => "WHERE orders.station_id = $3 OR orders.station_id IS NULL ",
            None => "",
        };
        let sql = format!(
            "SELECT orders.number, orders.station_id, orders.body, moved.paid, moved.refunded FROM (\
               SELECT order_id, CAST(SUM(paid_kopecks) AS BIGINT) AS paid, \
               CAST(SUM(refunded_kopecks) AS BIGINT) AS refunded \
               FROM money_moves WHERE at >= $1 AND at < $2 GROUP BY order_id) AS moved \
             JOIN orders ON orders.id = moved.order_id {at_station}ORDER BY orders.number"
        );
        let mut rows = sqlx::query_as(&sql).bind(to_millis(query.from)).bind(to_millis(query.to));
        if let Some(station) = &query.station {
            rows = rows.bind(station.0.clone());
        }
        let rows: Vec<LedgerSumRow> = rows.fetch_all(self.database.pool()).await?;
        let mut summary = LedgerSummary::default();
        for row in rows {
            let sums = MoneySums { paid: Kopecks::new(row.paid), refunded: Kopecks::new(row.refunded) };
            match self.unreadable.skip(read_body(row.number, &row.body))? {
                Some(order) if is_at(&order, query.station.as_ref()) => {
                    summary.lines.push(LedgerLine { order, sums });
                }
                Some(_) => {}
                None if query.station.is_none() || row.station_id.is_some() => {
                    summary.unreadable.push(UnreadableLedgerLine { number: row.number, sums });
                }
                None => {}
            }
        }
        Ok(summary)
    }
}

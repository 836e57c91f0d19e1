//! Sums of the ledger for a span of time, order by order.

use std::collections::BTreeMap;

use domain::{id::StationId, money::Kopecks, order::Order};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, listing::is_at, rows::read_body};
use crate::clock::{from_millis, to_millis};

/// Ledger entries to sum up, by the moment that decides their day.
#[derive(Clone, Debug)]
pub struct RegistryQuery {
    /// From here on.
    pub from: OffsetDateTime,
    /// Before this.
    pub to: OffsetDateTime,
    /// Of orders at this station only.
    pub station: Option<StationId>,
}

/// Sums that were paid and returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoneySums {
    pub paid: Kopecks,
    pub refunded: Kopecks,
    /// To be returned, and not on its way to the payer: refused, or not sent yet.
    pub owed: Kopecks,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerMove {
    /// `payment`, `return`, `second_payment`, `second_return`; `change` of earlier versions.
    pub kind: String,
    /// Our number of a return, Invoicebox's id of a second payment; may be empty.
    pub number: String,
    pub at: OffsetDateTime,
    pub sums: MoneySums,
}

/// Sums of one order's ledger entries.
#[derive(Clone, Debug)]
pub struct LedgerLine {
    pub order: Order,
    pub sums: MoneySums,
    /// When the last entry was recorded.
    pub changed_at: OffsetDateTime,
    /// Movements that did not cancel each other out, oldest first.
    pub moves: Vec<LedgerMove>,
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
    owed: i64,
    changed_at: i64,
}

#[derive(sqlx::FromRow)]
struct LedgerMoveRow {
    order_number: i64,
    kind: String,
    number: String,
    at: i64,
    paid: i64,
    refunded: i64,
    owed: i64,
}

impl MoneySums {
    fn of(paid: i64, refunded: i64, owed: i64) -> Self {
        let [paid, refunded, owed] = [paid, refunded, owed].map(Kopecks::new);
        Self { paid, refunded, owed }
    }

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
            "SELECT orders.number, orders.station_id, orders.body, moved.paid, moved.refunded, moved.owed, \
             moved.changed_at FROM (\
               SELECT order_id, CAST(SUM(paid_kopecks) AS BIGINT) AS paid, \
               CAST(SUM(refunded_kopecks) AS BIGINT) AS refunded, CAST(SUM(owed_kopecks) AS BIGINT) AS owed, \
               CAST(MAX(COALESCE(recorded_at, at)) AS BIGINT) AS changed_at \
               FROM money_moves WHERE at >= $1 AND at < $2 GROUP BY order_id) AS moved \
             JOIN orders ON orders.id = moved.order_id {at_station}ORDER BY orders.number"
        );
        let mut rows = sqlx::query_as(&sql).bind(to_millis(query.from)).bind(to_millis(query.to));
        if let Some(station) = &query.station {
            rows = rows.bind(station.0.clone());
        }
        let rows: Vec<LedgerSumRow> = rows.fetch_all(self.database.pool()).await?;
        let mut moves = self.ledger_moves(query).await?;
        let mut summary = LedgerSummary::default();
        for row in rows {
            let sums = MoneySums::of(row.paid, row.refunded, row.owed);
            match self.unreadable.skip(read_body(row.number, &row.body))? {
                Some(order) if is_at(&order, query.station.as_ref()) => {
                    let changed_at = from_millis(row.changed_at);
                    let moves = moves.remove(&row.number).unwrap_or_default();
                    summary.lines.push(LedgerLine { order, sums, changed_at, moves });
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

    /// Movements of a span of time by order number, without those that were taken back.
    async fn ledger_moves(
        &self,
        query: &RegistryQuery,
    ) -> Result<BTreeMap<i64, Vec<LedgerMove>>, StoreError> {
        let sql = "SELECT orders.number AS order_number, moved.kind, moved.number, moved.at, moved.paid, \
                   moved.refunded, moved.owed FROM (\
                     SELECT order_id, kind, number, at, CAST(SUM(paid_kopecks) AS BIGINT) AS paid, \
                     CAST(SUM(refunded_kopecks) AS BIGINT) AS refunded, CAST(SUM(owed_kopecks) AS BIGINT) AS owed \
                     FROM money_moves WHERE at >= $1 AND at < $2 GROUP BY order_id, kind, number, at) AS moved \
                   JOIN orders ON orders.id = moved.order_id ORDER BY orders.number, moved.at, moved.kind";
        let rows = sqlx::query_as(sql).bind(to_millis(query.from)).bind(to_millis(query.to));
        let rows: Vec<LedgerMoveRow> = rows.fetch_all(self.database.pool()).await?;
        let mut moves: BTreeMap<i64, Vec<LedgerMove>> = BTreeMap::new();
        for LedgerMoveRow { order_number, kind, number, at, paid, refunded, owed } in rows {
            let sums = MoneySums::of(paid, refunded, owed);
            if sums != MoneySums::default() {
                let moved = LedgerMove { kind, number, at: from_millis(at), sums };
                moves.entry(order_number).or_default().push(moved);
            }
        }
        Ok(moves)
    }
}

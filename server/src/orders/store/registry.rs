//! Money that moved within a span of time, order by order.

use domain::{id::StationId, money::Kopecks, order::Order};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, listing::is_at, millis, rows::read_body};

/// Which movements to list.
#[derive(Clone, Debug)]
pub struct RegistryQuery {
    /// Decided from here on.
    pub from: OffsetDateTime,
    /// Decided before this.
    pub to: OffsetDateTime,
    /// Of orders at this station only.
    pub station: Option<StationId>,
}

/// What came in and went back for one order within a span of time.
#[derive(Clone, Debug)]
pub struct MoneyLine {
    pub order: Order,
    pub paid: Kopecks,
    pub refunded: Kopecks,
}

#[derive(sqlx::FromRow)]
struct MovedRow {
    number: i64,
    body: String,
    paid: i64,
    refunded: i64,
}

impl OrderStore {
    /// Orders for which money moved and that can be read, by number.
    ///
    /// # Errors
    /// `Database`.
    pub async fn money_moved(&self, query: &RegistryQuery) -> Result<Vec<MoneyLine>, StoreError> {
        // Orders of earlier versions have no station in their column until it is filled: they are compared below.
        let at_station = match &query.station {
            Some(_) => "WHERE orders.station_id = $3 OR orders.station_id IS NULL ",
            None => "",
        };
        let sql = format!(
            "SELECT orders.number, orders.body, moved.paid, moved.refunded FROM (\
               SELECT order_id, CAST(SUM(paid_kopecks) AS BIGINT) AS paid, \
               CAST(SUM(refunded_kopecks) AS BIGINT) AS refunded \
               FROM money_moves WHERE at >= $1 AND at < $2 GROUP BY order_id) AS moved \
             JOIN orders ON orders.id = moved.order_id {at_station}ORDER BY orders.number"
        );
        let mut rows = sqlx::query_as(&sql).bind(millis(query.from)).bind(millis(query.to));
        if let Some(station) = &query.station {
            rows = rows.bind(station.0.clone());
        }
        let rows: Vec<MovedRow> = rows.fetch_all(self.database.pool()).await?;
        let lines = rows.into_iter().filter_map(|row| {
            let order = self.unreadable.readable(read_body(row.number, &row.body))?;
            let (paid, refunded) = (Kopecks::new(row.paid), Kopecks::new(row.refunded));
            is_at(&order, query.station.as_ref()).then_some(MoneyLine { order, paid, refunded })
        });
        Ok(lines.collect())
    }
}

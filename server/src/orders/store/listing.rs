//! Orders of a span of time, as the cashier's desk lists them.

use domain::{id::StationId, order::Order};
use time::OffsetDateTime;

use super::{OrderStore, StoreError, rows::read_body};
use crate::clock::to_millis;

/// Orders to list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Placed from here on.
    pub from: OffsetDateTime,
    /// Placed before this.
    pub to: OffsetDateTime,
    /// At this station only.
    pub station: Option<StationId>,
    /// Only those that need a person's attention.
    pub needs_attention: bool,
    /// At most so many; more are only mentioned.
    pub limit: usize,
}

/// Orders of a list, newest first.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub orders: Vec<Order>,
    /// There are more than the limit.
    pub has_more: bool,
}

#[derive(sqlx::FromRow)]
struct ListRow {
    number: i64,
    placed_at: i64,
    body: String,
}

/// Orders with an open discrepancy, or for which something has to be done and was given up. They are few: the other orders
/// are not read for them.
const NEEDING_ATTENTION: &str = "(SELECT order_id FROM order_discrepancies WHERE closed_at IS NULL \
    UNION SELECT order_id FROM outbox WHERE state = 'dead') AS open JOIN orders ON orders.id = open.order_id";

impl OrderStore {
    /// Lists orders of a span of time that can be read, newest first.
    ///
    /// A station's orders are found by their column. Orders of earlier versions have none until [`super::station_ids`] has
    /// filled it: they are read and compared, page by page, until the limit is reached.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn list(&self, query: &ListQuery) -> Result<Listing, StoreError> {
        let page_size = query.limit + 1;
        let mut orders = Vec::new();
        // No number is smaller, so the first page begins before `to`.
        let mut before = (to_millis(query.to), i64::MIN);
        loop {
            let rows = self.page(query, before, page_size).await?;
            for row in &rows {
                let order = self.unreadable.skip(read_body(row.number, &row.body))?;
                orders.extend(order.filter(|order| is_at(order, query.station.as_ref())));
            }
            let last = rows.last().filter(|_| rows.len() == page_size && orders.len() < page_size);
            let Some(last) = last else { break };
            before = (last.placed_at, last.number);
        }
        let has_more = orders.len() > query.limit;
        orders.truncate(query.limit);
        Ok(Listing { orders, has_more })
    }

    /// Counts the orders that need a person's attention, of all days.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn count_attention(&self, station: Option<&StationId>) -> Result<i64, StoreError> {
        let at_station = if station.is_some() { "WHERE station_id = $1 OR station_id IS NULL" } else { "" };
        let sql = format!("SELECT COUNT(*) FROM {NEEDING_ATTENTION} {at_station}");
        let mut count = sqlx::query_scalar(&sql);
        if let Some(station) = station {
            count = count.bind(station.0.clone());
        }
        Ok(count.fetch_one(self.database.pool()).await?)
    }

    /// The rows that come after this moment and number, going back in time.
    async fn page(
        &self,
        query: &ListQuery,
        (placed_at, number): (i64, i64),
        size: usize,
    ) -> Result<Vec<ListRow>, StoreError> {
        let at_station = match &query.station {
            Some(_) => "AND (station_id = $4 OR station_id IS NULL) ",
            None => "",
        };
        let from = if query.needs_attention { NEEDING_ATTENTION } else { "orders" };
        let sql = format!(
            "SELECT number, placed_at, body FROM {from} WHERE placed_at >= $1 \
             AND (placed_at < $2 OR (placed_at = $2 AND number < $3)) {at_station}\
             ORDER BY placed_at DESC, number DESC LIMIT {size}"
        );
        let mut rows = sqlx::query_as(&sql).bind(to_millis(query.from)).bind(placed_at).bind(number);
        if let Some(station) = &query.station {
            rows = rows.bind(station.0.clone());
        }
        Ok(rows.fetch_all(self.database.pool()).await?)
    }
}

/// Whether this is an order of the station, or no station is asked for.
pub(super) fn is_at(order: &Order, station: Option<&StationId>) -> bool {
    station.is_none_or(|station| order.station.id == *station)
}

//! Orders by the time since which they wait, a page at a time. One that goes on waiting, since it cannot be read, delays
//! none behind it.

use domain::id::OrderId;
use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::clock::from_millis;

/// Orders of one page.
const PAGE_SIZE: usize = 100;

/// An order that waits.
#[derive(Clone, Copy, Debug)]
pub struct WaitingOrder {
    pub id: OrderId,
    pub since: OffsetDateTime,
    /// Sequence number of the order as it was listed.
    pub seq: u32,
}

/// One page of waiting orders, those that wait longest first.
#[derive(Debug)]
pub struct WaitingPage {
    pub orders: Vec<WaitingOrder>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<WaitingCursor>,
}

/// The last order of a page.
#[derive(Clone, Debug)]
pub struct WaitingCursor {
    since: i64,
    id: String,
}

/// Which orders wait.
pub(super) struct WaitingQuery<'a> {
    /// Column, or expression, with the time since which they wait.
    pub since: &'a str,
    /// A condition on the order; its values are `$3` and those after it.
    pub condition: &'a str,
    pub values: &'a [i64],
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    id: String,
    since: i64,
    seq: i64,
}

impl OrderStore {
    /// Reads the page after `cursor`, or the first one.
    pub(super) async fn waiting_page(
        &self,
        query: WaitingQuery<'_>,
        cursor: Option<WaitingCursor>,
    ) -> Result<WaitingPage, StoreError> {
        let WaitingQuery { since, condition, values } = query;
        let sql = format!(
            "SELECT id, {since} AS since, seq FROM orders WHERE ({since} > $1 OR ({since} = $1 AND id > $2)) \
             AND {condition} ORDER BY {since}, id LIMIT {PAGE_SIZE}"
        );
        let after = cursor.unwrap_or(WaitingCursor { since: i64::MIN, id: String::new() });
        let page = sqlx::query_as(&sql).bind(after.since).bind(after.id);
        let page = values.iter().fold(page, |page, value| page.bind(*value));
        let rows: Vec<WaitingRow> = page.fetch_all(self.database.pool()).await?;
        let orders = rows.iter().filter_map(|row| {
            let (id, since) = (OrderId::parse(&row.id)?, from_millis(row.since));
            Some(WaitingOrder { id, since, seq: u32::try_from(row.seq).ok()? })
        });
        let orders = orders.collect();
        let is_full = rows.len() == PAGE_SIZE;
        let last = rows.into_iter().next_back().filter(|_| is_full);
        let next = last.map(|row| WaitingCursor { since: row.since, id: row.id });
        Ok(WaitingPage { orders, next })
    }
}

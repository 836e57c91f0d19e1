//! Orders that have waited too long. `updated_at` is the moment of their last change.

use domain::{
    id::OrderId,
    order::{Discrepancy, Status},
};
use time::OffsetDateTime;

use super::{OrderStore, StoreError};
use crate::clock::to_millis;

/// Orders of one page.
const PAGE_SIZE: usize = 100;

/// Event that an order has waited for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverdueKind {
    /// It has no payment link, and its unpaid life is over.
    Placing,
    /// A pump was started, and its station reports nothing. Those whose release is known to be valid wait for an operator.
    Lapsed,
    /// The time in which its pump may be started, or its goods may be said to have been handed over, is over.
    ActsNow(Status),
    /// Paid, in a version that knew of no starts.
    NotOffered,
    /// A person has to hand it over and has not, and no operator knows yet.
    NotHandedOver,
    /// A pump was released, the order has not ended, and no operator knows yet.
    Unfinished,
}

/// One page of overdue orders, those that wait longest first.
pub struct OverduePage {
    pub ids: Vec<OrderId>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<OverdueCursor>,
}

/// The last order of a page. An order that stays overdue, since it cannot be read, delays none behind it.
#[derive(Clone, Debug)]
pub struct OverdueCursor {
    since: i64,
    id: String,
}

#[derive(sqlx::FromRow)]
struct OverdueRow {
    id: String,
    since: i64,
}

impl OverdueKind {
    /// Column with the time since which the order waits.
    fn since_column(self) -> &'static str {
        match self {
            Self::Placing => "expires_at",
            Self::ActsNow(_) => "acts_at",
            _ => "updated_at",
        }
    }

    fn condition(self) -> String {
        match self {
            Self::Placing => in_status(&[Status::Placing]),
            Self::Lapsed => format!(
                "{} AND {} AND NOT {}",
                in_status(&[Status::Authorising, Status::Ready]),
                has_been(Status::Authorising),
                has_discrepancy(Discrepancy::ReleaseNotWithdrawn)
            ),
            Self::ActsNow(status) => in_status(&[status]),
            Self::NotOffered => {
                format!("{} AND acts_at IS NULL", in_status(&[Status::Paid]))
            }
            Self::NotHandedOver => format!(
                "{} AND NOT {} AND NOT {}",
                in_status(&[Status::Ready]),
                has_been(Status::Authorising),
                has_discrepancy(Discrepancy::EndNotReported)
            ),
            Self::Unfinished => format!(
                "{} AND {} AND NOT {}",
                in_status(&[Status::Ready, Status::Fuelling]),
                has_been(Status::Authorising),
                has_discrepancy(Discrepancy::EndNotReported)
            ),
        }
    }
}

impl OrderStore {
    /// Lists orders that have waited since `before` or longer: the page after `cursor`, or the first one.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn overdue(
        &self,
        what: OverdueKind,
        before: OffsetDateTime,
        cursor: Option<OverdueCursor>,
    ) -> Result<OverduePage, StoreError> {
        let (since, condition) = (what.since_column(), what.condition());
        let sql = format!(
            "SELECT id, {since} AS since FROM orders WHERE {condition} AND {since} <= $1 \
             AND ({since} > $2 OR ({since} = $2 AND id > $3)) ORDER BY {since}, id LIMIT {PAGE_SIZE}"
        );
        let after = cursor.unwrap_or(OverdueCursor { since: i64::MIN, id: String::new() });
        let rows: Vec<OverdueRow> = sqlx::query_as(&sql)
            .bind(to_millis(before))
            .bind(after.since)
            .bind(after.id)
            .fetch_all(self.database.pool())
            .await?;
        let ids = rows.iter().filter_map(|row| OrderId::parse(&row.id)).collect();
        let is_full = rows.len() == PAGE_SIZE;
        let last = rows.into_iter().next_back().filter(|_| is_full);
        Ok(OverduePage { ids, next: last.map(|row| OverdueCursor { since: row.since, id: row.id }) })
    }
}

/// Condition on the status. Names of statuses and discrepancies are ours, so they need no binding.
fn in_status(statuses: &[Status]) -> String {
    let names: Vec<String> = statuses.iter().map(|status| format!("'{}'", status.name())).collect();
    format!("status IN ({})", names.join(", "))
}

fn has_been(status: Status) -> String {
    format!(
        "EXISTS (SELECT 1 FROM order_history AS step \
         WHERE step.order_id = orders.id AND step.status = '{}')",
        status.name()
    )
}

fn has_discrepancy(discrepancy: Discrepancy) -> String {
    format!(
        "EXISTS (SELECT 1 FROM order_discrepancies AS recorded \
         WHERE recorded.order_id = orders.id AND recorded.what = '{}' AND recorded.closed_at IS NULL)",
        discrepancy.name()
    )
}

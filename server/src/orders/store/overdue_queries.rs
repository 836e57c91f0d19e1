//! Orders that have waited too long. `updated_at` is the moment of their last change.

use domain::order::{Discrepancy, Status};
use time::OffsetDateTime;

use super::{
    OrderStore, StoreError, quoted_names,
    waiting_page::{WaitingCursor, WaitingPage, WaitingQuery},
};
use crate::clock::to_millis;

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
        cursor: Option<WaitingCursor>,
    ) -> Result<WaitingPage, StoreError> {
        let (since, condition) = (what.since_column(), what.condition());
        let condition = format!("{condition} AND {since} <= $3");
        let query = WaitingQuery { since, condition: &condition, values: &[to_millis(before)] };
        self.waiting_page(query, cursor).await
    }
}

/// Condition on the status.
fn in_status(statuses: &[Status]) -> String {
    format!("status IN ({})", quoted_names(statuses.iter().map(|status| status.name())))
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

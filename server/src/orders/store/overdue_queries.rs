//! Orders that have waited too long.
//!
//! A wait counts from a step of the history, or from a time that was set for its end: other changes of an order, such as
//! goods that are handed over meanwhile, do not prolong it. A step that is further ahead than a clock may be wrong was
//! made before the clock was set back: that wait is over.

use std::time::Duration;

use domain::order::{
    Discrepancy, Status,
    lifetime::minutes,
    machine::Effect,
    start::{GOODS_TIMEOUT, MAX_START_TTL_MINUTES},
};
use time::OffsetDateTime;

use super::{
    MAX_CLOCK_SKEW, OrderStore, StoreError,
    change::NEVER,
    quoted_names,
    waiting_page::{WaitingCursor, WaitingPage, WaitingQuery},
};
use crate::clock::to_millis;

/// The moment of the last step, which need not be the latest one.
const LAST_STEP: &str = "(SELECT step.at FROM order_history AS step WHERE step.order_id = orders.id \
                         ORDER BY step.seq DESC LIMIT 1)";

/// Event that an order has waited for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverdueKind {
    /// It has no payment link, and its unpaid life is over.
    Placing,
    /// A pump was started, its station reports nothing, and nobody asks for the release to be withdrawn. Those whose
    /// release is known to be valid wait for an operator.
    Lapsed,
    /// The time in which its pump may be started, or its goods may be said to have been handed over, is over, or is further
    /// ahead than a right clock has set it: then it is shortened.
    ActsNow(Status),
    /// Paid, in a version that knew of no starts.
    NotOffered,
    /// A person has to hand it over and has not, and no operator knows, or has dealt with it lately.
    NotHandedOver,
    /// A pump was released, the order has not ended, and no operator knows, or has dealt with it lately.
    Unfinished,
}

/// Times by which orders are overdue.
#[derive(Clone, Copy, Debug)]
pub struct OverdueTimes {
    /// Those that have waited since then, or longer, are.
    pub before: OffsetDateTime,
    pub now: OffsetDateTime,
}

impl OverdueKind {
    /// Column or expression with the time since which the order waits.
    fn since(self) -> &'static str {
        match self {
            Self::Placing => "expires_at",
            Self::ActsNow(_) => "acts_at",
            Self::Lapsed | Self::NotOffered | Self::NotHandedOver | Self::Unfinished => LAST_STEP,
        }
    }

    /// Longest time ahead at which a right clock has set it.
    fn longest_wait(self) -> Duration {
        match self {
            Self::ActsNow(Status::Paid) => minutes(MAX_START_TTL_MINUTES),
            Self::ActsNow(_) => GOODS_TIMEOUT,
            Self::Placing | Self::Lapsed | Self::NotOffered | Self::NotHandedOver | Self::Unfinished => {
                Duration::ZERO
            }
        }
    }

    /// Condition on its time: `$3` is the time since which it is overdue, `$4` the latest that a right clock has set.
    fn is_due(self) -> String {
        match self {
            Self::Placing => format!("(expires_at <= $3 OR {LAST_STEP} > $4)"),
            Self::ActsNow(_) => format!("(acts_at <= $3 OR (acts_at > $4 AND acts_at < {NEVER}))"),
            Self::Lapsed | Self::NotOffered | Self::NotHandedOver | Self::Unfinished => {
                format!("({LAST_STEP} <= $3 OR {LAST_STEP} > $4)")
            }
        }
    }

    fn condition(self) -> String {
        match self {
            Self::Placing => in_status(&[Status::Placing]),
            Self::Lapsed => format!(
                "{} AND {} AND NOT {} AND NOT EXISTS (SELECT 1 FROM outbox AS asking \
                 WHERE asking.order_id = orders.id AND asking.effect = '{}' AND asking.state <> 'dead')",
                in_status(&[Status::Authorising, Status::Ready]),
                has_been(Status::Authorising),
                has_discrepancy(Discrepancy::ReleaseNotWithdrawn),
                Effect::WithdrawRelease.name()
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
    /// Lists orders that have waited too long: the page after `cursor`, or the first one.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn overdue(
        &self,
        what: OverdueKind,
        OverdueTimes { before, now }: OverdueTimes,
        cursor: Option<WaitingCursor>,
    ) -> Result<WaitingPage, StoreError> {
        let condition = format!("{} AND {}", what.condition(), what.is_due());
        let values = [to_millis(before), to_millis(now + what.longest_wait() + MAX_CLOCK_SKEW)];
        let query = WaitingQuery { since: what.since(), condition: &condition, values: &values };
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

/// Whether the discrepancy is open, or was closed after `$3`: then it is shown again when as much time has passed since.
fn has_discrepancy(discrepancy: Discrepancy) -> String {
    format!(
        "EXISTS (SELECT 1 FROM order_discrepancies AS recorded \
         WHERE recorded.order_id = orders.id AND recorded.what = '{}' \
         AND (recorded.closed_at IS NULL OR recorded.closed_at BETWEEN $3 AND $4))",
        discrepancy.name()
    )
}

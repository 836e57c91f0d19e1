//! Queue of events for the back office, on the leased queue.
//!
//! Rows of one order are posted in the order of their `seq`: an earlier one that is still there, waiting or dead,
//! blocks the later ones.

use std::time::Duration;

use domain::id::OrderId;
use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use crate::{
    clock::from_millis,
    database::Durability,
    queue::{BackOff, Claimed, Lane, QueueRules, QueueTable},
};

/// The only lane: one back office receives all events.
pub static ERP_EVENT_LANE: Lane = Lane {
    name: "erp_events",
    rows: "TRUE",
    poll_interval: Duration::from_millis(250),
    max_rows: 16,
    max_rows_per_value: None,
};

/// The table `order_events`, written with the change of the order that an event reports.
#[derive(Clone, Copy, Debug)]
pub struct EventTable;

/// An event to post.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub order: OrderId,
    pub seq: i64,
    /// The raw body, as signed and posted.
    pub body: String,
    /// A day after the first try.
    pub give_up_at: OffsetDateTime,
}

impl QueueTable for EventTable {
    type Row = EventRow;

    const RULES: QueueRules = QueueRules {
        table: "order_events",
        key_name: None,
        sequence: &["seq"],
        blocking_condition: "TRUE",
        looks_on_condition: "FALSE",
        columns: &["body", "give_up_at"],
        // From the first try of an event to its last: a day.
        on_claim: &[
            "give_up_at = CASE WHEN order_events.give_up_at = 0 THEN $1 + 86400000 ELSE order_events.give_up_at END",
        ],
        on_retry: &["attempts = 0", "give_up_at = 0"],
        // Durable together with the change that the event reports, so that no event is posted of a change that a power
        // cut undoes.
        claim_durability: Durability::Full,
        back_off: BackOff { pauses_s: &[1, 5, 15, 60, 300, 900, 1800, 3600] },
    };

    fn read(row: &AnyRow, _now: OffsetDateTime) -> Result<Option<EventRow>, sqlx::Error> {
        let order: String = row.try_get("order_id")?;
        let Some(order) = OrderId::parse(&order) else { return Ok(None) };
        Ok(Some(EventRow {
            order,
            seq: row.try_get("seq")?,
            body: row.try_get("body")?,
            give_up_at: from_millis(row.try_get("give_up_at")?),
        }))
    }

    fn is_given_up(event: &Claimed<Self>, _now: OffsetDateTime, next_try: OffsetDateTime) -> bool {
        next_try > event.row.give_up_at
    }
}

//! Ledger entries and events for the back office, written in the transaction of every change of an order.

use domain::{
    locale::Locale,
    order::{Order, Step},
    view::OrderView,
};
use serde::Serialize;
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{StoreError, money_moves};
use crate::clock::to_millis;

/// The body of an event for the back office, as it is posted.
#[derive(Serialize)]
struct OrderEvent<'a> {
    event: &'static str,
    seq: u32,
    order: OrderView,
    external_id: Option<&'a str>,
}

/// Records what follows from a change of an order whose `seq` was `before`.
pub(super) async fn record(
    connection: &mut AnyConnection,
    order: &Order,
    before: u32,
    now: OffsetDateTime,
    writes_events: bool,
) -> Result<(), StoreError> {
    money_moves::record(connection, order, now).await?;
    if !writes_events {
        return Ok(());
    }
    let steps = order.history.iter().filter(|step| step.seq > before);
    let mut is_written = false;
    for step in steps {
        write_event(connection, &order_at_step(order, step), to_millis(now)).await?;
        is_written = true;
    }
    // What changes after the end is an event as well: sums, not statuses.
    if !is_written && order.status.is_final() {
        write_event(connection, order, to_millis(now)).await?;
    }
    Ok(())
}

/// Writes the event of one step, or of the order as it is.
async fn write_event(connection: &mut AnyConnection, order: &Order, now: i64) -> Result<(), StoreError> {
    let event = OrderEvent {
        event: "order.status",
        seq: order.seq,
        order: OrderView::from_order(order, Locale::Ru),
        external_id: order.external_id(),
    };
    sqlx::query(
        "INSERT INTO order_events (order_id, seq, body, state, attempts, due_at, due_set_at, leased_until, give_up_at, \
         created_at) VALUES ($1, $2, $3, 'due', 0, $4, $4, 0, 0, $4) ON CONFLICT (order_id, seq) DO NOTHING",
    )
    .bind(order.id.to_string())
    .bind(i64::from(order.seq))
    .bind(serde_json::to_string(&event)?)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The order as it was right after a step: one change may make two, and each has an event.
fn order_at_step(order: &Order, step: &Step) -> Order {
    let mut then = order.clone();
    if step.seq < order.seq && step.status != order.status {
        then.status = step.status;
        then.seq = step.seq;
        then.reason = None;
        then.history.retain(|earlier| earlier.seq <= step.seq);
    }
    then
}

//! Ledger entries and events for the back office, written in the transaction of every change of an order.

use domain::{
    locale::Locale,
    money::Kopecks,
    order::{Order, Step},
    view::OrderView,
};
use serde::Serialize;
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::StoreError;
use crate::clock::to_millis;

/// The body of an event for the back office, as it is posted.
#[derive(Serialize)]
struct OrderEvent<'a> {
    event: &'static str,
    seq: u32,
    order: OrderView,
    external_id: Option<&'a str>,
}

/// Sums of the ledger of an order.
#[derive(sqlx::FromRow)]
struct RecordedSums {
    paid: i64,
    refunded: i64,
}

/// Records what follows from a change of an order whose `seq` was `before`.
pub(super) async fn record(
    connection: &mut AnyConnection,
    order: &Order,
    before: u32,
    now: OffsetDateTime,
    writes_events: bool,
) -> Result<(), StoreError> {
    record_money(connection, order, to_millis(now)).await?;
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

/// Records what came in and what goes back since the last change. The sums of an order's rows are always what was paid
/// for it and what is returned of it.
async fn record_money(connection: &mut AnyConnection, order: &Order, now: i64) -> Result<(), StoreError> {
    if order.settlement.payment.is_none() {
        return Ok(());
    }
    let recorded: RecordedSums = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(paid_kopecks), 0) AS BIGINT) AS paid, \
         CAST(COALESCE(SUM(refunded_kopecks), 0) AS BIGINT) AS refunded FROM money_moves WHERE order_id = $1",
    )
    .bind(order.id.to_string())
    .fetch_one(&mut *connection)
    .await?;
    let paid = order.total.get() - recorded.paid;
    let refunded = order.refund().unwrap_or(Kopecks::ZERO).get() - recorded.refunded;
    if paid == 0 && refunded == 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO money_moves (order_id, seq, at, paid_kopecks, refunded_kopecks) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(order.id.to_string())
    .bind(i64::from(order.seq))
    .bind(now)
    .bind(paid)
    .bind(refunded)
    .execute(&mut *connection)
    .await?;
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
        "INSERT INTO order_events (order_id, seq, body, state, attempts, due_at, leased_until, give_up_at, created_at) \
         VALUES ($1, $2, $3, 'due', 0, $4, 0, 0, $4) ON CONFLICT (order_id, seq) DO NOTHING",
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

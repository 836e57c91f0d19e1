//! Writing the outbox rows of the effects that a change has decided. `orders::outbox` describes how they are carried
//! out.

use domain::{
    id::OrderId,
    order::{Order, Status, machine::Effect},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{
    StoreError,
    effect_table::{EffectTable, station_of},
};
use crate::{
    clock::to_millis,
    database::{Database, Durability},
    queue::QueueTable,
};

/// Writes a row for each effect. They are carried out in the order in which they were decided: `position` keeps it.
pub(super) async fn record(
    connection: &mut AnyConnection,
    order: &Order,
    effects: &[Effect],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for (position, effect) in (0_i64..).zip(effects) {
        sqlx::query(
            "INSERT INTO outbox (order_id, seq, position, effect, station_id, state, attempts, due_at, due_set_at, \
             leased_until, created_at) VALUES ($1, $2, $3, $4, $5, 'due', 0, $6, $6, 0, $6)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.seq))
        .bind(position)
        .bind(effect.name())
        .bind(station_of(*effect, order).map(str::to_owned))
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Makes the waiting rows of an order due at `due_at`. A row that is due sooner stays as it is, but for a millisecond
/// where a worker holds it: by that the worker knows, when it puts the row back.
///
/// # Errors
/// The database does not answer; then nothing has changed.
pub(in crate::orders) async fn make_due(
    database: &Database,
    order: OrderId,
    due_at: OffsetDateTime,
) -> Result<(), StoreError> {
    database
        .transact(Durability::Relaxed, move |connection| {
            Box::pin(async move { make_due_in(connection, order, due_at).await })
        })
        .await
}

/// Makes the waiting rows of an order due, inside a transaction.
pub(super) async fn make_due_in(
    connection: &mut AnyConnection,
    order: OrderId,
    due_at: OffsetDateTime,
) -> Result<(), StoreError> {
    // What waits for a set time is not done sooner because somebody moved the order.
    let sql = format!(
        "UPDATE outbox SET due_at = CASE WHEN due_at > $2 THEN $2 ELSE due_at + 1 END \
         WHERE order_id = $1 AND state = 'due' AND (due_at > $2 OR lease IS NOT NULL) AND NOT ({})",
        EffectTable::RULES.looks_on_condition
    );
    sqlx::query(&sql).bind(order.to_string()).bind(to_millis(due_at)).execute(&mut *connection).await?;
    Ok(())
}

/// Counts the invoices that are being made, or will be tried until then, of orders that still want one.
///
/// # Errors
/// The database does not answer.
pub(in crate::orders) async fn count_waiting_invoices(
    database: &Database,
    until: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let sql = format!(
        "SELECT COUNT(*) FROM outbox JOIN orders ON orders.id = outbox.order_id \
         WHERE outbox.state = 'due' AND outbox.effect = '{}' AND outbox.due_at <= $1 AND orders.status = '{}'",
        Effect::CreateInvoice.name(),
        Status::Placing.name()
    );
    let count: i64 = sqlx::query_scalar(&sql).bind(to_millis(until)).fetch_one(database.pool()).await?;
    Ok(usize::try_from(count).unwrap_or(0))
}

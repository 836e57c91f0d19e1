//! Outbox rows of the effects that a change has decided. Whoever carries them out is in `orders::outbox`.

use domain::order::{Order, machine::Effect};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{StoreError, millis};
use crate::orders::outbox::station_of;

/// Writes a row for each effect. They are carried out in the order in which they were decided: `position` keeps it.
pub(super) async fn record(
    connection: &mut AnyConnection,
    order: &Order,
    effects: &[Effect],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for (position, effect) in (0_i64..).zip(effects) {
        sqlx::query(
            "INSERT INTO outbox (order_id, seq, position, effect, station_id, state, attempts, due_at, leased_until, \
             created_at) VALUES ($1, $2, $3, $4, $5, 'due', 0, $6, 0, $6)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.seq))
        .bind(position)
        .bind(effect.name())
        .bind(station_of(*effect, order).map(str::to_owned))
        .bind(millis(now))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

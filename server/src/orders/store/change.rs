//! A change of an order: read, decided, written with what follows from it, in one transaction.

use domain::{
    id::OrderId,
    order::{Order, machine::Outcome},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::{
    EffectTable, OrderStore, StoreError, discrepancies::record_discrepancies, effects, ledger, rows::OrderRow,
};
use crate::{clock::to_millis, database::Durability, queue::RowLease};

/// Outcome of [`OrderStore::change`].
pub(in crate::orders) struct Decided {
    /// As it is now.
    pub order: Order,
    /// Its sequence number before.
    pub seq: u32,
    /// Number of its discrepancies before.
    pub known_discrepancies: usize,
    pub outcome: Outcome,
}

impl OrderStore {
    /// Reads an order, lets `decide` change it, and writes it with its new steps and what follows from them, in one
    /// transaction. With `strike` the same transaction strikes the outbox row of the effect that caused the change, if
    /// it is still its holder's. `None` for an unknown order.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read; then nothing has changed.
    pub(in crate::orders) async fn change(
        &self,
        id: OrderId,
        now: OffsetDateTime,
        durability: Durability,
        strike: Option<RowLease<EffectTable>>,
        decide: impl FnOnce(&mut Order) -> Outcome + Send + 'static,
    ) -> Result<Option<Decided>, StoreError> {
        let read = format!("SELECT number, body FROM orders WHERE id = $1{}", self.database.for_update());
        let writes_events = self.writes_events;
        let notice = self.notice_of_change(id);
        self.database
            .transact(durability, move |connection| {
                Box::pin(async move {
                    let row: Option<OrderRow> =
                        sqlx::query_as(&read).bind(id.to_string()).fetch_optional(&mut *connection).await?;
                    let Some(row) = row else { return Ok(None) };
                    let mut order = row.order()?;
                    if let Some(row) = strike
                        && !row.strike(connection).await?
                    {
                        tracing::warn!(order.id = ?id, "the lease was lost: another worker repeats the effect");
                    }
                    let (seq, known_discrepancies) = (order.seq, order.discrepancies.len());
                    let outcome = decide(&mut order);
                    if let Outcome::Changed(effects) = &outcome {
                        save(connection, &order, now).await?;
                        record_discrepancies(connection, &order).await?;
                        record_history(connection, &order, seq).await?;
                        ledger::record(connection, &order, seq, now, writes_events).await?;
                        effects::record(connection, &order, effects, now).await?;
                        if let Some(notice) = notice {
                            notice.send(connection).await?;
                        }
                    }
                    Ok(Some(Decided { order, seq, known_discrepancies, outcome }))
                })
            })
            .await
    }
}

async fn save(connection: &mut AnyConnection, order: &Order, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET status = $2, seq = $3, provider_id = $4, updated_at = $5, body = $6, \
         merchant_order_id = $7 WHERE id = $1",
    )
    .bind(order.id.to_string())
    .bind(order.status.name())
    .bind(i64::from(order.seq))
    .bind(order.invoice.as_ref().map(|invoice| invoice.provider_id.clone()))
    .bind(to_millis(now))
    .bind(serde_json::to_string(order)?)
    .bind(order.merchant_order_id.clone())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Writes the steps that were made after `seq`.
pub(super) async fn record_history(
    connection: &mut AnyConnection,
    order: &Order,
    seq: u32,
) -> Result<(), StoreError> {
    for step in order.history.iter().filter(|step| step.seq > seq) {
        sqlx::query("INSERT INTO order_history (order_id, seq, at, status) VALUES ($1, $2, $3, $4)")
            .bind(order.id.to_string())
            .bind(i64::from(step.seq))
            .bind(to_millis(step.at))
            .bind(step.status.name())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

//! Orders whose money does not move, and invoices that cannot be withdrawn.

use domain::{
    id::OrderId,
    order::{Discrepancy, Order, machine::Effect},
};
use time::OffsetDateTime;

use super::{
    Marks, OrderStore, StoreError,
    change::owed_kopecks,
    quoted_names,
    waiting_page::{WaitingCursor, WaitingPage, WaitingQuery},
};
use crate::{
    clock::{from_millis, to_millis},
    database::Durability,
};

/// Most invoices that are looked at in one go.
const MAX_INVOICES: usize = 100;
/// A time that is further ahead was written before the clock was set back, and is over.
pub(in crate::orders) use domain::order::lifetime::MAX_CLOCK_SKEW;

/// A row of the outbox: since when, and why its last try failed.
#[derive(Clone, Debug)]
pub(in crate::orders) struct TryWords {
    pub effect: Effect,
    pub decided_at: OffsetDateTime,
    /// `None`: no try has failed.
    pub words: Option<String>,
}

impl OrderStore {
    /// Lists orders of which money has had to move since `before` or longer: the page after `cursor`, or the first one.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn owed_orders(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        cursor: Option<WaitingCursor>,
    ) -> Result<WaitingPage, StoreError> {
        let query = WaitingQuery {
            since: "owed_since",
            condition: "(owed_since <= $3 OR owed_since > $4)",
            values: &[to_millis(before), to_millis(now + MAX_CLOCK_SKEW)],
        };
        self.waiting_page(query, cursor).await
    }

    /// Writes the columns about owed money of an order that was read at `now`, unless it has changed since: a version before
    /// this one may have written it, which does not know them. Money of which a discrepancy tells has to be looked at again
    /// only as long after now as it had to move.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn refresh_owed(
        &self,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = order.money_under_way().next().map(|_| to_millis(now));
        let (id, seq, owed) = (order.id.to_string(), i64::from(order.seq), owed_kopecks(order));
        let sql = "UPDATE orders SET owed_kopecks = $1, owed_since = $2 WHERE id = $3 AND seq = $4";
        self.database
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    let query = sqlx::query(sql).bind(owed).bind(since).bind(id).bind(seq);
                    query.execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Sum of what is owed to payers, in kopecks.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn owed_kopecks(&self) -> Result<i64, StoreError> {
        // A sum of integers is a decimal number in PostgreSQL.
        let sql = "SELECT CAST(COALESCE(SUM(owed_kopecks), 0) AS BIGINT) FROM orders WHERE owed_kopecks > 0";
        Ok(sqlx::query_scalar(sql).fetch_one(self.database.pool()).await?)
    }

    /// The rows of these effects of an order, in the order in which they were decided.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn words_of_tries(
        &self,
        order: OrderId,
        effects: &[Effect],
    ) -> Result<Vec<TryWords>, StoreError> {
        let sql = format!(
            "SELECT effect, created_at, last_error FROM outbox WHERE order_id = $1 AND effect IN ({}) \
             ORDER BY seq, position",
            names_of(effects)
        );
        let rows: Vec<(String, i64, Option<String>)> =
            sqlx::query_as(&sql).bind(order.to_string()).fetch_all(self.database.pool()).await?;
        let read = |(effect, created_at, error): (String, i64, Option<String>)| {
            Some(TryWords {
                effect: Effect::parse(&effect)?,
                decided_at: from_millis(created_at),
                words: error.map(|error| Marks::words_of(&error).to_owned()),
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Lists orders whose invoices had to be withdrawn before `before`, while no discrepancy says that one was not.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn unwithdrawn_invoices(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Vec<OrderId>, StoreError> {
        let sql = format!(
            "SELECT DISTINCT waiting.order_id FROM outbox AS waiting \
             WHERE waiting.effect IN ({}) AND (waiting.created_at <= $1 OR waiting.created_at > $2) \
             AND NOT EXISTS (SELECT 1 FROM order_discrepancies AS recorded \
                 WHERE recorded.order_id = waiting.order_id AND recorded.what = '{}' AND recorded.closed_at IS NULL) \
             LIMIT {MAX_INVOICES}",
            names_of(&INVOICE_WITHDRAWALS),
            Discrepancy::InvoiceNotWithdrawn.name()
        );
        let ids: Vec<String> = sqlx::query_scalar(&sql)
            .bind(to_millis(before))
            .bind(to_millis(now + MAX_CLOCK_SKEW))
            .fetch_all(self.database.pool())
            .await?;
        Ok(ids.iter().filter_map(|id| OrderId::parse(id)).collect())
    }
}

/// Effects that withdraw invoices.
pub(in crate::orders) const INVOICE_WITHDRAWALS: [Effect; 2] =
    [Effect::CancelInvoice, Effect::CancelDuplicates];

fn names_of(effects: &[Effect]) -> String {
    quoted_names(effects.iter().map(|effect| effect.name()))
}

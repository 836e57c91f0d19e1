//! Orders in the database: order, history and outbox change in one transaction, or not at all.

mod discrepancies;
mod ledger;
mod listing;
mod overdue_queries;
mod reconcile_store;

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{
        Order, Status,
        machine::{Effect, Outcome},
    },
};
use sqlx::{AnyConnection, Row, any::AnyRow};
use time::OffsetDateTime;

pub use discrepancies::{Listed, Which};
pub use listing::MoneyLine;
pub(in crate::orders) use reconcile_store::Open;

use discrepancies::record_discrepancies;

use super::workers::relay;
use crate::database::{Database, Durability};

const BY_KEY: &str = "SELECT body, draft_hash FROM orders WHERE idempotency_key = $1";
const INSERT: &str = "INSERT INTO orders (id, number, merchant_order_id, idempotency_key, draft_hash, status, seq, \
                      expires_at, updated_at, body, external_id, placed_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9) ON CONFLICT DO NOTHING";
/// Orders read by one statement.
const AT_ONCE: usize = 100;

/// The store's trouble: the database, or a body that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("an order's body cannot be read or written: {0}")]
    Body(#[from] serde_json::Error),
    #[error("the change was not finished")]
    Stopped,
    #[error("the connection was cut")]
    Cut,
}

/// What came of inserting a new order.
pub enum Inserted {
    New {
        order: Box<Order>,
    },
    /// The key is known: this order, and the hash of the draft it was made of.
    Known {
        order: Box<Order>,
        draft_hash: String,
    },
    /// The back office has given its number to another order.
    ExternalIdTaken,
}

/// Reads and writes orders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrderStore {
    pub(in crate::orders) database: Database,
    /// Are events for the back office written?
    tells_back_office: bool,
}

/// What [`OrderStore::change`] found and did.
pub struct Decided {
    /// As it is now.
    pub order: Order,
    /// Its sequence number before.
    pub seq: u32,
    /// How many discrepancies were known before.
    pub known_discrepancies: usize,
    pub outcome: Outcome,
}

impl OrderStore {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, tells_back_office: false }
    }

    /// The same store; with `true` every change writes an event for the back office.
    #[must_use]
    pub fn telling_back_office(self, yes: bool) -> Self {
        Self { tells_back_office: yes, ..self }
    }

    pub(in crate::orders) fn database(&self) -> &Database {
        &self.database
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.database.pool()).await?;
        Ok(())
    }

    pub async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE id = $1", id.to_string()).await
    }

    pub async fn by_number_at_provider(&self, number: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE merchant_order_id = $1", number.to_owned()).await
    }

    pub async fn by_provider_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT body FROM orders WHERE provider_id = $1", id.to_owned()).await
    }

    pub async fn by_key(&self, key: IdempotencyKey) -> Result<Option<(Order, String)>, StoreError> {
        let row = sqlx::query(BY_KEY).bind(key.0.to_string()).fetch_optional(self.database.pool()).await?;
        row.map(|row| Ok((body(&row)?, row.try_get(1)?))).transpose()
    }

    /// Orders in one of these statuses, oldest first.
    pub async fn in_status(&self, statuses: &[Status]) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::new();
        for status in statuses {
            let rows = sqlx::query("SELECT body FROM orders WHERE status = $1 ORDER BY number")
                .bind(status.name())
                .fetch_all(self.database.pool())
                .await?;
            for row in rows {
                orders.push(body(&row)?);
            }
        }
        Ok(orders)
    }

    /// Orders in a status whose unpaid life is over.
    pub async fn overdue(&self, status: Status, now: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        self.ids(
            "SELECT id FROM orders WHERE status = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT 100",
            status,
            now,
        )
        .await
    }

    /// Orders in a status that have not changed since `before`.
    pub async fn stale(&self, status: Status, before: OffsetDateTime) -> Result<Vec<OrderId>, StoreError> {
        self.ids(
            "SELECT id FROM orders WHERE status = $1 AND updated_at <= $2 ORDER BY updated_at LIMIT 100",
            status,
            before,
        )
        .await
    }

    /// How many orders are in each status.
    pub async fn counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query("SELECT status, COUNT(*) FROM orders GROUP BY status")
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Records a new order with its first effect, unless its key is known. `build` is given the order's number, which
    /// grows by one and is never given twice.
    pub async fn insert(
        &self,
        now: OffsetDateTime,
        key: IdempotencyKey,
        draft_hash: String,
        effect: Effect,
        build: impl FnOnce(u32) -> Order + Send + 'static,
    ) -> Result<Inserted, StoreError> {
        let tells_back_office = self.tells_back_office;
        self.database
            // Nothing happens outside before the try is noted, and that is durable together with all before it.
            .transact(Durability::Relaxed, move |connection| {
                Box::pin(async move {
                    if let Some((order, draft_hash)) = known(connection, key).await? {
                        return Ok(Inserted::Known { order: Box::new(order), draft_hash });
                    }
                    let order = build(next_number(connection).await?);
                    let made = sqlx::query(INSERT)
                        .bind(order.id.to_string())
                        .bind(i64::from(order.number))
                        .bind(order.merchant_order_id.clone())
                        .bind(key.0.to_string())
                        .bind(draft_hash)
                        .bind(order.status.name())
                        .bind(i64::from(order.seq))
                        .bind(millis(order.expires_at))
                        .bind(millis(now))
                        .bind(serde_json::to_string(&order)?)
                        .bind(order.external_id().map(str::to_owned))
                        .execute(&mut *connection)
                        .await?
                        .rows_affected();
                    if made == 0 {
                        // Another instance has recorded it since we looked.
                        return match known(connection, key).await? {
                            Some((order, draft_hash)) => {
                                Ok(Inserted::Known { order: Box::new(order), draft_hash })
                            }
                            None if order.external_id().is_some() => Ok(Inserted::ExternalIdTaken),
                            None => Err(sqlx::Error::RowNotFound.into()),
                        };
                    }
                    record_history(connection, &order, 0).await?;
                    ledger::record(connection, &order, 0, now, tells_back_office).await?;
                    record_effects(connection, &order, &[effect], now).await?;
                    Ok(Inserted::New { order: Box::new(order) })
                })
            })
            .await
    }

    /// Reads an order, lets `decide` change it, and writes it with its new steps and what follows from them, in one
    /// transaction. `None` for an unknown order.
    pub(in crate::orders) async fn change(
        &self,
        id: OrderId,
        now: OffsetDateTime,
        durability: Durability,
        decide: impl FnOnce(&mut Order) -> Outcome + Send + 'static,
    ) -> Result<Option<Decided>, StoreError> {
        let read = format!("SELECT body FROM orders WHERE id = $1{}", self.database.for_update());
        let tells_back_office = self.tells_back_office;
        let tell = self.database.notify().map(|sql| (sql, relay::changed(self.database.instance(), id)));
        self.database
            .transact(durability, move |connection| {
                Box::pin(async move {
                    let row =
                        sqlx::query(&read).bind(id.to_string()).fetch_optional(&mut *connection).await?;
                    let Some(row) = row else { return Ok(None) };
                    let mut order = body(&row)?;
                    let (seq, known_discrepancies) = (order.seq, order.discrepancies.len());
                    let outcome = decide(&mut order);
                    if let Outcome::Changed(effects) = &outcome {
                        save(connection, &order, now).await?;
                        record_history(connection, &order, seq).await?;
                        ledger::record(connection, &order, seq, now, tells_back_office).await?;
                        record_effects(connection, &order, effects, now).await?;
                        if let Some((sql, word)) = tell {
                            sqlx::query(sql)
                                .bind(relay::CHANNEL)
                                .bind(word)
                                .execute(&mut *connection)
                                .await?;
                        }
                    }
                    Ok(Some(Decided { order, seq, known_discrepancies, outcome }))
                })
            })
            .await
    }

    /// Those of these orders that exist, in no order.
    pub async fn several(&self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let sql = format!("SELECT body FROM orders WHERE id IN ({})", places.join(", "));
            let query = some.iter().fold(sqlx::query(&sql), |query, id| query.bind(id.to_string()));
            for row in query.fetch_all(self.database.pool()).await? {
                orders.push(body(&row)?);
            }
        }
        Ok(orders)
    }

    pub(in crate::orders) async fn one(&self, sql: &str, key: String) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query(sql).bind(key).fetch_optional(self.database.pool()).await?;
        row.as_ref().map(body).transpose()
    }

    pub(in crate::orders) async fn ids(
        &self,
        sql: &str,
        status: Status,
        at: OffsetDateTime,
    ) -> Result<Vec<OrderId>, StoreError> {
        let rows =
            sqlx::query(sql).bind(status.name()).bind(millis(at)).fetch_all(self.database.pool()).await?;
        let texts: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        Ok(texts.iter().filter_map(|text| OrderId::parse(text)).collect())
    }
}

/// An order by its key, inside a transaction.
async fn known(
    connection: &mut AnyConnection,
    key: IdempotencyKey,
) -> Result<Option<(Order, String)>, StoreError> {
    let row = sqlx::query(BY_KEY).bind(key.0.to_string()).fetch_optional(&mut *connection).await?;
    row.map(|row| Ok((body(&row)?, row.try_get(1)?))).transpose()
}

async fn next_number(connection: &mut AnyConnection) -> Result<u32, StoreError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'order_number' RETURNING value";
    let value: i64 = sqlx::query(sql).fetch_one(&mut *connection).await?.try_get(0)?;
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
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
    .bind(millis(now))
    .bind(serde_json::to_string(order)?)
    .bind(order.merchant_order_id.clone())
    .execute(&mut *connection)
    .await?;
    record_discrepancies(connection, order).await
}

/// The steps that were made after `seq`.
async fn record_history(connection: &mut AnyConnection, order: &Order, seq: u32) -> Result<(), StoreError> {
    for step in order.history.iter().filter(|step| step.seq > seq) {
        sqlx::query("INSERT INTO order_history (order_id, seq, at, status) VALUES ($1, $2, $3, $4)")
            .bind(order.id.to_string())
            .bind(i64::from(step.seq))
            .bind(millis(step.at))
            .bind(step.status.name())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Effects of one change are carried out in the order in which they were decided: `position` keeps it.
async fn record_effects(
    connection: &mut AnyConnection,
    order: &Order,
    effects: &[Effect],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for (position, effect) in (0_i64..).zip(effects) {
        sqlx::query(
            "INSERT INTO outbox (order_id, seq, position, effect, state, attempts, due_at, leased_until, created_at) \
             VALUES ($1, $2, $3, $4, 'due', 0, $5, 0, $5)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.seq))
        .bind(position)
        .bind(effect.name())
        .bind(millis(now))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(in crate::orders) fn body(row: &AnyRow) -> Result<Order, StoreError> {
    let text: String = row.try_get(0)?;
    Ok(serde_json::from_str(&text)?)
}

/// Milliseconds since 1970.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The moment of so many milliseconds since 1970.
pub(in crate::orders) fn instant(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

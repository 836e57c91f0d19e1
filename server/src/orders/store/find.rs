//! Orders by what identifies them, and by status.

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{Order, Status},
};
use sqlx::AnyConnection;

use super::{
    OrderStore, StoreError,
    rows::{OrderRow, read_body},
};

/// Orders read by one statement.
const MAX_ORDERS_A_STATEMENT: usize = 100;
const BY_KEY: &str = "SELECT number, body, draft_hash FROM orders WHERE idempotency_key = $1";

/// An order with the hash of the draft it was made of.
#[derive(sqlx::FromRow)]
struct KeyRow {
    number: i64,
    body: String,
    draft_hash: String,
}

/// How many orders are in a status.
#[derive(sqlx::FromRow)]
struct CountRow {
    status: String,
    orders: i64,
}

impl OrderStore {
    /// The order with this secret id.
    ///
    /// # Errors
    /// `Database`; `Unreadable` if the order is there and cannot be read.
    pub async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.one("SELECT number, body FROM orders WHERE id = $1", id.to_string()).await
    }

    /// The order with this number of ours at Invoicebox.
    ///
    /// # Errors
    /// As [`OrderStore::get`].
    pub async fn by_number_at_provider(&self, number: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT number, body FROM orders WHERE merchant_order_id = $1", number.to_owned()).await
    }

    /// The order with this id of Invoicebox's own.
    ///
    /// # Errors
    /// As [`OrderStore::get`].
    pub async fn by_provider_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT number, body FROM orders WHERE provider_id = $1", id.to_owned()).await
    }

    /// The order that the back office knows by this number.
    ///
    /// # Errors
    /// As [`OrderStore::get`].
    pub async fn by_external_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT number, body FROM orders WHERE external_id = $1", id.to_owned()).await
    }

    /// The order with this short number.
    ///
    /// # Errors
    /// As [`OrderStore::get`].
    pub async fn by_number(&self, number: i64) -> Result<Option<Order>, StoreError> {
        let sql = "SELECT number, body FROM orders WHERE number = $1";
        let row: Option<OrderRow> =
            sqlx::query_as(sql).bind(number).fetch_optional(self.database.pool()).await?;
        row.map(|row| row.order()).transpose()
    }

    /// The order with this idempotency key, and the hash of the draft it was made of.
    ///
    /// # Errors
    /// As [`OrderStore::get`].
    pub async fn by_key(&self, key: IdempotencyKey) -> Result<Option<(Order, String)>, StoreError> {
        let row = sqlx::query_as(BY_KEY).bind(key.0.to_string()).fetch_optional(self.database.pool()).await?;
        row.map(KeyRow::order).transpose()
    }

    /// Those of these orders that exist and can be read, in no order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn several(&self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_ORDERS_A_STATEMENT) {
            let sql = format!("SELECT number, body FROM orders WHERE id IN ({})", placeholders(some.len()));
            let query = some.iter().fold(sqlx::query_as(&sql), |query, id| query.bind(id.to_string()));
            let rows: Vec<OrderRow> = query.fetch_all(self.database.pool()).await?;
            orders.extend(self.unreadable.skip_all(rows.iter().map(OrderRow::order))?);
        }
        Ok(orders)
    }

    /// Orders in one of these statuses that can be read, by number. One statement: an order that moves from one of them
    /// to another meanwhile is listed once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn in_status(&self, statuses: &[Status]) -> Result<Vec<Order>, StoreError> {
        let sql = format!(
            "SELECT number, body FROM orders WHERE status IN ({}) ORDER BY number",
            placeholders(statuses.len())
        );
        let query = statuses.iter().fold(sqlx::query_as(&sql), |query, status| query.bind(status.name()));
        let rows: Vec<OrderRow> = query.fetch_all(self.database.pool()).await?;
        self.unreadable.skip_all(rows.iter().map(OrderRow::order))
    }

    /// How many orders are in each status.
    ///
    /// # Errors
    /// `Database`.
    pub async fn counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT status, COUNT(*) AS orders FROM orders GROUP BY status";
        let rows: Vec<CountRow> = sqlx::query_as(sql).fetch_all(self.database.pool()).await?;
        Ok(rows.into_iter().map(|row| (row.status, row.orders)).collect())
    }

    async fn one(&self, sql: &str, key: String) -> Result<Option<Order>, StoreError> {
        let row: Option<OrderRow> =
            sqlx::query_as(sql).bind(key).fetch_optional(self.database.pool()).await?;
        row.map(|row| row.order()).transpose()
    }
}

impl KeyRow {
    fn order(self) -> Result<(Order, String), StoreError> {
        Ok((read_body(self.number, &self.body)?, self.draft_hash))
    }
}

/// An order by its idempotency key, inside a transaction.
pub(super) async fn find_by_key(
    connection: &mut AnyConnection,
    key: IdempotencyKey,
) -> Result<Option<(Order, String)>, StoreError> {
    let row = sqlx::query_as(BY_KEY).bind(key.0.to_string()).fetch_optional(&mut *connection).await?;
    row.map(KeyRow::order).transpose()
}

/// `$1, $2, …`
fn placeholders(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

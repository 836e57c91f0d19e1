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

/// Most orders read by one statement.
const MAX_ORDERS_PER_STATEMENT: usize = 100;
const BY_KEY: &str = "SELECT number, body, draft_hash FROM orders WHERE idempotency_key = $1";

/// An order with the hash of the draft it was made of.
#[derive(sqlx::FromRow)]
struct KeyRow {
    number: i64,
    body: String,
    draft_hash: String,
}

/// Number of orders in a status.
#[derive(sqlx::FromRow)]
struct CountRow {
    status: String,
    orders: i64,
}

impl OrderStore {
    /// Finds the order with this secret id.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.fetch_one("SELECT number, body FROM orders WHERE id = $1", id.to_string()).await
    }

    /// Finds the order with this number of ours at Invoicebox.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn find_by_number_at_provider(&self, number: &str) -> Result<Option<Order>, StoreError> {
        self.fetch_one("SELECT number, body FROM orders WHERE merchant_order_id = $1", number.to_owned())
            .await
    }

    /// Finds the order with this id of Invoicebox's own.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn find_by_provider_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.fetch_one("SELECT number, body FROM orders WHERE provider_id = $1", id.to_owned()).await
    }

    /// Finds the order that the back office knows by this number.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn find_by_external_id(&self, id: &str) -> Result<Option<Order>, StoreError> {
        self.fetch_one("SELECT number, body FROM orders WHERE external_id = $1", id.to_owned()).await
    }

    /// Finds the order with this short number.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn find_by_number(&self, number: i64) -> Result<Option<Order>, StoreError> {
        let sql = "SELECT number, body FROM orders WHERE number = $1";
        let row: Option<OrderRow> =
            sqlx::query_as(sql).bind(number).fetch_optional(self.database.pool()).await?;
        row.map(|row| row.order()).transpose()
    }

    /// Finds the order with this idempotency key, and the hash of the draft it was made of.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order is there and cannot be read.
    pub async fn find_by_key(&self, key: IdempotencyKey) -> Result<Option<(Order, String)>, StoreError> {
        let row = sqlx::query_as(BY_KEY).bind(key.0.to_string()).fetch_optional(self.database.pool()).await?;
        row.map(KeyRow::order).transpose()
    }

    /// Reads those of these orders that exist and can be read, in no order.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn get_many(&self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        let mut orders = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_ORDERS_PER_STATEMENT) {
            let sql = format!("SELECT number, body FROM orders WHERE id IN ({})", placeholders(some.len()));
            let query = some.iter().fold(sqlx::query_as(&sql), |query, id| query.bind(id.to_string()));
            let rows: Vec<OrderRow> = query.fetch_all(self.database.pool()).await?;
            orders.extend(self.unreadable.skip_all(rows.iter().map(OrderRow::order))?);
        }
        Ok(orders)
    }

    /// Reads the statuses of those of these orders that exist, in no order.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn statuses(&self, ids: &[OrderId]) -> Result<Vec<(OrderId, Status)>, StoreError> {
        let mut statuses = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_ORDERS_PER_STATEMENT) {
            let sql = format!("SELECT id, status FROM orders WHERE id IN ({})", placeholders(some.len()));
            let query = some.iter().fold(sqlx::query_as(&sql), |query, id| query.bind(id.to_string()));
            let rows: Vec<(String, String)> = query.fetch_all(self.database.pool()).await?;
            let known =
                |(id, status): (String, String)| Some((OrderId::parse(&id)?, Status::parse(&status)?));
            statuses.extend(rows.into_iter().filter_map(known));
        }
        Ok(statuses)
    }

    /// Lists orders in one of these statuses that can be read, by number. One statement: an order that moves from one
    /// of them to another meanwhile is listed once.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn list_by_status(&self, statuses: &[Status]) -> Result<Vec<Order>, StoreError> {
        let sql = format!(
            "SELECT number, body FROM orders WHERE status IN ({}) ORDER BY number",
            placeholders(statuses.len())
        );
        let query = statuses.iter().fold(sqlx::query_as(&sql), |query, status| query.bind(status.name()));
        let rows: Vec<OrderRow> = query.fetch_all(self.database.pool()).await?;
        self.unreadable.skip_all(rows.iter().map(OrderRow::order))
    }

    /// Counts the orders in each status.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub async fn count_by_status(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT status, COUNT(*) AS orders FROM orders GROUP BY status";
        let rows: Vec<CountRow> = sqlx::query_as(sql).fetch_all(self.database.pool()).await?;
        Ok(rows.into_iter().map(|row| (row.status, row.orders)).collect())
    }

    async fn fetch_one(&self, sql: &str, key: String) -> Result<Option<Order>, StoreError> {
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

/// Finds an order by its idempotency key, inside a transaction.
pub(super) async fn find_by_key_in(
    connection: &mut AnyConnection,
    key: IdempotencyKey,
) -> Result<Option<(Order, String)>, StoreError> {
    let row = sqlx::query_as(BY_KEY).bind(key.0.to_string()).fetch_optional(&mut *connection).await?;
    row.map(KeyRow::order).transpose()
}

/// `$1, $2, …`
pub(super) fn placeholders(count: usize) -> String {
    let placeholders: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    placeholders.join(", ")
}

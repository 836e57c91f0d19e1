//! Rows of orders, and how their columns are read.

use domain::order::Order;

use super::StoreError;

/// The body of an order, and the number by which operators know it.
#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    pub number: i64,
    pub body: String,
}

impl OrderRow {
    /// # Errors
    /// `Unreadable`.
    pub fn order(&self) -> Result<Order, StoreError> {
        read_body(self.number, &self.body)
    }
}

/// # Errors
/// `Unreadable`.
pub(super) fn read_body(number: i64, body: &str) -> Result<Order, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Unreadable { number, error })
}

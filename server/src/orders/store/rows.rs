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
    /// Parses the body.
    ///
    /// # Errors
    /// `Unreadable` if the body is damaged or was written by a newer version.
    pub fn order(&self) -> Result<Order, StoreError> {
        read_body(self.number, &self.body)
    }
}

/// Parses the body of the order with this number.
///
/// # Errors
/// `Unreadable` if the body is damaged or was written by a newer version.
pub(super) fn read_body(number: i64, body: &str) -> Result<Order, StoreError> {
    let order: Order =
        serde_json::from_str(body).map_err(|error| StoreError::Unreadable { number, error })?;
    Ok(order.upgraded())
}

//! Errors of the store of orders.

use crate::database::RowError;

/// The database failed, or an order in it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// One order is damaged, or was written by a version that this one does not understand.
    #[error("order {number}: its body cannot be read: {error}")]
    Unreadable { number: i64, error: serde_json::Error },
    #[error("a body cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    #[error("the change was not finished")]
    Stopped,
    #[error("the connection was cut")]
    Cut,
}

impl RowError for StoreError {
    const COUNTER: &'static str = "kolonka_unreadable_orders_total";

    fn unreadable_row(&self) -> Option<String> {
        match self {
            Self::Unreadable { number, .. } => Some(number.to_string()),
            _ => None,
        }
    }

    /// By its number: the id is the key to an order, so it is never logged.
    fn log(&self) {
        if let Self::Unreadable { number, error } = self {
            tracing::error!(number, %error, "an order cannot be read and is left out: repair its body");
        }
    }
}

//! What can go wrong in the store of orders.

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

impl StoreError {
    /// Does it concern a single order, so that work on others may go on?
    #[must_use]
    pub fn is_unreadable_order(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

//! Codes that payers with a guarantee instrument confirm a payment by.

use time::OffsetDateTime;

/// A code that was sent for an order.
#[derive(Clone, Debug)]
pub struct SentCode {
    /// What the caller names it by.
    pub public: String,
    pub sent_at: OffsetDateTime,
    pub attempts_left: u32,
}

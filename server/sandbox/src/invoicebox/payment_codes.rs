//! Codes with which payers confirm a payment by a guarantee instrument.

use time::OffsetDateTime;

/// A code that was sent for an order.
#[derive(Clone, Debug)]
pub struct SentCode {
    /// Public name of the code in the calls.
    pub public: String,
    pub sent_at: OffsetDateTime,
    pub attempts_left: u32,
}

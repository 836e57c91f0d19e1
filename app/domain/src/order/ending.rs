//! Why an order ended badly, and who cancelled it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Why an order ended badly; a sentence for people is made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    CanceledByCustomer,
    CanceledByOperator,
    /// Invoicebox reported that the payment was cancelled.
    PaymentCanceled,
    PaymentTimeOver,
    /// Invoicebox refused the order; the cause is in the log.
    ProviderRefused,
    /// The station's reason, or empty.
    StationRefused(String),
    StationSilent,
    /// The pump was released, and nobody began.
    NotBegun,
    /// Paid after it had been cancelled or had expired: the money is returned.
    PaidTooLate,
}

/// The cancellation of a paid order that is under way: by whom, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub by: Canceller,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Whoever cancels an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canceller {
    Customer,
    Operator,
    /// Nobody: the release has lapsed.
    Clock,
}

impl From<Canceller> for Reason {
    fn from(by: Canceller) -> Self {
        match by {
            Canceller::Customer => Self::CanceledByCustomer,
            Canceller::Operator => Self::CanceledByOperator,
            Canceller::Clock => Self::NotBegun,
        }
    }
}

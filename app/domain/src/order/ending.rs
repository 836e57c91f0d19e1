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
    /// Invoicebox named an address for the payment where nobody may be sent.
    LinkRefused,
    /// The station's reason, or empty.
    StationRefused(String),
    /// The grade has been sold out since the order was placed.
    SoldOut,
    /// Of earlier versions.
    StationSilent,
    /// Nobody fuelled in the time in which the pump could be started.
    NotBegun,
    /// No pump gave the fuel in all tries; the reason that the station gave last, or empty.
    TriesUsedUp(String),
    /// Another sum was paid than it costs: the money is returned.
    PaidOtherSum,
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

impl Reason {
    /// The stable code in JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CanceledByCustomer => "canceled_by_customer",
            Self::CanceledByOperator => "canceled_by_operator",
            Self::PaymentCanceled => "payment_canceled",
            Self::PaymentTimeOver => "payment_time_over",
            Self::ProviderRefused => "provider_refused",
            Self::LinkRefused => "payment_link_refused",
            Self::StationRefused(_) | Self::SoldOut => "station_refused",
            Self::StationSilent => "station_silent",
            Self::NotBegun => "not_begun",
            Self::TriesUsedUp(_) => "tries_used_up",
            Self::PaidOtherSum => "paid_other_sum",
            Self::PaidTooLate => "paid_too_late",
        }
    }
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

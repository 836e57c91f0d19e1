//! How far an order has come.

use serde::{Deserialize, Serialize};

/// Status of an order. The variants are in the order in which a successful order passes them; the last four are bad ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Recorded by us, not yet known to Invoicebox.
    Placing,
    AwaitingPayment,
    Paid,
    /// The station has been asked to release the pump.
    Authorising,
    /// The pump is released, or the goods may be handed over.
    Ready,
    Fuelling,
    Completed,
    Canceled,
    Expired,
    /// Paid, but it could not be fulfilled; the money is returned.
    Unavailable,
    /// Could not be placed; nothing was charged.
    Failed,
}

impl Status {
    pub const ALL: [Self; 11] = [
        Self::Placing,
        Self::AwaitingPayment,
        Self::Paid,
        Self::Authorising,
        Self::Ready,
        Self::Fuelling,
        Self::Completed,
        Self::Canceled,
        Self::Expired,
        Self::Unavailable,
        Self::Failed,
    ];

    /// Whether nothing more will happen, save for a named discrepancy.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled | Self::Expired | Self::Unavailable | Self::Failed)
    }

    /// Whether money has been taken and not been given back.
    #[must_use]
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Authorising | Self::Ready | Self::Fuelling | Self::Completed)
    }

    /// The status with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The name in JSON, in the database and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Placing => "placing",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Paid => "paid",
            Self::Authorising => "authorising",
            Self::Ready => "ready",
            Self::Fuelling => "fuelling",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

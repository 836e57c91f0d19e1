//! Who starts a pump, when, and why a start came to nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use crate::draft::StartMode;

/// Tries of an order: releases that a station was sent and that ended without fuel.
pub const MAX_START_TRIES: usize = 5;
/// Age of a start after which its release is not sent any more: the driver may have left.
pub const MAX_START_AGE: Duration = Duration::from_secs(60);
/// Age of a reserve up to which a pump may be started. Invoicebox does not name its end; banks keep it for seven days, of
/// which the last hours are left for the fuelling and the shipment.
pub const MAX_RESERVE_AGE: Duration = Duration::from_secs((7 * 24 - 4) * 60 * 60);
/// Longest time after the payment that a network may give for the start of a pump: seven days.
pub const MAX_START_TTL_MINUTES: u32 = 7 * 24 * 60;
/// Time in which a cashier may report goods as handed over whose fuelling gave nothing.
pub const GOODS_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Rules of starts that the network chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartRules {
    /// The payment is the start, whatever the draft says: nobody else can stand at the pump.
    pub by_payment: bool,
    /// Longest time from placing to learning of the payment for which [`StartMode::WhenPaid`] is honoured.
    pub within: Duration,
    /// Time after the payment in which the pump may be started.
    pub ttl: Duration,
}

impl Default for StartRules {
    /// The defaults of the configuration.
    fn default() -> Self {
        Self { by_payment: false, within: Duration::from_secs(180), ttl: Duration::from_secs(120 * 60) }
    }
}

/// Whoever started a pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starter {
    Driver,
    Cashier,
    /// The payment itself.
    Payment,
}

/// Why the last start of an order came to nothing; a sentence for people is made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartReason {
    /// The station refused the pump, for this reason, which may be empty.
    PumpRefused(String),
    /// The pump was taken or switched off, and the station gave no words of its own.
    PumpUnavailable,
    /// The station cancelled before fuel flowed, for this reason, which may be empty.
    CancelledByStation(String),
    /// The nozzle was not lifted in time.
    NotUsed,
    /// The station did not answer, and has confirmed since that the pump is not released.
    NotAnswered,
    /// The release could not be sent within [`MAX_START_AGE`].
    TooLate,
    /// Invoicebox did not confirm that the payment still stands: it was silent, or says something else.
    ProviderUnreachable,
}

impl StartReason {
    /// The stable code in JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PumpRefused(_) | Self::PumpUnavailable => "pump_refused",
            Self::CancelledByStation(_) => "canceled_by_station",
            Self::NotUsed => "not_used",
            Self::NotAnswered => "not_answered",
            Self::TooLate => "start_too_late",
            Self::ProviderUnreachable => "provider_unreachable",
        }
    }
}

//! Invoicebox: the client of its API, the proof of its notifications, and nothing about our own orders' rules.
//!
//! `wire/` knows how their JSON looks, and no type of it leaves this folder. To add a call: a method in `client.rs`,
//! its body in `wire/`, a case in `tests.rs`.

mod client;
mod errors;
mod keyring;
mod limiter;
mod links;
mod lists;
pub mod marketplace;
mod notifications;
mod provider_order;
mod settlement;
mod signature;
#[cfg(test)]
mod tests;
mod transport;
mod websocket;
mod wire;

use std::time::Duration;

use secrecy::SecretString;

pub use client::{AuthCheck, Client, PaymentType, UnitPriceScale};
pub use errors::{CallError, FieldError};
pub use keyring::{Keyring, MerchantKey};
pub use links::Links;
pub use lists::{Found, PAGE, Page};
pub use notifications::{Answer, AnswerCode, Malformed, Notification};
pub use provider_order::{ProviderOrder, ProviderStatus};
pub use settlement::{ProviderRefund, ProviderShipment};
pub use signature::{Algorithm, EmptyKey, SignatureError, Verified, Verifier};
pub use websocket::{Channel, ChannelSettings, Listener};

/// How to reach Invoicebox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base address without a version: `https://api.invoicebox.ru`.
    pub api_url: String,
    pub version: ApiVersion,
    pub token: SecretString,
    /// Send petrol and diesel as item type 2, excisable goods without marking. Off by default: all recorded traffic
    /// says `commodity`, and the merchant's accountant has to confirm the other.
    pub excise_type: bool,
    /// Merchants with a notification key of their own: their notifications come in by a door of their own.
    pub own_doors: Vec<String>,
    pub limits: Limits,
}

impl Settings {
    /// Settings with the usual limits.
    #[must_use]
    pub fn new(api_url: impl Into<String>, version: ApiVersion, token: SecretString) -> Self {
        Self {
            api_url: api_url.into(),
            version,
            token,
            excise_type: false,
            own_doors: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// The billing behind the address. Same paths and bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// Merchants of app.invoicebox.ru.
    #[default]
    V3,
    /// Merchants of the older cabinet, business.invoicebox.ru.
    L3,
}

impl ApiVersion {
    /// The first segment of every path.
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::L3 => "l3",
        }
    }

    /// Reads [`ApiVersion::segment`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V3, Self::L3].into_iter().find(|version| version.segment() == text)
    }
}

/// How long and how often we may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connect: Duration,
    /// For one read with all its repetitions.
    pub read: Duration,
    /// For one write, which is never repeated by itself.
    pub write: Duration,
    /// How long a call may wait for its turn before it is given up unsent.
    pub queue: Duration,
    /// Requests allowed in any [`Limits::window`]. Invoicebox allows an account a hundred in 30 s.
    pub requests: usize,
    pub window: Duration,
    /// Pause before a read's first repetition where the answer names none; doubled for the next.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(12),
            write: Duration::from_secs(30),
            queue: Duration::from_secs(5),
            requests: 60,
            window: Duration::from_secs(30),
            pause: Duration::from_secs(1),
        }
    }
}

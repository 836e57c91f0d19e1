//! Configuration: environment variables, also from `.env`.
//!
//! A setting is one entry of [`SETTINGS`]; `--help`, the README's table and the start-up check come from there. To add
//! one: an entry, a field, a line in [`Config::read`].

mod origins;
mod read;
mod settings;

use std::{fmt, net::SocketAddr, time::Duration};

use secrecy::SecretString;

use crate::invoicebox::{Algorithm, ApiVersion, Limits, MerchantKey, Settings};
use crate::station_link::tanker_push::FuelMap;
pub use origins::OriginPattern;

pub use settings::{SETTINGS, Setting, help};

/// Sandbox or production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Invoicebox, the station and the host window are emulated inside this process.
    Sandbox,
    /// No emulator is reachable, and missing credentials stop the start.
    Production,
}

/// Was this program built with the emulators?
const HAS_SANDBOX: bool = cfg!(feature = "sandbox");

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// What releases the pumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecourtKind {
    /// Nobody: the cashier does it.
    None,
    /// The simulated station of the sandbox, met like a real one.
    Simulator,
    /// The station side of a network, by the tanker contract.
    Tanker,
}

/// Everything that an installation decides. Secrets are `SecretString`: they do not show in `Debug`.
#[derive(Clone, Debug)]
pub struct Config {
    pub mode: Mode,
    pub addr: SocketAddr,
    /// Without a trailing slash.
    pub public_url: String,
    /// May hold a password.
    pub database_url: SecretString,
    pub log: String,
    pub log_format: LogFormat,
    pub invoicebox: InvoiceboxConfig,
    pub host_origins: Vec<OriginPattern>,
    /// The host shows the payment page beside the living mini-app (`checkout`); else the mini-app ends with `done`.
    pub host_checkout: bool,
    /// The user agreement, named where an order is confirmed.
    pub terms_url: Option<String>,
    /// The rules of personal data processing, named beside it.
    pub privacy_url: Option<String>,
    pub tiles_url: String,
    pub tiles_attribution: String,
    pub forecourt: ForecourtKind,
    /// The station side; in the sandbox it has values for the simulated station too, except the address.
    pub tanker: TankerConfig,
    /// Where the simulated station listens; port 0 is any that is free.
    pub simulator_addr: SocketAddr,
    /// How many times faster than for the eye the simulated station works.
    pub simulator_speed: u32,
    /// Life of an unpaid order.
    pub order_ttl_minutes: u32,
    /// Where the built browser files lie.
    pub site_root: String,
    /// Bearer token of the cashier API; `None` when the API is off.
    pub erp_token: Option<SecretString>,
    pub erp_notify: Option<ErpNotifyConfig>,
}

/// How to reach the station side and be recognised, and how it is recognised.
#[derive(Clone, Debug)]
pub struct TankerConfig {
    /// Without a trailing slash; empty unless [`ForecourtKind::Tanker`] is chosen.
    pub url: String,
    /// The network's key, sent with every call.
    pub api_key: SecretString,
    /// Our key at the station side, in a header, where it has one.
    pub system_key: Option<SecretString>,
    /// The key that the station side sends us.
    pub callback_key: SecretString,
    /// How long the station side may take to answer.
    pub timeout: Duration,
    /// What the network calls its grades.
    pub fuels: FuelMap,
    /// Between two questions for stations and prices; `None` when they are not asked for.
    pub feed_pause: Option<Duration>,
    /// The station side takes orders for a full tank.
    pub full_tank: bool,
}

/// Where the back office hears of orders.
#[derive(Clone, Debug)]
pub struct ErpNotifyConfig {
    pub url: String,
    /// Key of the signature.
    pub key: SecretString,
}

/// How to reach Invoicebox and be recognised.
#[derive(Clone, Debug)]
pub struct InvoiceboxConfig {
    /// Without a trailing slash.
    pub api_url: String,
    pub api_version: ApiVersion,
    pub api_token: SecretString,
    pub merchant_id: String,
    pub notification_key: SecretString,
    pub notification_algorithm: Algorithm,
    /// Keys of merchants that stations sell for in their own name.
    pub merchant_keys: Vec<MerchantKey>,
    /// Without the token; `None` when notifications come by the webhook alone.
    pub ws_url: Option<String>,
    /// Calls in 30 seconds by this process.
    pub requests: usize,
    /// Money that is only reserved releases the pump too.
    pub release_on_hold: bool,
}

/// One line of the start-up check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub variable: &'static str,
    /// What is wrong, without the value where the value is a secret.
    pub problem: String,
    pub example: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, for example {}", self.variable, self.problem, self.example)
    }
}

impl InvoiceboxConfig {
    /// What the client needs of it.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let own_doors = self.merchant_keys.iter().map(|key| key.merchant_id.clone()).collect();
        let limits = Limits { requests: self.requests, ..Limits::default() };
        let settings = Settings::new(self.api_url.clone(), self.api_version, self.api_token.clone());
        Settings { own_doors, limits, ..settings }
    }
}

impl Config {
    /// The defaults of the sandbox: what `make run` starts with.
    #[must_use]
    pub fn sandbox() -> Self {
        Self::read(|_| None).unwrap_or_else(|findings| unreachable!("the defaults are valid: {findings:?}"))
    }

    /// Can a full tank be ordered? Only where automation measures what was filled.
    #[must_use]
    pub fn full_tank(&self) -> bool {
        self.forecourt != ForecourtKind::None && self.tanker.full_tank
    }

    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.mode == Mode::Sandbox
    }
}

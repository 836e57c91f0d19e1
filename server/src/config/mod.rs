//! Configuration: environment variables, also from `.env`.
//!
//! A setting is declared once, as a [`Setting`](crate::settings::Setting): reading, the start-up check, `--help` and
//! `docs/configuration.md` come from there. To add one: CONTRIBUTING.md, "A setting".

pub mod documents;
pub mod env_file;
mod erp;
mod invoicebox;
mod origins;
mod reach;
mod read;
mod safety;
mod site;
mod start;
mod unknown;

use std::net::SocketAddr;

use domain::order::StartRules;
use ipnet::IpNet;
use secrecy::SecretString;

use crate::limits::Limits;
pub use crate::{
    settings::{Finding, Mode},
    station_link::settings::{StationLinkConfig, StationLinkKind},
};
pub use erp::ErpNotifyConfig;
pub use invoicebox::InvoiceboxConfig;
pub use origins::OriginPattern;
pub use safety::SafetyNote;
pub use site::LogFormat;
pub use unknown::{UnknownVariable, unknown_variables};

/// Configuration of an installation. Secrets are `SecretString`: they do not show in `Debug`.
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
    /// Where the address of a payment may lead.
    pub payment_origins: Vec<OriginPattern>,
    /// The host shows the payment page beside the mini-app, which stays open (`checkout`); else the mini-app ends with `done`.
    pub host_checkout: bool,
    /// The user agreement, named where an order is confirmed.
    pub terms_url: Option<String>,
    /// The rules of personal data processing, named beside it.
    pub privacy_url: Option<String>,
    pub tiles_url: String,
    pub tiles_attribution: String,
    pub station_link: StationLinkConfig,
    /// Where the simulated station listens; port 0 is any that is free.
    pub simulator_addr: SocketAddr,
    /// How many times faster than for the eye the simulated station works.
    pub simulator_speed: u32,
    /// Life of an unpaid order.
    pub order_ttl_minutes: u32,
    /// Who starts a pump, and until when.
    pub start: StartRules,
    /// Folder of the built browser files.
    pub site_root: String,
    /// Networks of proxies whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    pub limits: Limits,
    /// Bearer token of the cashier API; `None` when the API is off.
    pub erp_token: Option<SecretString>,
    pub erp_notify: Option<ErpNotifyConfig>,
}

impl Config {
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.mode == Mode::Sandbox
    }
}

#[cfg(test)]
mod tests;

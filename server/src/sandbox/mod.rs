//! What the outside world plays when there is no outside world.
//!
//! Each emulator here knows nothing of the rest of the server and is met over HTTP only, so that our
//! own client is tested against the protocol and not against itself. Routed in sandbox mode alone.

mod cashier;
mod control;
mod control_page;
mod documents;
pub mod forecourt;
mod host_page;
mod html;
pub mod invoicebox;
mod payment_page;

use axum::Router;
use secrecy::ExposeSecret;

use crate::{clock::Clock, config::Config, invoicebox::Algorithm};

pub use cashier::WithCashier;
pub use forecourt::StationSandbox;

pub use invoicebox::{InvoiceboxSandbox, InvoiceboxSettings, TestToken};

/// All emulators of one process.
pub struct Sandbox {
    invoicebox: InvoiceboxSandbox,
    station: Option<StationSandbox>,
    clock: Clock,
}

/// What the emulators are put together from.
pub struct SandboxParts<'a> {
    pub config: &'a Config,
    pub clock: Clock,
    /// `None` where pumps are released by somebody else.
    pub station: Option<StationSandbox>,
    /// Merchants of stations, beside the configured one.
    pub merchants: Vec<String>,
}

impl Sandbox {
    #[must_use]
    pub fn new(parts: SandboxParts<'_>) -> Self {
        let SandboxParts { config, clock, station, mut merchants } = parts;
        merchants.insert(0, config.invoicebox.merchant_id.clone());
        let settings = InvoiceboxSettings {
            public_url: config.public_url.clone(),
            tokens: vec![TestToken {
                token: config.invoicebox.api_token.expose_secret().to_owned(),
                merchant_ids: merchants,
            }],
            merchant_keys: config
                .invoicebox
                .merchant_keys
                .iter()
                .map(|own| (own.merchant_id.to_ascii_lowercase(), own.key.expose_secret().to_owned()))
                .collect(),
            signs_with_sha256: config.invoicebox.notification_algorithm == Algorithm::Sha256,
            notification_key: config.invoicebox.notification_key.expose_secret().to_owned(),
            notification_url: format!("{}/api/invoicebox/notifications", config.public_url),
            clock: clock.clone(),
        };
        Self { invoicebox: InvoiceboxSandbox::new(settings), station, clock }
    }

    /// Everything below `/sandbox`.
    pub fn router(&self) -> Router {
        let station = self.station.clone().map(forecourt::page_router);
        Router::new()
            .merge(self.invoicebox.router())
            .merge(host_page::router())
            .merge(station.unwrap_or_default())
            .merge(control::router(self.invoicebox.clone(), self.station.clone(), self.clock.clone()))
    }
}

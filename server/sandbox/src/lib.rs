//! What the outside world plays when there is no outside world: Invoicebox, a filling station with its cashier, and the
//! window of the host.
//!
//! Each emulator is met over HTTP only, so that the product's own clients are tested against the protocol and not against
//! themselves. What the emulators need is declared here: a [`SandboxClock`] and settings. Production builds do without.

mod cashier;
mod clock;
mod control;
mod control_page;
mod documents;
mod host_page;
mod html;
pub mod invoicebox;
mod payment_page;
pub mod station;

use axum::Router;

pub use cashier::{Cashier, CashierSettings};
pub use clock::{SandboxClock, SharedClock};
pub use invoicebox::{InvoiceboxSandbox, InvoiceboxSettings, TestToken};
pub use station::StationSandbox;

/// The emulators that are met at the address of the product.
pub struct Sandbox {
    pub invoicebox: InvoiceboxSandbox,
    /// `None` where pumps are released by somebody else.
    pub station: Option<StationSandbox>,
    pub clock: SharedClock,
}

impl Sandbox {
    /// Everything below `/sandbox`.
    pub fn router(&self) -> Router {
        let station = self.station.clone().map(station::page_router);
        Router::new()
            .merge(self.invoicebox.router())
            .merge(host_page::router())
            .merge(station.unwrap_or_default())
            .merge(control::router(self.invoicebox.clone(), self.station.clone(), self.clock.clone()))
    }
}

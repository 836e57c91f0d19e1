//! Emulators of the outside world: Invoicebox, a filling station with its cashier, and the host page.
//!
//! Each emulator is called over HTTP only, so that the product's own clients are tested against the protocol and not against
//! themselves. What the emulators need is declared here: a [`SandboxClock`] and settings. Production builds are without it.

mod cashier;
mod clock;
mod control;
mod control_page;
mod documents;
mod form;
mod host_page;
mod html;
pub mod invoicebox;
mod payment_page;
mod retry;
pub mod station;

use axum::Router;

pub use cashier::{Cashier, CashierSettings};
pub use clock::{SandboxClock, SharedClock};
pub use control::Sandbox;
pub use invoicebox::{InvoiceboxSandbox, InvoiceboxSettings, TestToken};
pub use station::StationSandbox;

impl Sandbox {
    /// Everything below `/sandbox`.
    pub fn router(&self) -> Router {
        let Self { invoicebox, station, .. } = self.clone();
        Router::new()
            .merge(invoicebox.router())
            .merge(payment_page::router(invoicebox.clone()))
            .merge(documents::router(invoicebox))
            .merge(station.map(station::page_router).unwrap_or_default())
            .merge(host_page::router())
            .merge(control::router(self.clone()))
            .merge(control_page::router(self.clone()))
    }
}

//! The Invoicebox API as a stranger sees it: addresses, envelopes, refusals, limits, notifications.
//!
//! [`gate`] takes every request through the same stations, calls live in [`orders`], what payers do in
//! [`payments`], switches and the control call in [`knobs`]. A new call gets a variant in
//! [`orders::Call`], a name in [`faults::Route`] and a line in [`gate`].

mod arithmetic;
mod auth;
mod customer;
mod faults;
mod filters;
mod gate;
mod knobs;
mod limits;
mod notify;
mod orders;
mod payments;
mod shops;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{any, get, post};
use time::OffsetDateTime;

pub use auth::TestToken;
pub(super) use filters::form;
pub(super) use payments::{Access, CUSTOMER_FIELDS, Means, access};
use state::State;
pub(super) use state::{Order, Status};
pub(super) use wire::decimal;

use crate::clock::Clock;

/// What the emulator needs to know.
#[derive(Clone)]
pub struct InvoiceboxSettings {
    /// Our own address as payers see it, `http://127.0.0.1:3000`; payment pages lie under it.
    pub public_url: String,
    /// Tokens and their merchants.
    pub tokens: Vec<TestToken>,
    /// Key that signs notifications, taken as UTF-8.
    pub notification_key: String,
    /// Address of notifications in the settings of the merchant; an order may name its own.
    pub notification_url: String,
    /// Business time: expiry, retries, limits.
    pub clock: Clock,
}

/// The emulator. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct InvoiceboxSandbox {
    inner: Arc<Inner>,
}

struct Inner {
    settings: InvoiceboxSettings,
    client: reqwest::Client,
    state: Mutex<State>,
}

impl InvoiceboxSandbox {
    /// An emulator without orders.
    pub fn new(settings: InvoiceboxSettings) -> Self {
        // Each call sets its own timeout. The merchant is called directly, never through a proxy.
        let client = reqwest::Client::builder()
            .user_agent("Invoicebox-Sandbox/1.0")
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap_or_default();
        Self { inner: Arc::new(Inner { settings, client, state: Mutex::default() }) }
    }

    /// `/sandbox/invoicebox/{v3|l3}/…`, `/sandbox/pay/{container}` with its actions, and its stylesheet.
    pub fn router(&self) -> Router {
        use super::payment_page as page;
        Router::new()
            .route("/sandbox/invoicebox/{*path}", any(gate::serve))
            .route("/sandbox/pay.css", get(page::stylesheet))
            .route("/sandbox/pay/{container}", get(page::show))
            .route("/sandbox/pay/{container}/wait", get(page::wait))
            .route("/sandbox/pay/{container}/{action}", post(page::act))
            .with_state(self.clone())
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.inner.settings.clock.now()
    }

    // The lock is never held across an await, and a panic under it leaves nothing half-done that matters.
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

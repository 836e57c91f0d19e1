//! The Invoicebox API as a stranger sees it: addresses, envelopes, refusals, limits, notifications.
//!
//! [`gate`] takes every request through the same stations, calls live in [`orders`], [`shipments`] and [`refunds`], what payers do in
//! [`payments`], switches in [`knobs`], the control call in [`control`]. A new call gets a variant in
//! [`call::Call`], a name in [`faults::Route`] and a line in [`gate`].
//!
//! # Readings
//!
//! Where the vendor's documentation is silent or disagrees with itself, this is what the emulator does. A switch of
//! [`knobs`] gives the other reading where both occur.
//!
//! - **Shipment.** Lines are matched by `sku`, and a line that was not ordered is refused: `validation`, as for more
//!   than is left. The sum is what counts, not the quantity: what is left of a line may be shipped or returned as one
//!   unit with the price of the rest. Tax is then what is left of the line's tax, since no formula gives it.
//! - **Capture.** A shipment of held money captures its own sum at once and the order is `completed`, notified as a
//!   payment; what is not shipped stays reserved until `final` or the clock releases it. Of a captured reserve only
//!   what was captured can be refunded. When the clock releases an untouched reserve the order is `canceled`, notified.
//! - **`final`** closes an order for further shipments, however it was paid. It returns no money that was taken.
//! - **Guarantee.** Refunded in part it cannot be cancelled as a whole any more; unshipped it can be refunded too.
//! - **Refund numbers** are unique among the refunds of a merchant, whatever its switch for orders says; an order and a
//!   refund may share one.
//! - **Correction order.** Created as `completed`, `subtype` `correction`, paid out of the draft refund that `parentId`
//!   names, which becomes `created` by it. It is neither payable nor notified. A fee above the refund is `validation`.
//! - **Expiry** is visible in reads and on the page; no notification tells of it.
//! - **WebSocket.** Used beside the webhook while it is open, not instead of it. Closing with 1008 tells of a wrong
//!   token. Answers are logged; only `shipping_unavailable` has an effect, the one that it has by the webhook.
//! - **Filters** on fields that a list does not document are ignored, so `documentNumber` finds no shipment.
//! - **`deleted`** is answered with the order, or with `null` by switch.
//!
//! Otherwise than the reading that we were given:
//!
//! - The emulator should listen on the loopback only. The process has one address for the mini-app and the emulators,
//!   and a phone on the developer's desk must reach it, so that an open sandbox is warned of in the log instead. A token
//!   in the form of a live merchant's does stop the start while the emulator is asked.
//! - Our own client has up to four writes under way instead of one, since a write may take half a minute and customers
//!   of other stations must not stand behind it; one order never has two. A third of the window is kept for writes.
//! - Our own client has no circuit that opens for everybody after five failures: a customer's order is always tried.
//!   What is asked in the background slows down by itself, and a 429 or an exhausted window silences all calls.
//! - A body above the limit at our own notification door is `signature_error`, not `out_of_service`: sent again it would
//!   be as long.
//! - The bytes of `X-Signature` name no merchant, so a merchant with a key of its own has a path of its own; all others
//!   share the network's.

mod arithmetic;
mod auth;
mod call;
mod control;
mod customer;
mod faults;
mod filters;
mod gate;
mod guarantee;
mod knobs;
mod latency;
mod ledger;
mod limits;
mod lookup;
mod notify;
mod offers;
mod order;
mod orders;
mod payments;
mod refunds;
mod seed;
mod shipments;
mod shops;
mod socket;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{any, get};
use time::OffsetDateTime;

pub use auth::TestToken;
pub(super) use order::{Order, Status};
pub(super) use payments::{Access, CUSTOMER_FIELDS, Means, access};
use state::State;
pub(super) use wire::decimal;

use crate::clock::SharedClock;

/// What the emulator needs to know.
#[derive(Clone)]
pub struct InvoiceboxSettings {
    /// Our own address as payers see it, `http://127.0.0.1:3000`; payment pages lie under it.
    pub public_url: String,
    /// Tokens and their merchants.
    pub tokens: Vec<TestToken>,
    /// Signs with SHA-256 instead of SHA-1.
    pub signs_with_sha256: bool,
    /// Key that signs notifications, taken as UTF-8.
    pub notification_key: String,
    /// Keys of merchants, in lower case, that have another one.
    pub merchant_keys: BTreeMap<String, String>,
    /// Address of notifications in the settings of the merchant; an order may name its own.
    pub notification_url: String,
    /// Business time: expiry, retries, limits.
    pub clock: SharedClock,
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

    /// `/sandbox/invoicebox/{v3|l3}/…`
    pub fn router(&self) -> Router {
        Router::new()
            .route("/sandbox/invoicebox/v3/gate/rpc", get(socket::open))
            .route("/sandbox/invoicebox/{*path}", any(gate::serve))
            .with_state(self.clone())
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.inner.settings.clock.now()
    }

    /// The tokens as they are now: the control call may give the first one more merchants.
    fn tokens(&self) -> Vec<TestToken> {
        let mut tokens = self.inner.settings.tokens.clone();
        if let Some(first) = tokens.first_mut() {
            first.merchant_ids.extend(self.state().knobs.merchants.iter().cloned());
        }
        tokens.extend(self.state().knobs.tokens.iter().cloned());
        tokens
    }

    /// The key that signs the notifications of a merchant.
    fn key_of(&self, merchant_id: &str) -> &str {
        let settings = &self.inner.settings;
        settings.merchant_keys.get(&merchant_id.to_ascii_lowercase()).unwrap_or(&settings.notification_key)
    }

    fn merchants(&self) -> Vec<String> {
        self.tokens().into_iter().flat_map(|token| token.merchant_ids).collect()
    }

    // The lock is never held across an await, and a panic under it leaves nothing half-done that matters.
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

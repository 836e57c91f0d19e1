//! The handle of the emulator: its settings, its time, its state.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;

use super::{
    auth::TestToken,
    filters::{ListQuery, ListRow, ListRules},
    state::InvoiceboxState,
    wire::ApiRefusal,
};
use crate::clock::SharedClock;

/// Settings of the emulator.
#[derive(Clone)]
pub struct InvoiceboxSettings {
    /// Our own address as payers see it, `http://127.0.0.1:3000`; payment pages are below it.
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
    inner: Arc<EmulatorInner>,
}

struct EmulatorInner {
    settings: InvoiceboxSettings,
    client: reqwest::Client,
    state: Mutex<InvoiceboxState>,
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
        Self { inner: Arc::new(EmulatorInner { settings, client, state: Mutex::default() }) }
    }

    pub(super) fn settings(&self) -> &InvoiceboxSettings {
        &self.inner.settings
    }

    /// Client for notifications.
    pub(super) fn client(&self) -> &reqwest::Client {
        &self.inner.client
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.inner.settings.clock.now()
    }

    pub(super) async fn sleep_until(&self, at: OffsetDateTime) {
        self.inner.settings.clock.sleep_until(at).await;
    }

    /// The tokens as they are now: the control call may give the first one more merchants.
    pub(super) fn tokens(&self) -> Vec<TestToken> {
        let mut tokens = self.inner.settings.tokens.clone();
        if let Some(first) = tokens.first_mut() {
            first.merchant_ids.extend(self.state().switches.merchants.iter().cloned());
        }
        tokens.extend(self.state().switches.tokens.iter().cloned());
        tokens
    }

    /// The key that signs the notifications of a merchant.
    pub(super) fn key_of(&self, merchant_id: &str) -> &str {
        let settings = &self.inner.settings;
        settings.merchant_keys.get(&merchant_id.to_ascii_lowercase()).unwrap_or(&settings.notification_key)
    }

    /// All merchants that some token may act for.
    pub(super) fn merchants(&self) -> Vec<String> {
        self.tokens().into_iter().flat_map(|token| token.merchant_ids).collect()
    }

    /// Reads the query of a list as the switches say.
    pub(super) fn list_query<R: ListRow>(&self, raw: &str) -> Result<ListQuery, ApiRefusal> {
        let state = self.state();
        let switches = &state.switches;
        let rules =
            ListRules { max_page_size: switches.max_page_size, ignored_filters: &switches.ignored_filters };
        ListQuery::parse::<R>(raw, &rules)
    }

    /// Locks everything that is stored. The lock is never held across an await, and a panic under it leaves nothing
    /// half-done that matters.
    pub(super) fn state(&self) -> MutexGuard<'_, InvoiceboxState> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

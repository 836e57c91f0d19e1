//! Settings of Invoicebox: address, credentials and keys.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    invoicebox::{Algorithm, ApiVersion, InvoiceboxClientSettings, InvoiceboxLimits, MerchantKey},
    settings::{
        AbsentValue, DefaultValue, Mode, PUBLISHED_PROBLEM, Setting, SettingsReader,
        parse::{choice, number, secret, secure_url, switch},
    },
};

/// The pair that Invoicebox publishes for trying its API. Shared by everybody, so no secret.
pub(super) const DEMO_TOKEN: &str = "b37c4c689295904ed21eee5d9a48d42e";
const DEMO_MERCHANT: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const SANDBOX_KEY: &str = "sandbox-notification-key";

pub(super) static API_URL: Setting<String> = Setting {
    name: "INVOICEBOX_API_URL",
    default: DefaultValue::per_mode(
        AbsentValue::Unset("the emulator of this process"),
        AbsentValue::Value("https://api.invoicebox.ru"),
    ),
    unit: None,
    help: "base address of the Invoicebox API",
    example: "https://api.invoicebox.ru",
    parse: |text, mode| secure_url(text, mode, "it carries the token"),
};

pub(super) static API_VERSION: Setting<ApiVersion> = Setting {
    name: "INVOICEBOX_API_VERSION",
    default: DefaultValue::value("v3"),
    unit: None,
    help: "version of the API: v3 (merchants of the app) or l3 (merchants of the older merchant office)",
    example: "v3",
    parse: |text, _| choice(text, &[("v3", ApiVersion::V3), ("l3", ApiVersion::L3)]),
};

pub(super) static API_TOKEN: Setting<SecretString> = Setting {
    name: "INVOICEBOX_API_TOKEN",
    default: DefaultValue::per_mode(AbsentValue::Value(DEMO_TOKEN), AbsentValue::Refused),
    unit: None,
    help: "token of the network, from the merchant office, tab «Интеграция (API)»; the sandbox takes the demo token that Invoicebox publishes",
    example: "4711-API:0a1b2c3d4e5f",
    parse: |text, mode| secret(text, mode, DEMO_TOKEN),
};

pub(super) static MERCHANT_ID: Setting<String> = Setting {
    name: "INVOICEBOX_MERCHANT_ID",
    default: DefaultValue::per_mode(AbsentValue::Value(DEMO_MERCHANT), AbsentValue::Refused),
    unit: None,
    help: "merchant of the network; a station may carry its own",
    example: "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b",
    parse: |text, mode| {
        if mode.is_production() && text == DEMO_MERCHANT {
            return Err("is the published demo merchant: money would go to nobody".to_owned());
        }
        is_merchant_id(text)
            .then(|| text.to_owned())
            .ok_or_else(|| format!("«{text}» does not have the form of an identifier"))
    },
};

pub(super) static NOTIFICATION_KEY: Setting<SecretString> = Setting {
    name: "INVOICEBOX_NOTIFICATION_KEY",
    default: DefaultValue::per_mode(AbsentValue::Value(SANDBOX_KEY), AbsentValue::Refused),
    unit: None,
    help: "key of the X-Signature header of notifications, from the same tab; not the API token",
    example: "a-long-random-text",
    parse: |text, mode| secret(text, mode, SANDBOX_KEY),
};

pub(super) static NOTIFICATION_ALGORITHM: Setting<Algorithm> = Setting {
    name: "INVOICEBOX_NOTIFICATION_ALGORITHM",
    default: DefaultValue::value("sha1"),
    unit: None,
    help: "hash of the signature's HMAC: sha1, or sha256 where the merchant office says so",
    example: "sha256",
    parse: |text, _| choice(text, &[("sha1", Algorithm::Sha1), ("sha256", Algorithm::Sha256)]),
};

pub(super) static MERCHANT_KEYS: Setting<Vec<MerchantKey>> = Setting {
    name: "INVOICEBOX_MERCHANT_KEYS",
    default: DefaultValue::off(""),
    unit: None,
    help: "notification keys of merchants that stations carry as their own, merchant=key, separated by spaces; their notifications come to /api/invoicebox/notifications/{merchant}",
    example: "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b=a-long-random-text 0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4c=another-long-random-text",
    parse: |text, _| {
        let entries = text.split_whitespace().enumerate();
        // An entry may hold a key, so it is not repeated in the finding.
        let key = |(index, entry)| {
            merchant_key(entry).ok_or_else(|| format!("entry {} is not merchant=key", index + 1))
        };
        entries.map(key).collect()
    },
};

pub(super) static MAX_REQUESTS: Setting<usize> = Setting {
    name: "INVOICEBOX_REQUESTS",
    default: DefaultValue::value("60"),
    unit: Some("calls in 30 seconds"),
    help: "calls to Invoicebox by this process, 5 to 100; Invoicebox counts 100 for a token, so several instances have to share them",
    example: "30",
    parse: |text, _| number(text, "calls", 5..=100),
};

pub(super) static WS_URL: Setting<String> = Setting {
    name: "INVOICEBOX_WS_URL",
    default: DefaultValue::off(""),
    unit: None,
    help: "JSON-RPC WebSocket for notifications where no public address exists; v3 only",
    example: "wss://ws-gate.invoicebox.ru/v3/gate/rpc",
    parse: websocket_url,
};

pub(super) static RELEASE_ON_HOLD: Setting<bool> = Setting {
    name: "INVOICEBOX_RELEASE_ON_HOLD",
    default: DefaultValue::value("off"),
    unit: None,
    help: "on: money that is only reserved on the payer's card (status hold) counts as paid: its pump may be started, and the shipment takes what was dispensed; only where Invoicebox has agreed to it in writing",
    example: "on",
    parse: |text, _| switch(text),
};

/// Address, credentials and limits of Invoicebox.
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
    /// Without the token; `None` when notifications come by HTTP alone.
    pub ws_url: Option<String>,
    /// Calls in 30 seconds by this process.
    pub requests: usize,
    /// Money that is only reserved counts as paid.
    pub release_on_hold: bool,
}

impl InvoiceboxConfig {
    /// Returns the settings of the client.
    #[must_use]
    pub fn settings(&self) -> InvoiceboxClientSettings {
        let merchants_with_own_key = self.merchant_keys.iter().map(|key| key.merchant_id.clone()).collect();
        let limits = InvoiceboxLimits { requests: self.requests, ..InvoiceboxLimits::default() };
        let settings =
            InvoiceboxClientSettings::new(self.api_url.clone(), self.api_version, self.api_token.clone());
        InvoiceboxClientSettings { merchants_with_own_key, limits, ..settings }
    }

    /// `emulator`: the address of this process's own emulator.
    pub(super) fn read(reader: &mut SettingsReader<'_>, emulator: Option<String>) -> Option<Self> {
        let api_token = reader.value(&API_TOKEN);
        let notification_key = reader.value(&NOTIFICATION_KEY);
        let merchant_id = reader.value(&MERCHANT_ID);
        let api_url = reader.value(&API_URL).or_else(|| emulator.clone());
        let emulated = reader.mode() == Mode::Sandbox && api_url == emulator;
        if emulated && api_token.as_ref().is_some_and(|token| is_probably_live_token(token.expose_secret())) {
            reader.report(
                &API_TOKEN,
                "has the form of a live token; the emulator takes the demo token or an invented word",
            );
        }
        let api_version = reader.value(&API_VERSION);
        let notification_algorithm = reader.value(&NOTIFICATION_ALGORITHM);
        let merchant_keys = read_merchant_keys(reader);
        let ws_url = reader.value(&WS_URL);
        if ws_url.is_some() && api_version == Some(ApiVersion::L3) {
            reader.report(&WS_URL, "exists for v3 only");
        }
        let requests = reader.value(&MAX_REQUESTS);
        let release_on_hold = reader.value(&RELEASE_ON_HOLD);
        Some(Self {
            api_url: api_url?,
            api_version: api_version?,
            api_token: api_token?,
            merchant_id: merchant_id?,
            notification_key: notification_key?,
            notification_algorithm: notification_algorithm?,
            merchant_keys,
            ws_url,
            requests: requests?,
            release_on_hold: release_on_hold?,
        })
    }
}

fn websocket_url(text: &str, mode: Mode) -> Result<String, String> {
    let secure = text.starts_with("wss://");
    if !secure && !text.starts_with("ws://") || text.contains('?') {
        return Err("is not a wss address without a query; the token is added to it".to_owned());
    }
    if !secure && mode.is_production() {
        return Err("must be wss in production: it carries the token".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads the keys; one that everybody knows is refused.
fn read_merchant_keys(reader: &mut SettingsReader<'_>) -> Vec<MerchantKey> {
    let keys = reader.value(&MERCHANT_KEYS).unwrap_or_default();
    let is_published = |key: &MerchantKey| reader.is_published(key.key.expose_secret());
    if let Some(index) = keys.iter().position(is_published) {
        reader.report(&MERCHANT_KEYS, format!("the key of entry {} {PUBLISHED_PROBLEM}", index + 1));
    }
    keys
}

/// The keys of the example.
pub(super) fn shown_merchant_keys() -> impl Iterator<Item = &'static str> {
    MERCHANT_KEYS.example.split_whitespace().filter_map(|entry| entry.split_once('=').map(|(_, key)| key))
}

fn merchant_key(entry: &str) -> Option<MerchantKey> {
    let (merchant_id, key) = entry.split_once('=')?;
    (is_merchant_id(merchant_id) && !key.is_empty())
        .then(|| MerchantKey { merchant_id: merchant_id.to_owned(), key: key.into() })
}

/// Whether a token has the form of a merchant's: 32 hex digits, or a number, `-API:` and hex digits. The demo token is
/// public.
fn is_probably_live_token(token: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let older = token.split_once("-API:").is_some_and(|(number, key)| is_hex(number) && is_hex(key));
    token != DEMO_TOKEN && (older || token.len() == 32 && is_hex(token))
}

/// Whether this is an Invoicebox identifier: hex digits in groups of 8-4-4-4-12. It need not be a UUID by RFC 4122: the
/// variant bits are arbitrary.
fn is_merchant_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

//! The settings of the tanker contract: address, keys, time limits.

use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use super::FuelMap;
use crate::settings::{
    AbsentValue, AnySetting, DefaultValue, Setting, SettingsReader,
    parse::{chosen_secret, header_value, networks, number, secret, secure_url, signing_secret, switch},
};

/// Keys between the simulated station and the sandbox. Everybody may read them, so they are no secrets.
const SANDBOX_API_KEY: &str = "sandbox-station-key";
const SANDBOX_CALLBACK_KEY: &str = "sandbox-callback-key";
/// Below the five minutes after which a station is silent: one lost answer must not make all stations silent.
const MAX_FEED_PAUSE_S: u64 = 120;
const DEFAULT_FEED_PAUSE: Duration = Duration::from_secs(60);

/// Checked by [`report_missing`].
const REQUIRED_WITH_TANKER: &str = "required with KOLONKA_FORECOURT=tanker";

pub static URL: Setting<String> = Setting {
    name: "KOLONKA_TANKER_URL",
    default: DefaultValue::off(REQUIRED_WITH_TANKER),
    unit: None,
    help: "base address of the station server; station, price, ping and order are below it",
    example: "https://topazoffice.ru/ms/external-fueling/integration",
    parse: |text, mode| {
        if text.contains(['?', '#']) {
            return Err("must have no query: the key has a setting of its own".to_owned());
        }
        secure_url(text, mode, "it carries the keys")
    },
};

static API_KEY: Setting<SecretString> = Setting {
    name: "KOLONKA_TANKER_API_KEY",
    default: DefaultValue::per_mode(
        AbsentValue::Value(SANDBOX_API_KEY),
        AbsentValue::Off(REQUIRED_WITH_TANKER),
    ),
    unit: None,
    help: "key of the network at the station server, sent as apikey",
    example: "a-key-from-the-network",
    parse: |text, mode| secret(text, mode, SANDBOX_API_KEY),
};

static SYSTEM_KEY: Setting<SecretString> = Setting {
    name: "KOLONKA_TANKER_SYSTEM_KEY",
    default: DefaultValue::off(""),
    unit: None,
    help: "our own key at the station server, sent in the header externalSystemApikey where it asks for one (Topaz)",
    example: "a-key-from-topaz",
    parse: |text, _| {
        header_value(text)?;
        chosen_secret(text)
    },
};

static CALLBACK_KEY: Setting<SecretString> = Setting {
    name: "KOLONKA_TANKER_CALLBACK_KEY",
    default: DefaultValue::per_mode(
        AbsentValue::Value(SANDBOX_CALLBACK_KEY),
        AbsentValue::Off(REQUIRED_WITH_TANKER),
    ),
    unit: None,
    help: "the apikey that the station server must send with its calls to /api/order/…, in production at least 16 characters",
    example: "a-long-random-text-for-the-network",
    parse: |text, mode| signing_secret(text, mode, SANDBOX_CALLBACK_KEY),
};

static FROM: Setting<Vec<IpNet>> = Setting {
    name: "KOLONKA_TANKER_FROM",
    default: DefaultValue::off("from everywhere, by the key alone"),
    unit: None,
    help: "networks from which the station server's calls to /api/order/… are taken, beside the key; separated by spaces or commas",
    example: "203.0.113.0/24",
    parse: |text, _| networks(text),
};

static TIMEOUT: Setting<Duration> = Setting {
    name: "KOLONKA_TANKER_TIMEOUT_S",
    default: DefaultValue::value("10"),
    unit: Some("seconds"),
    help: "how long the station server may take to answer, 1 to 30; a ping is given at most 4",
    example: "10",
    parse: |text, _| number(text, "seconds", 1..=30).map(Duration::from_secs),
};

static FUELS: Setting<FuelMap> = Setting {
    name: "KOLONKA_TANKER_FUELS",
    default: DefaultValue::unset("the ids of the contract"),
    unit: None,
    help: "what the network calls grades, ours=theirs separated by spaces; winter diesel and AdBlue have no id in the contract",
    example: "a92=1 a95=2 diesel_winter=diesel_arctic",
    parse: |text, _| FuelMap::parse(text),
};

static FEED_PAUSE: Setting<Option<Duration>> = Setting {
    name: "KOLONKA_TANKER_FEED_S",
    default: DefaultValue::unset("60 with KOLONKA_FORECOURT=tanker, else off"),
    unit: Some("seconds"),
    help: "time between two questions for stations and prices, 10 to 120, give or take a tenth; off: the catalogue is kept by import and the cashier API alone, and no station counts as silent",
    example: "60",
    parse: |text, _| {
        if text == "off" {
            return Ok(None);
        }
        number(text, "seconds", 10..=MAX_FEED_PAUSE_S).map(|seconds| Some(Duration::from_secs(seconds)))
    },
};

static FULL_TANK: Setting<bool> = Setting {
    name: "KOLONKA_TANKER_FULL_TANK",
    default: DefaultValue::unset("on with the simulated station, else off"),
    unit: None,
    help: "on: the station server takes orders of the type FullTank, so customers may order a full tank; Topaz does not",
    example: "on",
    parse: |text, _| switch(text),
};

/// All settings, in the order in which an operator meets them.
pub const SETTINGS: &[&dyn AnySetting] =
    &[&URL, &API_KEY, &SYSTEM_KEY, &CALLBACK_KEY, &FROM, &TIMEOUT, &FUELS, &FEED_PAUSE, &FULL_TANK];

/// Address and keys of the station server, and the key by which it is recognised.
#[derive(Clone, Debug)]
pub struct TankerConfig {
    /// Without a trailing slash; empty unless the tanker contract is chosen.
    pub url: String,
    /// The network's key, sent with every call.
    pub api_key: SecretString,
    /// Our key at the station server, in a header, where it has one.
    pub system_key: Option<SecretString>,
    /// The key that the station server sends us.
    pub callback_key: SecretString,
    /// Networks from which it calls; empty: from everywhere.
    pub from: Vec<IpNet>,
    /// Time limit of an answer of the station server.
    pub timeout: Duration,
    /// The network's ids of grades.
    pub fuels: FuelMap,
    /// Pause between two questions for stations and prices; `None` when they are not asked for.
    pub feed_pause: Option<Duration>,
    /// The station server takes orders for a full tank.
    pub full_tank: bool,
}

impl TankerConfig {
    /// Reads the settings. `is_chosen`: a network's station server releases the pumps, so that its address and keys
    /// must be given; otherwise they serve the simulated station.
    pub fn read(reader: &mut SettingsReader<'_>, is_chosen: bool) -> Option<Self> {
        let url = reader.value(&URL);
        let api_key = reader.value(&API_KEY);
        let callback_key = reader.value(&CALLBACK_KEY);
        if is_chosen {
            report_missing(reader, &URL, url.is_none());
            report_missing(reader, &API_KEY, api_key.is_none());
            report_missing(reader, &CALLBACK_KEY, callback_key.is_none());
        }
        let system_key = reader.value(&SYSTEM_KEY);
        let from = reader.value(&FROM).unwrap_or_default();
        let timeout = reader.value(&TIMEOUT);
        let fuels = reader.value(&FUELS).unwrap_or_default();
        let feed_pause = reader.value(&FEED_PAUSE).unwrap_or(is_chosen.then_some(DEFAULT_FEED_PAUSE));
        let full_tank = reader.value(&FULL_TANK).unwrap_or(!is_chosen);
        Some(Self {
            url: url.unwrap_or_default(),
            api_key: api_key.unwrap_or_default(),
            system_key,
            callback_key: callback_key.unwrap_or_default(),
            from,
            timeout: timeout?,
            fuels,
            feed_pause,
            full_tank,
        })
    }

    /// Returns these settings for the simulated station, which uses the contract's ids of grades.
    #[must_use]
    pub fn for_simulated_station(&self, url: &str) -> Self {
        Self { url: url.to_owned(), fuels: FuelMap::default(), ..self.clone() }
    }
}

/// Reports a required setting without a value. A value that is there and wrong has been reported already.
fn report_missing(reader: &mut SettingsReader<'_>, setting: &dyn AnySetting, is_absent: bool) {
    if is_absent && !reader.is_given(setting) {
        reader.report(setting, "is missing; KOLONKA_FORECOURT=tanker needs it");
    }
}

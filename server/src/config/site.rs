//! Settings of this process: addresses, pages, orders and logs.

use std::net::SocketAddr;
use std::str::FromStr;

use domain::order::lifetime::MAX_ORDER_TTL_MINUTES;
use secrecy::SecretString;

use super::OriginPattern;
use crate::settings::{
    AbsentValue, DefaultValue, Mode, Setting,
    parse::{choice, number, origin_of, secure_url, switch, url},
};

/// Format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

pub(super) static MODE: Setting<Mode> = Setting {
    name: "KOLONKA_MODE",
    default: DefaultValue::unset("sandbox; production in a program that was built without the sandbox"),
    unit: None,
    help: "sandbox: Invoicebox, the station and the host are emulated inside this process, and sample stations are loaded when the database is empty; production: no emulator is reachable, and missing credentials stop the start",
    example: "production",
    parse: |text, _| choice(text, &[("sandbox", Mode::Sandbox), ("production", Mode::Production)]),
};

pub(super) static ADDR: Setting<SocketAddr> = Setting {
    name: "KOLONKA_ADDR",
    default: DefaultValue::value("127.0.0.1:3000"),
    unit: None,
    help: "listening address",
    example: "0.0.0.0:3000",
    parse: socket_address,
};

pub(super) static PUBLIC_URL: Setting<String> = Setting {
    name: "KOLONKA_PUBLIC_URL",
    default: DefaultValue::per_mode(AbsentValue::Value("http://127.0.0.1:3000"), AbsentValue::Refused),
    unit: None,
    help: "the address that customers and Invoicebox see; return links and QR codes are built from it",
    example: "https://azs.example.ru",
    parse: |text, mode| secure_url(text, mode, "customers pay there"),
};

pub(super) static DATABASE_URL: Setting<SecretString> = Setting {
    name: "DATABASE_URL",
    default: DefaultValue::value("sqlite://kolonka.db"),
    unit: None,
    help: "sqlite://… (embedded) or postgres://… (several instances)",
    example: "postgres://kolonka:password@db/kolonka",
    parse: |text, _| {
        let known = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme));
        known.then(|| text.into()).ok_or_else(|| "must begin with sqlite:// or postgres://".to_owned())
    },
};

pub(super) static LOG: Setting<String> = Setting {
    name: "KOLONKA_LOG",
    default: DefaultValue::value("info"),
    unit: None,
    help: "tracing filter",
    example: "info,server=debug",
    parse: |text, _| match tracing_subscriber::EnvFilter::from_str(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("«{text}» is not a filter")),
    },
};

pub(super) static LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "KOLONKA_LOG_FORMAT",
    default: DefaultValue::value("text"),
    unit: None,
    help: "form of the lines of the log: text or json",
    example: "json",
    parse: |text, _| choice(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)]),
};

pub(super) static HOST_ORIGINS: Setting<Vec<OriginPattern>> = Setting {
    name: "KOLONKA_HOST_ORIGINS",
    default: DefaultValue::value("https://*.invoicebox.ru"),
    unit: None,
    help: "who may frame the mini-app and talk to it, separated by spaces or commas; the sandbox adds its own origin",
    example: "https://*.invoicebox.ru https://app.example.ru",
    parse: |text, _| {
        let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
        parts
            .map(|part| OriginPattern::parse(part).ok_or_else(|| format!("«{part}» is not an origin")))
            .collect()
    },
};

pub(super) static HOST_CHECKOUT: Setting<bool> = Setting {
    name: "KOLONKA_HOST_CHECKOUT",
    default: DefaultValue::value("on"),
    unit: None,
    help: "on: the host opens the payment page beside the mini-app, which stays open (checkout), and customers whose host does not are offered the other way after ten seconds; off: the mini-app ends with done",
    example: "off",
    parse: |text, _| switch(text),
};

pub(super) static TERMS_URL: Setting<String> = Setting {
    name: "KOLONKA_TERMS_URL",
    default: DefaultValue::off(""),
    unit: None,
    help: "user agreement of the network, which customers accept by ordering",
    example: "https://azs.example.ru/agreement",
    parse: document_url,
};

pub(super) static PRIVACY_URL: Setting<String> = Setting {
    name: "KOLONKA_PRIVACY_URL",
    default: DefaultValue::off(""),
    unit: None,
    help: "rules of personal data processing of the network",
    example: "https://azs.example.ru/privacy",
    parse: document_url,
};

pub(super) static TILES_URL: Setting<String> = Setting {
    name: "KOLONKA_TILES_URL",
    default: DefaultValue::value("https://tile.openstreetmap.org/{z}/{x}/{y}.png"),
    unit: None,
    help: "raster tiles of the map",
    example: "https://tiles.example.ru/{z}/{x}/{y}.png",
    parse: |text, _| {
        let fits = ["{z}", "{x}", "{y}"].iter().all(|part| text.contains(part)) && origin_of(text).is_some();
        fits.then(|| text.to_owned()).ok_or_else(|| "must be an address with {z}, {x} and {y}".to_owned())
    },
};

pub(super) static TILES_ATTRIBUTION: Setting<String> = Setting {
    name: "KOLONKA_TILES_ATTRIBUTION",
    default: DefaultValue::value("© участники OpenStreetMap"),
    unit: None,
    help: "whose tiles they are, shown on the map",
    example: "© участники OpenStreetMap",
    parse: |text, _| Ok(text.to_owned()),
};

pub(super) static ORDER_TTL_MINUTES: Setting<u32> = Setting {
    name: "KOLONKA_ORDER_TTL_MINUTES",
    default: DefaultValue::value("30"),
    unit: Some("minutes"),
    help: "life of an unpaid order, 5 to 1440",
    example: "30",
    parse: |text, _| number(text, "minutes", 5..=MAX_ORDER_TTL_MINUTES),
};

pub(super) static SITE_ROOT: Setting<String> = Setting {
    name: "KOLONKA_SITE_ROOT",
    default: DefaultValue::value("target/site"),
    unit: None,
    help: "folder with the built browser files",
    example: "/usr/share/kolonka/site",
    parse: |text, _| Ok(text.to_owned()),
};

pub(super) static SIMULATOR_ADDR: Setting<SocketAddr> = Setting {
    name: "KOLONKA_SIMULATOR_ADDR",
    default: DefaultValue::value("127.0.0.1:0"),
    unit: None,
    help: "where the simulated station listens, for partners beside this process; port 0: any that is free",
    example: "127.0.0.1:3100",
    parse: socket_address,
};

pub(super) static SIMULATOR_SPEED: Setting<u32> = Setting {
    name: "KOLONKA_SIMULATOR_SPEED",
    default: DefaultValue::value("1"),
    unit: Some("times"),
    help: "how many times faster than in a demonstration the simulated station works, 1 to 1000",
    example: "20",
    parse: |text, _| number(text, "times", 1..=1000),
};

fn socket_address(text: &str, _: Mode) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("«{text}» is not an address with a port"))
}

/// The address of a document for customers.
fn document_url(text: &str, mode: Mode) -> Result<String, String> {
    let refused = url(text).is_err() || (mode.is_production() && !text.starts_with("https://"));
    if refused { Err(format!("«{text}» is not an https address")) } else { Ok(text.to_owned()) }
}

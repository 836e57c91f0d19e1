//! Settings of this process: addresses, pages, orders and logs.

use std::net::SocketAddr;
use std::str::FromStr;

use domain::order::lifetime::MAX_ORDER_TTL_MINUTES;
use secrecy::SecretString;

use super::OriginPattern;
use crate::settings::{
    AbsentValue, DefaultValue, Mode, Setting,
    parse::{choice, number, secure_url, site_url, switch, url},
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
    parse: |text, mode| site_url(text, mode, "customers pay there"),
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
    help: "tracing filter; libraries log nothing below info, whatever it says, since that holds tokens and people's data",
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
    parse: origin_patterns,
};

pub(super) static PAYMENT_ORIGINS: Setting<Vec<OriginPattern>> = Setting {
    name: "KOLONKA_PAYMENT_ORIGINS",
    default: DefaultValue::value("https://*.invoicebox.ru"),
    unit: None,
    help: "where the address of a payment may lead, separated by spaces or commas; the origin of INVOICEBOX_API_URL is added, and in the sandbox every address of this machine. An invoice whose address leads elsewhere is withdrawn",
    example: "https://*.invoicebox.ru https://pay.example.ru",
    parse: origin_patterns,
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
    default: DefaultValue::per_mode(AbsentValue::Off(""), AbsentValue::Refused),
    unit: None,
    help: "the network's rules of personal data processing, named where customers give theirs",
    example: "https://azs.example.ru/privacy",
    parse: document_url,
};

pub(super) static TILES_URL: Setting<String> = Setting {
    name: "KOLONKA_TILES_URL",
    default: DefaultValue::value("https://tile.openstreetmap.org/{z}/{x}/{y}.png"),
    unit: None,
    help: "raster tiles of the map",
    example: "https://tiles.example.ru/{z}/{x}/{y}.png",
    parse: tiles_url,
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

/// Patterns of origins that customers trust with their payments: in production reached by TLS, and not those of everybody's domains.
fn origin_patterns(text: &str, mode: Mode) -> Result<Vec<OriginPattern>, String> {
    let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
    let pattern = |part: &str| {
        let pattern = OriginPattern::parse(part).ok_or_else(|| format!("«{part}» is not an origin"))?;
        if mode.is_production() && !pattern.is_https() {
            return Err(format!(
                "«{part}» must be https in production: whoever answers there may frame or take payments"
            ));
        }
        if pattern.is_of_everybody() {
            return Err(format!(
                "«{part}» fits everybody's domains: name one, for instance https://*.example.ru"
            ));
        }
        Ok(pattern)
    };
    parts.map(pattern).collect()
}

/// The template of the map's tiles. Its origin goes into the content security policy.
fn tiles_url(text: &str, mode: Mode) -> Result<String, String> {
    let url = secure_url(text, mode, "a map over http is not shown on a page over https")?;
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    // One of several servers: https://{s}.tiles.example.ru
    let is_origin = OriginPattern::parse(&origin.replace("{s}.", "*.")).is_some();
    let has_parts = ["{z}", "{x}", "{y}"].iter().all(|part| url.contains(part));
    match is_origin && has_parts {
        true => Ok(url),
        false => Err("must be an address with {z}, {x} and {y}".to_owned()),
    }
}

fn socket_address(text: &str, _: Mode) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("«{text}» is not an address with a port"))
}

/// The address of a document for customers.
fn document_url(text: &str, mode: Mode) -> Result<String, String> {
    let refused = url(text).is_err() || (mode.is_production() && !text.starts_with("https://"));
    if refused { Err(format!("«{text}» is not an https address")) } else { Ok(text.to_owned()) }
}

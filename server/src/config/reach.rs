//! Who reaches this process: proxies whose word counts, and a sandbox that only its own machine may reach.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::{invoicebox, site};
use crate::{
    settings::{
        AbsentValue, AnySetting, DefaultValue, Mode, Setting, SettingsReader,
        parse::{choice, is_loopback, networks},
    },
    station_link::settings::STATION_URL,
};

pub(super) static TRUSTED_PROXIES: Setting<Vec<IpNet>> = Setting {
    name: "KOLONKA_TRUSTED_PROXIES",
    default: DefaultValue::per_mode(AbsentValue::Value("none"), AbsentValue::Refused),
    unit: None,
    help: "networks of the proxies in front of this process, whose word on the client's address counts (Forwarded, X-Forwarded-For), separated by spaces or commas; none: clients connect themselves. Limits count by address: without its proxies all customers would be one",
    example: "10.0.0.0/8 fd00::/8",
    parse: |text, _| if text == "none" { Ok(Vec::new()) } else { networks(text) },
};

pub(super) static SANDBOX_PUBLIC: Setting<bool> = Setting {
    name: "KOLONKA_SANDBOX_PUBLIC",
    default: DefaultValue::off("the sandbox serves its own machine alone"),
    unit: None,
    help: "yes: a sandbox may be reached from other machines, and may call an Invoicebox or a station server elsewhere; everybody who reaches it may pay and cancel",
    example: "yes",
    parse: |text, _| choice(text, &[("yes", true)]),
};

/// Addresses of a configuration that was read; `None` where one is wrong or not given.
pub(super) struct Addresses<'a> {
    pub listening: Option<SocketAddr>,
    pub public: Option<&'a str>,
    pub invoicebox: Option<&'a str>,
    pub websocket: Option<&'a str>,
    pub station: Option<&'a str>,
}

/// Reports what would let others reach a sandbox, or the sandbox reach real money and real pumps: a mode that was
/// forgotten must not give fuel away.
pub(super) fn check_sandbox(reader: &mut SettingsReader<'_>, addresses: &Addresses<'_>) {
    if reader.mode() != Mode::Sandbox || reader.value(&SANDBOX_PUBLIC) == Some(true) {
        return;
    }
    let mut refuse = |setting: &dyn AnySetting, what: &str| {
        let way_out = "set KOLONKA_MODE=production, or KOLONKA_SANDBOX_PUBLIC=yes where that is meant";
        reader.report(setting, format!("{what}: {way_out}"));
    };
    if addresses.listening.is_some_and(|addr| !addr.ip().is_loopback()) {
        refuse(&site::ADDR, "lets other machines reach a sandbox, where everybody may pay and cancel");
    }
    let elsewhere: [(Option<&str>, &dyn AnySetting, &str); 4] = [
        (addresses.public, &site::PUBLIC_URL, "would show a sandbox to other machines"),
        (addresses.invoicebox, &invoicebox::API_URL, "would make real orders from a sandbox"),
        (addresses.websocket, &invoicebox::WS_URL, "would show real payments to a sandbox"),
        (addresses.station, &STATION_URL, "would release real pumps from a sandbox"),
    ];
    for (url, setting, what) in elsewhere {
        if url.is_some_and(|url| !is_loopback(url)) {
            refuse(setting, what);
        }
    }
}

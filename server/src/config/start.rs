//! Settings of starts: who starts a pump, and until when.

use std::time::Duration;

use domain::order::{StartRules, start::MAX_START_TTL_MINUTES};

use crate::settings::{
    DefaultValue, Setting, SettingsReader,
    parse::{choice, number},
};

pub(super) static START: Setting<StartBy> = Setting {
    name: "KOLONKA_START",
    default: DefaultValue::value("driver"),
    unit: None,
    help: "who starts the pump: driver (or whatever the customer chose) or payment (where nobody else can stand at the pump)",
    example: "driver",
    parse: |text, _| choice(text, &[("driver", StartBy::Driver), ("payment", StartBy::Payment)]),
};

pub(super) static START_WITHIN_S: Setting<u32> = Setting {
    name: "KOLONKA_START_WITHIN_S",
    default: DefaultValue::value("180"),
    unit: Some("seconds"),
    help: "longest time from ordering to the payment in which an order that is to start when it is paid does so, 30 to 3600",
    example: "180",
    parse: |text, _| number(text, "seconds", 30..=3600),
};

pub(super) static START_TTL_MINUTES: Setting<u32> = Setting {
    name: "KOLONKA_START_TTL_MINUTES",
    default: DefaultValue::value("120"),
    unit: Some("minutes"),
    help: "time after the payment in which the pump may be started, 5 to 10080 (seven days); then the money goes back",
    example: "120",
    parse: |text, _| number(text, "minutes", 5..=MAX_START_TTL_MINUTES),
};

/// Whoever starts a pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartBy {
    Driver,
    Payment,
}

/// Reads the rules of starts.
pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<StartRules> {
    let by = reader.value(&START);
    let within_s = reader.value(&START_WITHIN_S);
    let ttl_minutes = reader.value(&START_TTL_MINUTES);
    Some(StartRules {
        by_payment: by? == StartBy::Payment,
        within: Duration::from_secs(u64::from(within_s?)),
        ttl: Duration::from_secs(u64::from(ttl_minutes?) * 60),
    })
}

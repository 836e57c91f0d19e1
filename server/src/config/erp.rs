//! Settings of the cashier API and of its events.

use secrecy::SecretString;

use crate::settings::{
    AbsentValue, DefaultValue, Setting, SettingsReader,
    parse::{header_value, secure_url, signing_secret},
};

const SANDBOX_TOKEN: &str = "sandbox-erp-token";

pub(super) static TOKEN: Setting<SecretString> = Setting {
    name: "KOLONKA_ERP_TOKEN",
    default: DefaultValue::per_mode(
        AbsentValue::Value(SANDBOX_TOKEN),
        AbsentValue::Off("without the cashier API"),
    ),
    unit: None,
    help: "bearer token of the cashier API and of /operator, in production at least 16 characters",
    example: "a-long-random-text-of-your-own",
    parse: |text, mode| {
        header_value(text)?;
        signing_secret(text, mode, SANDBOX_TOKEN)
    },
};

pub(super) static NOTIFY_URL: Setting<String> = Setting {
    name: "KOLONKA_ERP_NOTIFY_URL",
    default: DefaultValue::off("needs KOLONKA_ERP_NOTIFY_KEY when set"),
    unit: None,
    help: "where order events are posted for the back office",
    example: "https://erp.example.ru/kolonka/events",
    // As it is given: a slash at its end may mean something there.
    parse: |text, mode| secure_url(text, mode, "events carry orders").map(|_| text.to_owned()),
};

pub(super) static NOTIFY_KEY: Setting<SecretString> = Setting {
    name: "KOLONKA_ERP_NOTIFY_KEY",
    default: DefaultValue::off("needs KOLONKA_ERP_NOTIFY_URL when set"),
    unit: None,
    help: "key of the X-Kolonka-Signature header of those events (HMAC-SHA256 of the raw body), in production at least 16 characters",
    example: "another-long-random-text",
    parse: |text, mode| signing_secret(text, mode, ""),
};

/// Address and key of the events for the back office.
#[derive(Clone, Debug)]
pub struct ErpNotifyConfig {
    pub url: String,
    /// Key of the signature.
    pub key: SecretString,
}

impl ErpNotifyConfig {
    /// Reads both settings; one without the other is reported.
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        match (reader.is_given(&NOTIFY_URL), reader.is_given(&NOTIFY_KEY)) {
            (true, false) => reader.report(&NOTIFY_KEY, "is missing; events are signed with it"),
            (false, true) => reader.report(&NOTIFY_URL, "is missing; events are posted there"),
            _ => {}
        }
        let (url, key) = (reader.value(&NOTIFY_URL), reader.value(&NOTIFY_KEY));
        Some(Self { url: url?, key: key? })
    }
}

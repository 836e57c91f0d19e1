//! Documents of the settings: `--help` and `docs/configuration.md`.

use std::fmt::Write as _;

use super::{env_file, erp, invoicebox, reach, site, start};
use crate::{
    limits::settings::LIMITS,
    settings::{AbsentValue, AnySetting, Mode, OFF},
    station_link::settings as station_link,
};

/// Every setting, in the order in which an operator meets them.
pub fn settings() -> impl Iterator<Item = &'static dyn AnySetting> {
    let first: [&'static dyn AnySetting; 29] = [
        &site::MODE,
        &site::ADDR,
        &site::PUBLIC_URL,
        &reach::TRUSTED_PROXIES,
        &reach::SANDBOX_PUBLIC,
        &LIMITS,
        &site::DATABASE_URL,
        &site::LOG,
        &site::LOG_FORMAT,
        &invoicebox::API_URL,
        &invoicebox::API_VERSION,
        &invoicebox::API_TOKEN,
        &invoicebox::MERCHANT_ID,
        &invoicebox::NOTIFICATION_KEY,
        &invoicebox::NOTIFICATION_ALGORITHM,
        &invoicebox::MERCHANT_KEYS,
        &invoicebox::MAX_REQUESTS,
        &invoicebox::WS_URL,
        &invoicebox::RELEASE_ON_HOLD,
        &site::HOST_ORIGINS,
        &site::PAYMENT_ORIGINS,
        &site::HOST_CHECKOUT,
        &site::TERMS_URL,
        &site::PRIVACY_URL,
        &site::TILES_URL,
        &site::TILES_ATTRIBUTION,
        &erp::TOKEN,
        &erp::NOTIFY_URL,
        &erp::NOTIFY_KEY,
    ];
    let last: [&'static dyn AnySetting; 7] = [
        &site::SIMULATOR_ADDR,
        &site::SIMULATOR_SPEED,
        &site::ORDER_TTL_MINUTES,
        &start::START,
        &start::START_WITHIN_S,
        &start::START_TTL_MINUTES,
        &site::SITE_ROOT,
    ];
    first.into_iter().chain(station_link::settings()).chain(last)
}

/// Secrets that the documents show: examples, and what the sandbox takes where nothing else is given.
#[must_use]
pub fn published_secrets() -> Vec<&'static str> {
    let of_sandbox = |setting: &'static dyn AnySetting| {
        let default = setting.default();
        match default.for_mode(Mode::Sandbox) {
            AbsentValue::Value(value) if default.for_mode(Mode::Production) != AbsentValue::Value(value) => {
                Some(value)
            }
            _ => None,
        }
    };
    let secrets = settings().filter(|setting| setting.is_secret());
    let shown = secrets.flat_map(|setting| [Some(setting.example()), of_sandbox(setting)]);
    shown.flatten().chain(invoicebox::shown_merchant_keys()).collect()
}

/// The settings as text, for `--help`.
#[must_use]
pub fn help() -> String {
    let mut text =
        String::from("Environment variables, also read from a .env file in the working directory:\n");
    for setting in settings() {
        // Writing into a String does not fail, here and below.
        let _ = write!(text, "\n  {}\n      {}\n", setting.name(), setting.help());
        let _ = writeln!(text, "      default: {}{}", setting.default(), unit(setting));
        let _ = writeln!(text, "      example: {}", setting.example());
    }
    text
}

/// The text of `docs/configuration.md`, written by a test.
#[must_use]
pub fn configuration_page() -> String {
    let mut text = String::from(PAGE_HEAD);
    text.push_str("\n```sh\n");
    for setting in settings() {
        let _ = writeln!(text, "{}", env_file::line(setting.name(), setting.example()));
    }
    text.push_str("```\n\n## Settings\n");
    for setting in settings() {
        let _ = write!(text, "\n### `{}`\n\n{}.\n\n", setting.name(), sentence(setting.help()));
        let _ = writeln!(text, "- default: {}{}", default_text(setting), unit(setting));
        let _ = writeln!(text, "- example: `{}`", env_file::line(setting.name(), setting.example()));
    }
    text
}

const PAGE_HEAD: &str = "\
# Configuration

This page is written from the program's own table of settings; a test compares both.
`UPDATE_DOCS=1 cargo test -p server --test it configuration` writes it again.

Settings are environment variables. They are also read from the file `.env` in the working directory. A variable of the
process wins over one of the file. A missing file is no error. Every command reads all settings, not only `serve`.

A wrong value, a missing one that is required, and a line of the file that cannot be read stop every command. Each of them is
reported with one line that names the variable, the problem and an example. `kolonka check` reports them too; if there are
none, it asks the database, Invoicebox and the station server.

An empty value is a wrong one. A variable that begins with `KOLONKA_` or `INVOICEBOX_` and is no setting is told on the error
output, with the nearest name.

## Defaults

A default in code style is a value: it may be written into the file. Where `off` is the default of a mode, it leaves the setting
out in every mode. The default of a setting that is not set is a description: do not write it into the file.

`none` leaves nothing out: it is a value of `KOLONKA_FORECOURT`. As the value of a secret, `none` is refused, and `off` where
the setting cannot be left out. The keys inside `INVOICEBOX_MERCHANT_KEYS` are not checked for this.

## What production refuses

The sandbox accepts all of this; `KOLONKA_MODE=production` does not.

- Addresses without TLS: every address of a setting must begin with `https://`, `INVOICEBOX_WS_URL` with `wss://`.
- Weak secrets by which others prove who they are to us, or we to them: `KOLONKA_ERP_TOKEN`, `KOLONKA_ERP_NOTIFY_KEY` and
  `KOLONKA_TANKER_CALLBACK_KEY` must have at least 16 characters, not one repeated. Keys that Invoicebox or a station gave us are
  taken as they are; `kolonka check` names weak ones.
- The secrets of the sandbox and those of the examples below, the demo token and the demo merchant of Invoicebox, which
  everybody knows. `openssl rand -hex 24` makes one that nobody does.
- The simulated station.
- Forgotten proxies: `KOLONKA_TRUSTED_PROXIES` has no default.
- A missing address of the privacy policy: customers give personal data.

Every mode refuses origins that fit the domains of people who have nothing to do with each other (`https://*.ru`), a public
address with a path or a query, and networks of all addresses (`0.0.0.0/0`) where it matters whose word counts.

## What the sandbox refuses

A sandbox gives everything away: whoever reaches it may pay. So it refuses a listening or public address that is not of this machine
(`127.0.0.1`, `::1`, `localhost`), and an Invoicebox or a station server elsewhere, which would take real money or release real
pumps. A mode that was forgotten stops the start this way. `KOLONKA_SANDBOX_PUBLIC=yes` allows both, where that is meant.

## The file `.env`

A line is `NAME=value`, a comment that begins with `#`, or empty; `export` may precede the name.

- Without quotes a value may hold spaces. It ends with its line or before ` #`, and may not hold `$`, `\\` or quotes.
- In single quotes every character means itself.
- In double quotes `\\\"`, `\\\\`, `\\$` and `\\n` are escapes. Nothing is substituted: a bare `$` is refused.
- A value ends on its line, and a name is set once.

A line that cannot be read stops the start with its number. Every setting with its example, as lines of the file:
";

fn unit(setting: &dyn AnySetting) -> String {
    setting.unit().map(|unit| format!(" ({unit})")).unwrap_or_default()
}

/// The default of a setting: a value in code style, a description as it is.
fn default_text(setting: &dyn AnySetting) -> String {
    let text = |absent: AbsentValue| match absent {
        AbsentValue::Value(value) => format!("`{value}`"),
        AbsentValue::Off("") => format!("`{OFF}`"),
        AbsentValue::Off(note) => format!("`{OFF}`, {note}"),
        AbsentValue::Unset(_) | AbsentValue::Refused => absent.to_string(),
    };
    let default = setting.default();
    let (sandbox, production) = (default.for_mode(Mode::Sandbox), default.for_mode(Mode::Production));
    if sandbox == production {
        text(sandbox)
    } else {
        format!("sandbox: {}; production: {}", text(sandbox), text(production))
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    // Values are named as they are written, with a colon after them.
    let named = text.split_once(':').is_some_and(|(value, _)| !value.contains(' '));
    match letters.next() {
        Some(first) if !named => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;
    use crate::{config::Config, settings::PUBLISHED_PROBLEM};

    /// Every setting as an operator would copy it, written into a file and read back.
    fn examples() -> HashMap<String, String> {
        let lines: Vec<String> =
            settings().map(|setting| env_file::line(setting.name(), setting.example())).collect();
        env_file::parse(lines.join("\n").as_bytes()).expect("readable examples").into_iter().collect()
    }

    #[test]
    fn every_example_survives_the_file_and_is_accepted() {
        let read = examples();
        for setting in settings() {
            assert_eq!(read[setting.name()], setting.example(), "{}", setting.name());
            let checked = setting.check(setting.example(), Mode::Production);
            let is_published = checked.as_ref().is_err_and(|problem| problem.contains(PUBLISHED_PROBLEM));
            assert!(is_published || checked == Ok(()), "{}: {checked:?}", setting.name());
        }
    }

    /// The settings whose examples production refuses.
    fn secrets() -> Vec<&'static str> {
        let secrets = settings().filter(|it| it.is_secret()).map(AnySetting::name);
        secrets.chain(["INVOICEBOX_MERCHANT_KEYS"]).collect()
    }

    /// The examples with secrets of somebody's own.
    fn examples_of_production() -> HashMap<String, String> {
        let own = secrets().into_iter().map(|name| {
            let own = match name {
                "DATABASE_URL" => "postgres://kolonka:f3b1@db/kolonka",
                "INVOICEBOX_MERCHANT_KEYS" => "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b=8f14e45fceea167a",
                _ => "c9f0f895fb98ab9159f51fd0297e236d",
            };
            (name.to_owned(), own.to_owned())
        });
        examples().into_iter().chain(own).collect()
    }

    #[test]
    fn all_examples_together_are_a_production_but_for_its_secrets() {
        let mode = |given: HashMap<String, String>| Config::read(|name| given.get(name).cloned());
        let findings = mode(examples()).expect_err("published secrets");
        let refused: BTreeSet<&str> = findings.iter().map(|finding| finding.variable).collect();
        assert_eq!(refused, BTreeSet::from_iter(secrets()), "{findings:?}");
        assert_eq!(mode(examples_of_production()).map(|config| config.mode), Ok(Mode::Production));
    }

    #[test]
    fn no_default_is_refused() {
        for setting in settings() {
            for mode in [Mode::Sandbox, Mode::Production] {
                match setting.default().for_mode(mode) {
                    AbsentValue::Value(value) => {
                        assert_eq!(setting.check(value, mode), Ok(()), "{} in {mode:?}", setting.name());
                    }
                    AbsentValue::Off(_) => {
                        assert_eq!(setting.check(OFF, mode), Ok(()), "{} in {mode:?}", setting.name());
                    }
                    // Copied from a document, a description must not become a value.
                    AbsentValue::Unset(description) => {
                        assert!(setting.check(description, mode).is_err(), "{} in {mode:?}", setting.name());
                    }
                    AbsentValue::Refused => {}
                }
            }
            assert_ne!(setting.default().for_mode(Mode::Sandbox), AbsentValue::Refused, "{}", setting.name());
        }
    }

    #[test]
    fn a_setting_is_declared_once() {
        let mut names: Vec<&str> = settings().map(AnySetting::name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn every_setting_that_is_read_is_documented() {
        let read = std::cell::RefCell::new(Vec::new());
        let examples = examples_of_production();
        let config = Config::read(|name| {
            read.borrow_mut().push(name.to_owned());
            examples.get(name).cloned()
        });
        assert!(config.is_ok());
        for name in read.into_inner() {
            assert!(settings().any(|setting| setting.name() == name), "{name}");
        }
    }
}

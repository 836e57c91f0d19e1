//! The station side of a network: address, keys, patience.

use std::time::Duration;

use secrecy::SecretString;

use super::Reader;
use crate::{
    config::{TankerConfig, origins::origin_of},
    station_link::tanker_push::FuelMap,
};

/// What the simulated station and the sandbox know each other by. Everybody may read it, so it is no secret.
const SANDBOX_API_KEY: &str = "sandbox-station-key";
const SANDBOX_CALLBACK_KEY: &str = "sandbox-callback-key";
/// Nobody guesses so much, at whatever speed.
const SHORTEST_CALLBACK_KEY: usize = 16;
/// Seconds; stations are silent after three hundred.
const LONGEST_FEED_PAUSE: u64 = 120;

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    /// `chosen`: the station side is what releases the pumps, so everything that it needs must be there.
    pub(super) fn tanker(&mut self, sandbox: bool, chosen: bool) -> TankerConfig {
        TankerConfig {
            url: self.tanker_url(sandbox, chosen),
            api_key: self.station_key("KOLONKA_TANKER_API_KEY", SANDBOX_API_KEY, sandbox, chosen),
            system_key: self.system_key(),
            callback_key: self.callback_key(sandbox, chosen),
            timeout: self.station_timeout(),
            fuels: self.fuels(),
            feed_pause: self.feed_pause(chosen),
            full_tank: self.full_tank(chosen),
        }
    }

    fn tanker_url(&mut self, sandbox: bool, chosen: bool) -> String {
        const NAME: &str = "KOLONKA_TANKER_URL";
        let given = self.given(NAME).map(|url| url.trim_end_matches('/').to_owned());
        match given.as_deref() {
            None if chosen => self.report(NAME, "is missing; KOLONKA_FORECOURT=tanker needs it".to_owned()),
            Some(url) if origin_of(url).is_none() || reqwest::Url::parse(url).is_err() => {
                self.report(NAME, format!("«{url}» is not an http or https address"));
            }
            Some(url) if url.contains(['?', '#']) => {
                self.report(NAME, "must have no query: the key has a setting of its own".to_owned());
            }
            Some(url) if !sandbox && url.starts_with("http://") => {
                self.report(NAME, "must be https in production: it carries the keys".to_owned());
            }
            _ => {}
        }
        given.unwrap_or_default()
    }

    /// A key between us and the station side. The sandbox has one for the simulated station.
    fn station_key(
        &mut self,
        variable: &'static str,
        demo: &str,
        sandbox: bool,
        chosen: bool,
    ) -> SecretString {
        match self.given(variable) {
            Some(key) if chosen && !sandbox && key == demo => {
                self.report(variable, "is the published demo value, which everybody knows".to_owned());
                key.into()
            }
            Some(key) => key.into(),
            None if sandbox => demo.to_owned().into(),
            None => {
                if chosen {
                    self.report(variable, "is missing; KOLONKA_FORECOURT=tanker needs it".to_owned());
                }
                String::new().into()
            }
        }
    }

    fn system_key(&mut self) -> Option<SecretString> {
        const NAME: &str = "KOLONKA_TANKER_SYSTEM_KEY";
        let key = self.given(NAME).filter(|key| key != "off")?;
        if !key.bytes().all(|b| b.is_ascii_graphic()) {
            self.report(NAME, "must be printable ASCII without spaces: it goes into a header".to_owned());
        }
        Some(key.into())
    }

    fn callback_key(&mut self, sandbox: bool, chosen: bool) -> SecretString {
        const NAME: &str = "KOLONKA_TANKER_CALLBACK_KEY";
        let short = self.given(NAME).is_some_and(|key| key.len() < SHORTEST_CALLBACK_KEY);
        if chosen && !sandbox && short {
            self.report(NAME, format!("is shorter than {SHORTEST_CALLBACK_KEY} characters"));
        }
        self.station_key(NAME, SANDBOX_CALLBACK_KEY, sandbox, chosen)
    }

    fn fuels(&mut self) -> FuelMap {
        const NAME: &str = "KOLONKA_TANKER_FUELS";
        FuelMap::parse(&self.text(NAME, "")).unwrap_or_else(|problem| {
            self.report(NAME, problem);
            FuelMap::default()
        })
    }

    /// Below [`LONGEST_FEED_PAUSE`]: one lost answer must not make all stations silent.
    fn feed_pause(&mut self, chosen: bool) -> Option<Duration> {
        const NAME: &str = "KOLONKA_TANKER_FEED_S";
        let text = self.text(NAME, if chosen { "60" } else { "off" });
        if text == "off" {
            return None;
        }
        let seconds = text.parse().ok().filter(|seconds| (10..=LONGEST_FEED_PAUSE).contains(seconds));
        if seconds.is_none() {
            self.report(NAME, format!("«{text}» is neither off nor between 10 and {LONGEST_FEED_PAUSE}"));
        }
        seconds.map(Duration::from_secs)
    }

    /// The simulated station knows it; of a network it must be said.
    fn full_tank(&mut self, chosen: bool) -> bool {
        let default = if chosen { "off" } else { "on" };
        self.choice("KOLONKA_TANKER_FULL_TANK", default, &[("on", true), ("off", false)]).unwrap_or(false)
    }

    fn station_timeout(&mut self) -> Duration {
        const NAME: &str = "KOLONKA_TANKER_TIMEOUT_S";
        let seconds = self.parsed(NAME, "10", "is not a whole number of seconds").unwrap_or(10);
        if !(1..=30).contains(&seconds) {
            self.report(NAME, format!("{seconds} is not between 1 and 30"));
        }
        Duration::from_secs(seconds)
    }
}

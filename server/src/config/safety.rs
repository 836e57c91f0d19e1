//! What of a configuration is safe, and what not, and why: for `kolonka check`.
//!
//! What is certainly wrong stops the start and is not here. These are choices that a network may have good reasons for.

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::Config;
use crate::{settings::parse::check_strength, station_link::settings::StationLinkKind};

/// A choice that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyNote {
    /// The settings that make the choice.
    pub settings: &'static str,
    pub is_safe: bool,
    /// What it means, as a sentence without a full stop.
    pub text: String,
}

impl Config {
    /// Looks at every choice that money, pumps or personal data hang on.
    #[must_use]
    pub fn safety_notes(&self) -> Vec<SafetyNote> {
        let mut notes = vec![self.listening(), self.proxies(), self.limits(), self.starts(), self.reserves()];
        notes.extend(self.keys_of_others());
        notes.extend((self.station_link.kind == StationLinkKind::Tanker).then(|| self.station_callers()));
        notes.push(note(
            "KOLONKA_MODE",
            !cfg!(feature = "sandbox"),
            "the program holds no emulators",
            "the program holds the emulators, which one wrong KOLONKA_MODE would switch on: build it without them",
        ));
        notes
    }

    fn listening(&self) -> SafetyNote {
        note(
            "KOLONKA_ADDR",
            self.addr.ip().is_loopback(),
            "reached by this machine alone, so by its proxy",
            "other machines reach the program past the proxy, without TLS: let only the proxy in",
        )
    }

    fn proxies(&self) -> SafetyNote {
        note(
            "KOLONKA_TRUSTED_PROXIES",
            !self.trusted_proxies.is_empty() && !self.trusted_proxies.iter().any(is_wide),
            "limits count by the client's address, as these proxies name it",
            "no proxy is trusted, so that all customers behind one share a limit, or a network is so wide that others in it may name any address",
        )
    }

    fn limits(&self) -> SafetyNote {
        note(
            "KOLONKA_LIMITS",
            self.limits.are_all_on(),
            "one client can use up neither orders, nor streams, nor guesses of codes",
            "a limit is off: one client may use up what others need, or try any number of keys and codes",
        )
    }

    fn starts(&self) -> SafetyNote {
        note(
            "KOLONKA_START",
            !self.start.by_payment,
            "a pump is released by whoever stands at it",
            "the payment releases the pump: somebody else may take the fuel wherever another can stand there",
        )
    }

    fn reserves(&self) -> SafetyNote {
        note(
            "INVOICEBOX_RELEASE_ON_HOLD",
            !self.invoicebox.release_on_hold,
            "fuel flows for money that has been taken",
            "fuel flows for money that is only reserved, and may not be taken in the end",
        )
    }

    fn station_callers(&self) -> SafetyNote {
        note(
            "KOLONKA_TANKER_FROM",
            !self.station_link.tanker.from.is_empty() && !self.station_link.tanker.from.iter().any(is_wide),
            "the station server's calls are taken from its networks alone",
            "the station server's calls are taken from everywhere: whoever learns its key may end orders",
        )
    }

    /// Keys that somebody gave us cannot be refused, but they may be weak.
    fn keys_of_others(&self) -> Vec<SafetyNote> {
        let tanker = &self.station_link.tanker;
        let is_linked = self.station_link.kind == StationLinkKind::Tanker;
        let mut keys: Vec<(&'static str, &SecretString)> = vec![
            ("INVOICEBOX_API_TOKEN", &self.invoicebox.api_token),
            ("INVOICEBOX_NOTIFICATION_KEY", &self.invoicebox.notification_key),
        ];
        keys.extend(self.invoicebox.merchant_keys.iter().map(|key| ("INVOICEBOX_MERCHANT_KEYS", &key.key)));
        keys.extend(is_linked.then_some(("KOLONKA_TANKER_API_KEY", &tanker.api_key)));
        let system_key = tanker.system_key.as_ref().filter(|_| is_linked);
        keys.extend(system_key.map(|key| ("KOLONKA_TANKER_SYSTEM_KEY", key)));
        let to_note = |(settings, key): (&'static str, &SecretString)| {
            let strength = check_strength(key.expose_secret());
            let text = match &strength {
                Ok(()) => "nobody guesses it".to_owned(),
                Err(problem) => format!("{problem}, so it may be guessed: ask for a better one"),
            };
            SafetyNote { settings, is_safe: strength.is_ok(), text }
        };
        keys.into_iter().map(to_note).collect()
    }
}

/// Whether a network has so many addresses that it names nobody.
fn is_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 16,
    }
}

fn note(settings: &'static str, is_safe: bool, safe: &str, unsafe_: &str) -> SafetyNote {
    SafetyNote { settings, is_safe, text: if is_safe { safe } else { unsafe_ }.to_owned() }
}

//! Parsers that several settings share. Their `Err` is what is wrong with a value.

use std::{fmt::Display, net::IpAddr, ops::RangeInclusive, str::FromStr};

use ipnet::IpNet;
use secrecy::SecretString;
use url::{Host, Url};

use super::Mode;

/// Shortest secret in production: nobody guesses so many characters, at whatever speed.
pub const MIN_SECRET_CHARS: usize = 16;

/// Parses one of several words.
///
/// # Errors
/// The text is none of them.
pub fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        format!("«{text}» is not one of {}", names.join(", "))
    })
}

/// Parses `on` or `off`.
///
/// # Errors
/// The text is neither.
pub fn switch(text: &str) -> Result<bool, String> {
    choice(text, &[("on", true), ("off", false)])
}

/// Parses a whole number of a range; `unit` names what is counted.
///
/// # Errors
/// The text is no whole number, or the number is outside the range.
pub fn number<T: FromStr + PartialOrd + Display>(
    text: &str,
    unit: &str,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    let number: T = text.parse().map_err(|_| format!("«{text}» is not a whole number of {unit}"))?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(format!("must be from {} to {}", range.start(), range.end()))
    }
}

/// Parses an http or https address; returns it without its trailing slashes.
///
/// # Errors
/// The text is no such address.
pub fn url(text: &str) -> Result<String, String> {
    if origin_of(text).is_none() || Url::parse(text).is_err() {
        return Err(format!("«{text}» is not an http or https address"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Parses the address of a site: [`secure_url`] that is nothing but scheme, host and port.
///
/// # Errors
/// As [`secure_url`], or the address has a path, a query or a fragment.
pub fn site_url(text: &str, mode: Mode, reason: &str) -> Result<String, String> {
    let url = secure_url(text, mode, reason)?;
    if origin_of(&url).is_some_and(|origin| origin == url) {
        return Ok(url);
    }
    Err("must be scheme, host and port alone, without a path or a query".to_owned())
}

/// Parses an address that production allows by https only; `reason` says why.
///
/// # Errors
/// The text is no such address, or its scheme is http in production.
pub fn secure_url(text: &str, mode: Mode, reason: &str) -> Result<String, String> {
    let url = url(text)?;
    if mode.is_production() && url.starts_with("http://") {
        return Err(format!("must be https in production: {reason}"));
    }
    Ok(url)
}

/// Reads a secret of one's own choice. Words by which operators leave settings out are refused: they were meant as no
/// secret, and everybody would guess them.
///
/// # Errors
/// The text is such a word.
pub fn chosen_secret(text: &str) -> Result<SecretString, String> {
    if ["off", "none"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Err(format!("«{text}» is not a secret"));
    }
    Ok(text.into())
}

/// Reads a secret that somebody gave us. Production refuses the one that these documents publish.
///
/// # Errors
/// The text is the published secret, in production, or a word that is no secret.
pub fn secret(text: &str, mode: Mode, published: &str) -> Result<SecretString, String> {
    if mode.is_production() && text == published {
        return Err("is the published demo value, which everybody knows".to_owned());
    }
    chosen_secret(text)
}

/// Reads a secret by which others prove who they are: production refuses one that can be guessed.
///
/// # Errors
/// The text is the published secret or shorter than [`MIN_SECRET_CHARS`], in production, or a word that is no secret.
pub fn signing_secret(text: &str, mode: Mode, published: &str) -> Result<SecretString, String> {
    let secret = secret(text, mode, published)?;
    if mode.is_production() {
        check_strength(text)?;
    }
    Ok(secret)
}

/// Checks that nobody guesses a secret.
///
/// # Errors
/// The text is shorter than [`MIN_SECRET_CHARS`], or one character repeated.
pub fn check_strength(text: &str) -> Result<(), String> {
    if text.chars().count() < MIN_SECRET_CHARS {
        return Err(format!("is shorter than {MIN_SECRET_CHARS} characters"));
    }
    let first = text.chars().next();
    if text.chars().all(|character| Some(character) == first) {
        return Err("is one character repeated".to_owned());
    }
    Ok(())
}

/// Parses networks, separated by spaces or commas; a single address is a network of one.
///
/// # Errors
/// A part is neither an address nor a network, or means every address.
pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
    let network = |part: &str| {
        let network = part.parse().or_else(|_| part.parse().map(|address: IpAddr| IpNet::from(address)));
        network.map_err(|_| format!("«{part}» is neither an address nor a network such as 10.0.0.0/8"))
    };
    let networks: Vec<IpNet> = parts.map(network).collect::<Result<_, _>>()?;
    if networks.iter().any(|network| network.prefix_len() == 0) {
        return Err("names all addresses there are: it must say whose word counts".to_owned());
    }
    if networks.is_empty() { Err("names no network".to_owned()) } else { Ok(networks) }
}

/// Whether an address leads to this machine alone.
#[must_use]
pub fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Checks that a text can be sent as the value of an HTTP header.
///
/// # Errors
/// The text has characters other than printable ASCII, or spaces.
pub fn header_value(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must be printable ASCII without spaces: it goes into a header".to_owned())
    }
}

/// Returns scheme, host and port of an address: `https://azs.example.ru`.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('@'))
        .then(|| format!("{scheme}://{host}"))
}

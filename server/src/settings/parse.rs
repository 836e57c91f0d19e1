//! Parsers that several settings share. Their `Err` is what is wrong with a value.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use secrecy::SecretString;

use super::Mode;

/// Nobody guesses so much, at whatever speed.
pub const MIN_SECRET_CHARS: usize = 16;

/// One of several words.
///
/// # Errors
/// It is none of them.
pub fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        format!("«{text}» is not one of {}", names.join(", "))
    })
}

/// `on` or `off`.
///
/// # Errors
/// It is neither.
pub fn switch(text: &str) -> Result<bool, String> {
    choice(text, &[("on", true), ("off", false)])
}

/// A whole number of a range; `unit` names what is counted.
///
/// # Errors
/// It is no number, or outside.
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

/// An http or https address, without its trailing slashes.
///
/// # Errors
/// It is not one.
pub fn url(text: &str) -> Result<String, String> {
    if origin_of(text).is_none() || reqwest::Url::parse(text).is_err() {
        return Err(format!("«{text}» is not an http or https address"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// An address that production allows by https only; `reason` says why.
///
/// # Errors
/// It is no address, or http in production.
pub fn secure_url(text: &str, mode: Mode, reason: &str) -> Result<String, String> {
    let url = url(text)?;
    if mode.is_production() && url.starts_with("http://") {
        return Err(format!("must be https in production: {reason}"));
    }
    Ok(url)
}

/// A secret of one's own choice. Words by which operators leave settings out are none: such a secret was meant as no
/// secret, and everybody would guess it.
///
/// # Errors
/// It is such a word.
pub fn chosen_secret(text: &str) -> Result<SecretString, String> {
    if ["off", "none"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Err(format!("«{text}» is not a secret"));
    }
    Ok(text.into())
}

/// A secret that somebody gave us. Production refuses the one that these documents publish.
///
/// # Errors
/// It is published, or no secret.
pub fn secret(text: &str, mode: Mode, published: &str) -> Result<SecretString, String> {
    if mode.is_production() && text == published {
        return Err("is the published demo value, which everybody knows".to_owned());
    }
    chosen_secret(text)
}

/// A secret that proves others to us: production refuses one that can be guessed.
///
/// # Errors
/// It is published, too short, or no secret.
pub fn proving_secret(text: &str, mode: Mode, published: &str) -> Result<SecretString, String> {
    let secret = secret(text, mode, published)?;
    if mode.is_production() && text.len() < MIN_SECRET_CHARS {
        return Err(format!("is shorter than {MIN_SECRET_CHARS} characters"));
    }
    Ok(secret)
}

/// Text that can be sent as the value of an HTTP header.
///
/// # Errors
/// It holds something else than printable ASCII without spaces.
pub fn header_value(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must be printable ASCII without spaces: it goes into a header".to_owned())
    }
}

/// Scheme, host and port of an address: `https://azs.example.ru`.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('@'))
        .then(|| format!("{scheme}://{host}"))
}

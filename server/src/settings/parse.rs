//! Parsers that several settings share. Their `Err` is what is wrong with a value.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use secrecy::SecretString;

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
    if origin_of(text).is_none() || reqwest::Url::parse(text).is_err() {
        return Err(format!("«{text}» is not an http or https address"));
    }
    Ok(text.trim_end_matches('/').to_owned())
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
    if mode.is_production() && text.len() < MIN_SECRET_CHARS {
        return Err(format!("is shorter than {MIN_SECRET_CHARS} characters"));
    }
    Ok(secret)
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

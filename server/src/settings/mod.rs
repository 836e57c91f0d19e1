//! A setting described once: name, default by mode, unit, example, help and parser.
//!
//! This is the mechanism. The settings themselves are declared beside what they configure: in `config`, and in the
//! module of the station link. `config::documents` lists all of them.

pub mod parse;
mod reader;

use std::{any::TypeId, fmt};

use secrecy::SecretString;

pub use reader::{PUBLISHED_PROBLEM, SettingsReader};

/// Sandbox or production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Invoicebox, the station and the host are emulated inside this process.
    Sandbox,
    /// No emulator is reachable, and missing credentials stop the start.
    Production,
}

impl Mode {
    #[must_use]
    pub fn is_production(self) -> bool {
        self == Self::Production
    }
}

/// An environment variable that Kolonka reads.
pub struct Setting<T> {
    pub name: &'static str,
    pub default: DefaultValue,
    /// Unit of a number.
    pub unit: Option<&'static str>,
    pub help: &'static str,
    /// A value that production accepts.
    pub example: &'static str,
    /// Parses a value, which is trimmed and neither empty nor [`OFF`] where that leaves the setting out. `Err` is what
    /// is wrong with it, without the value of a secret.
    pub parse: fn(&str, Mode) -> Result<T, String>,
}

/// Value with which an operator leaves an optional setting out.
pub const OFF: &str = "off";

/// Value of a setting whose variable is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultValue {
    sandbox: AbsentValue,
    production: AbsentValue,
}

/// Value, in one mode, of a setting whose variable is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentValue {
    /// This value, read like a given one.
    Value(&'static str),
    /// No value, which may also be written as [`OFF`]; with a note, or empty.
    Off(&'static str),
    /// No value, which cannot be written either; with a description of what holds instead.
    Unset(&'static str),
    /// The start is stopped.
    Refused,
}

impl DefaultValue {
    /// The default that is this value in both modes.
    #[must_use]
    pub const fn value(value: &'static str) -> Self {
        Self::per_mode(AbsentValue::Value(value), AbsentValue::Value(value))
    }

    /// The default that is left out in both modes; `note` may be empty.
    #[must_use]
    pub const fn off(note: &'static str) -> Self {
        Self::per_mode(AbsentValue::Off(note), AbsentValue::Off(note))
    }

    /// The default without a value in either mode; `meaning` is what holds instead.
    #[must_use]
    pub const fn unset(meaning: &'static str) -> Self {
        Self::per_mode(AbsentValue::Unset(meaning), AbsentValue::Unset(meaning))
    }

    #[must_use]
    pub const fn per_mode(sandbox: AbsentValue, production: AbsentValue) -> Self {
        Self { sandbox, production }
    }

    #[must_use]
    pub const fn for_mode(&self, mode: Mode) -> AbsentValue {
        match mode {
            Mode::Sandbox => self.sandbox,
            Mode::Production => self.production,
        }
    }

    /// Whether the setting may be left out by writing [`OFF`]. In every mode, if in any: the word means the same
    /// everywhere.
    #[must_use]
    pub const fn can_be_off(&self) -> bool {
        matches!(self.sandbox, AbsentValue::Off(_)) || matches!(self.production, AbsentValue::Off(_))
    }
}

impl fmt::Display for AbsentValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Off("") => write!(f, "{OFF}"),
            Self::Off(note) => write!(f, "{OFF}, {note}"),
            Self::Unset(meaning) => write!(f, "not set ({meaning})"),
            Self::Refused => write!(f, "required"),
        }
    }
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sandbox == self.production {
            write!(f, "{}", self.sandbox)
        } else {
            write!(f, "sandbox: {}; production: {}", self.sandbox, self.production)
        }
    }
}

/// A setting whatever the type of its value: what documents and checks need of it.
pub trait AnySetting: Sync {
    fn name(&self) -> &'static str;
    fn default(&self) -> DefaultValue;
    fn unit(&self) -> Option<&'static str>;
    fn help(&self) -> &'static str;
    fn example(&self) -> &'static str;
    /// Whether its value is a secret.
    fn is_secret(&self) -> bool;
    /// Checks that the setting accepts this value.
    ///
    /// # Errors
    /// A text that says what is wrong with the value.
    fn check(&self, value: &str, mode: Mode) -> Result<(), String>;
}

impl<T: 'static> AnySetting for Setting<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn default(&self) -> DefaultValue {
        self.default
    }

    fn unit(&self) -> Option<&'static str> {
        self.unit
    }

    fn help(&self) -> &'static str {
        self.help
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn is_secret(&self) -> bool {
        TypeId::of::<T>() == TypeId::of::<SecretString>()
    }

    fn check(&self, value: &str, mode: Mode) -> Result<(), String> {
        if value == OFF && self.default.can_be_off() {
            return Ok(());
        }
        (self.parse)(value, mode).map(drop)
    }
}

/// One line of the start-up check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The variable, or the file in which a line is wrong.
    pub variable: &'static str,
    /// What is wrong, without the value where the value is a secret.
    pub problem: String,
    pub example: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, for example {}", self.variable, self.problem, self.example)
    }
}

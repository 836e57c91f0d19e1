//! Reading of settings: every value is checked, and every problem is reported at once.

use super::{AbsentValue, AnySetting, Finding, Mode, OFF, Setting};

/// What is wrong with a secret that these documents show.
pub const PUBLISHED_PROBLEM: &str =
    "is the example of the documents, which everybody knows: make one of your own by openssl rand -hex 24";

/// A reader of the variables of a process in one mode, which collects findings.
pub struct SettingsReader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    mode: Mode,
    /// Secrets that everybody knows.
    published: Vec<&'static str>,
    findings: Vec<Finding>,
}

impl<'a> SettingsReader<'a> {
    /// `variable` returns a variable's value.
    #[must_use]
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>, mode: Mode) -> Self {
        Self { variable, mode, published: Vec::new(), findings: Vec::new() }
    }

    /// Refuses these as secrets.
    #[must_use]
    pub fn refusing(self, published: Vec<&'static str>) -> Self {
        Self { published, ..self }
    }

    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Reads the value of a setting, given or by default; `None` where it has none or is left out, and where it is
    /// wrong, which is reported.
    pub fn value<T: 'static>(&mut self, setting: &Setting<T>) -> Option<T> {
        let text = match (self.given(setting), setting.default.for_mode(self.mode)) {
            (Some(text), _) if text.is_empty() => {
                self.report(setting, "is empty; give it a value, or remove it");
                return None;
            }
            (Some(text), _) if is_left_out(setting, &text) => return None,
            (Some(text), _) if setting.is_secret() && self.is_published(&text) => {
                self.report(setting, PUBLISHED_PROBLEM);
                return None;
            }
            (Some(text), _) => text,
            (None, AbsentValue::Value(text)) => text.to_owned(),
            (None, AbsentValue::Off(_) | AbsentValue::Unset(_)) => return None,
            (None, AbsentValue::Refused) => {
                self.report(setting, "is missing; production needs it");
                return None;
            }
        };
        match (setting.parse)(&text, self.mode) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.report(setting, problem);
                None
            }
        }
    }

    /// Whether a value was given that does not leave the setting out, be it right or wrong.
    #[must_use]
    pub fn is_given(&self, setting: &dyn AnySetting) -> bool {
        self.given(setting).is_some_and(|text| !is_left_out(setting, &text))
    }

    /// Whether a secret is one that everybody knows.
    #[must_use]
    pub fn is_published(&self, text: &str) -> bool {
        self.published.contains(&text)
    }

    /// Reports a problem that only other settings show.
    pub fn report(&mut self, setting: &dyn AnySetting, problem: impl Into<String>) {
        self.findings.push(Finding {
            variable: setting.name(),
            problem: problem.into(),
            example: setting.example(),
        });
    }

    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// The value, which may be empty; `None` when it is missing.
    fn given(&self, setting: &dyn AnySetting) -> Option<String> {
        (self.variable)(setting.name()).map(|value| value.trim().to_owned())
    }
}

fn is_left_out(setting: &dyn AnySetting, text: &str) -> bool {
    text == OFF && setting.default().can_be_off()
}

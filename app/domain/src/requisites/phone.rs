//! Telephone numbers.

/// Digits with the country code and no plus, as Invoicebox wants them: `79990001122`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Accepts spaces, brackets, hyphens and a leading plus. A Russian number may start with 8 or lack its country
    /// code. The result has 11 to 15 digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 40 || text.chars().any(|c| !(c.is_ascii_digit() || " \u{a0}+-()".contains(c))) {
            return None;
        }
        let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let foreign = text.trim_start().starts_with('+');
        if !foreign && digits.len() == 11 && digits.starts_with('8') {
            digits.replace_range(..1, "7");
        } else if !foreign && digits.len() == 10 {
            digits.insert(0, '7');
        }
        (11..=15).contains(&digits.len()).then_some(Self(digits))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `+7 (999) 000-11-22`; other countries as `+` and digits.
    #[must_use]
    pub fn display(&self) -> String {
        let parts = (self.0.get(1..4), self.0.get(4..7), self.0.get(7..9), self.0.get(9..11));
        match parts {
            (Some(a), Some(b), Some(c), Some(d)) if self.0.len() == 11 && self.0.starts_with('7') => {
                format!("+7 ({a}) {b}-{c}-{d}")
            }
            _ => format!("+{}", self.0),
        }
    }
}

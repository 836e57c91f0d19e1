//! КПП, the code of the reason for registration.

/// `NNNN PP XXX`: four digits, two digits or Latin capitals, three digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpp(String);

impl Kpp {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 9
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 5 => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
                _ => byte.is_ascii_digit(),
            });
        fits.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

//! E-mail addresses.

/// An address that a receipt can be sent to: one `@`, a dot in the domain, no spaces, at most 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let (name, zone) = domain.rsplit_once('.')?;
        let fits = text.chars().count() <= 100
            && !local.is_empty()
            && !name.is_empty()
            && zone.chars().count() >= 2
            && !domain.contains('@')
            && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>,;\"\\".contains(c));
        fits.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

//! Origins and patterns of origins: who may frame us.

use std::fmt;

use url::{Host, Url};

/// `https://app.example.ru` or `https://*.example.ru`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern(String);

impl OriginPattern {
    /// Accepts a scheme, a host that may begin with `*.`, and an optional port; no path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://")?;
        let host = rest.strip_prefix("*.").unwrap_or(rest);
        let is_plain =
            host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
        let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        let fits = matches!(scheme, "http" | "https") && is_plain && (is_name || host.len() == rest.len());
        (fits && url.host().is_some()).then_some(Self(text))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether the pattern fits the domains of people who have nothing to do with each other: `https://*.ru`.
    #[must_use]
    pub fn is_of_everybody(&self) -> bool {
        let Some((_, domain)) = self.0.split_once("://*.") else { return false };
        let domain = domain.split(':').next().unwrap_or(domain);
        psl::domain(domain.as_bytes()).is_none()
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_nothing_that_ends_a_directive() {
        for good in [
            "https://*.invoicebox.ru",
            "http://127.0.0.1:3000",
            "https://[::1]:8443",
            "HTTPS://App.Example.RU/",
        ] {
            assert!(OriginPattern::parse(good).is_some(), "{good}");
        }
        for wrong in [
            "https://a.ru/x",
            "https://a.ru;script-src *",
            "https://",
            "https://*",
            "https://*.*.ru",
            "ftp://a.ru",
            "https://a.ru:port",
            "https://a:b@c.ru",
            "https://*.127.0.0.1",
            "a.ru",
        ] {
            assert!(OriginPattern::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_of_a_public_suffix_is_everybodys() {
        let is_of_everybody = |text| OriginPattern::parse(text).expect("a pattern").is_of_everybody();
        for (text, everybodys) in [
            ("https://*.ru", true),
            ("https://*.com.ru", true),
            ("https://*.github.io", true),
            ("https://*.example.ru", false),
            ("https://ru", false),
        ] {
            assert_eq!(is_of_everybody(text), everybodys, "{text}");
        }
    }
}

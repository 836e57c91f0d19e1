//! Origins and patterns of origins: who may frame us, and where customers pay.

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

    /// Whether an address is of this origin, or of one that the pattern fits: whole labels below it, by the same scheme and
    /// port.
    #[must_use]
    pub fn fits(&self, url: &Url) -> bool {
        let Some((scheme, rest)) = self.0.split_once("://") else { return false };
        let (base, is_wild) = match rest.strip_prefix("*.") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let Ok(own) = Url::parse(&format!("{scheme}://{base}")) else { return false };
        let (Some(own_host), Some(host)) = (own.host_str(), url.host_str()) else { return false };
        let is_below = host.strip_suffix(own_host).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'));
        url.scheme() == scheme
            && url.port_or_known_default() == own.port_or_known_default()
            && if is_wild { is_below } else { host == own_host }
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
    fn a_pattern_fits_whole_labels_of_the_same_scheme_and_port() {
        let fits = |pattern, url| {
            OriginPattern::parse(pattern).expect("a pattern").fits(&Url::parse(url).expect("a URL"))
        };
        for (pattern, url, is_fit) in [
            ("https://*.invoicebox.ru", "https://pay.invoicebox.ru/order/1", true),
            ("https://*.invoicebox.ru", "https://a.b.invoicebox.ru:443/", true),
            ("https://*.invoicebox.ru", "https://invoicebox.ru/", false),
            ("https://*.invoicebox.ru", "https://evilinvoicebox.ru/", false),
            ("https://*.invoicebox.ru", "https://pay.invoicebox.ru.evil.ru/", false),
            ("https://*.invoicebox.ru", "http://pay.invoicebox.ru/", false),
            ("https://*.invoicebox.ru", "https://pay.invoicebox.ru:8443/", false),
            ("https://*.invoicebox.ru", "https://pay.invoicebox.ru@evil.ru/", false),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/sandbox/pay/1", true),
        ] {
            assert_eq!(fits(pattern, url), is_fit, "{pattern} {url}");
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

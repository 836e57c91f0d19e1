//! Settings of the host bridge: who may frame us, and where a payer may be sent to pay.

use serde::{Deserialize, Serialize};

/// Settings of the host bridge, written into the page by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSettings {
    /// Origins that may frame and address us: `https://pay.example`, or `https://*.invoicebox.ru`
    /// for a domain and everything under it.
    pub allowed_origins: Vec<String>,
    /// Origins of payment pages, written alike. `http` counts only for loopback and our own origin.
    pub payment_origins: Vec<String>,
    /// Addresses of the network's own documents (agreement, rules of data processing), which are opened as they are.
    pub documents: Vec<String>,
    /// The host knows `checkout` (app with client alpha.22 or later). Hosts cannot be asked.
    pub checkout: bool,
}

impl HostSettings {
    /// Whether a window of this origin may address us.
    #[must_use]
    pub fn allows_host(&self, origin: &str) -> bool {
        Origin::from_url(origin).is_some_and(|origin| is_listed(&self.allowed_origins, &origin))
    }

    /// Whether a payer may be sent to this address. `own_origin` is the origin of our page.
    #[must_use]
    pub fn allows_payment(&self, url: &str, own_origin: &str) -> bool {
        Origin::from_url(url).is_some_and(|origin| {
            let secure = origin.scheme == "https" || origin.is_loopback() || is_own(&origin, own_origin);
            secure && is_listed(&self.payment_origins, &origin)
        })
    }

    /// Whether the host may be asked to open this address: an absolute one of our own origin, or a document.
    #[must_use]
    pub fn allows_link(&self, url: &str, own_origin: &str) -> bool {
        let own = Origin::from_url(url).is_some_and(|origin| is_own(&origin, own_origin));
        own || self.documents.iter().any(|document| document == url)
    }
}

fn is_own(origin: &Origin, own_origin: &str) -> bool {
    Origin::from_url(own_origin).as_ref() == Some(origin)
}

fn is_listed(patterns: &[String], origin: &Origin) -> bool {
    patterns.iter().any(|pattern| match pattern.split_once("://*.") {
        Some((scheme, domain)) => Origin::from_url(&format!("{scheme}://{domain}")).is_some_and(|domain| {
            domain.scheme == origin.scheme && domain.port == origin.port && origin.is_under(&domain)
        }),
        None => Origin::from_url(pattern).as_ref() == Some(origin),
    })
}

/// Scheme, host and port of an http(s) address, in lower case; the scheme's own port is left out.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Reads an absolute address strictly. What browsers would repair (user info, back slashes, blanks,
    /// control characters) is refused, since repairs are how an address slips past a list.
    fn from_url(url: &str) -> Option<Self> {
        if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (authority, None),
        };
        let scheme = scheme.to_ascii_lowercase();
        let own_port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
        let host = host.to_ascii_lowercase();
        (!host.is_empty() && host.chars().all(plain)).then(|| Self {
            scheme,
            host,
            port: port.filter(|port| *port != own_port),
        })
    }

    fn is_under(&self, domain: &Self) -> bool {
        self.host.strip_suffix(&domain.host).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host == "[::1]" || self.is_loopback_v4()
    }

    fn is_loopback_v4(&self) -> bool {
        self.host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::HostSettings;

    fn settings() -> HostSettings {
        HostSettings {
            allowed_origins: vec!["https://*.invoicebox.ru".into(), "http://127.0.0.1:3000".into()],
            payment_origins: vec![
                "https://*.invoicebox.ru".into(),
                "http://127.0.0.1:3000".into(),
                "http://10.0.0.5:3000".into(),
            ],
            documents: vec!["https://network.example/terms".into()],
            checkout: true,
        }
    }

    #[test]
    fn hosts_are_equal_to_or_under_a_listed_domain() {
        for origin in [
            "https://pay.invoicebox.ru",
            "https://invoicebox.ru",
            "https://a.b.invoicebox.ru",
            "http://127.0.0.1:3000",
        ] {
            assert!(settings().allows_host(origin), "{origin}");
        }
        for origin in [
            "http://pay.invoicebox.ru",
            "https://evilinvoicebox.ru",
            "https://invoicebox.ru.evil.example",
            "https://pay.invoicebox.ru:8443",
            "http://127.0.0.1:3001",
            "null",
            "",
        ] {
            assert!(!settings().allows_host(origin), "{origin}");
        }
    }

    #[test]
    fn payment_addresses_are_https_on_a_listed_host_or_local() {
        let own = "http://10.0.0.5:3000";
        for url in [
            "https://pay.invoicebox.ru/order/1?a=b#c",
            "HTTPS://PAY.INVOICEBOX.RU:443/order/1",
            "http://127.0.0.1:3000/sandbox/pay/1",
            "http://10.0.0.5:3000/sandbox/pay/1",
        ] {
            assert!(settings().allows_payment(url, own), "{url}");
        }
        assert!(!settings().allows_payment("http://10.0.0.5:3000/pay", "http://10.0.0.6:3000"));
        for url in [
            "http://pay.invoicebox.ru/order/1",
            "javascript:alert(1)",
            "data:text/html,x",
            "/orders/1",
            "//pay.invoicebox.ru/",
            "https://pay.invoicebox.ru@evil.example/",
            "https://evil.example\\@pay.invoicebox.ru/",
            "https://evil.example/https://pay.invoicebox.ru",
            "https://evil.example?.invoicebox.ru",
            "https://pay.invoicebox.ru\n.evil.example/",
            "",
        ] {
            assert!(!settings().allows_payment(url, own), "{url}");
        }
    }

    #[test]
    fn the_host_opens_our_own_absolute_addresses_and_the_documents() {
        let own = "https://azs.example";
        for url in ["https://azs.example/offer", "https://network.example/terms"] {
            assert!(settings().allows_link(url, own), "{url}");
        }
        for url in ["https://azs.example.org/offer", "/offer", "https://network.example/terms/2"] {
            assert!(!settings().allows_link(url, own), "{url}");
        }
    }
}

//! Where a payment link may lead: customers follow it with their money, from an answer, a button or a printed QR code.

use url::Url;

use crate::{
    config::OriginPattern,
    settings::{Mode, parse::is_loopback},
};

/// The origins of payment pages.
#[derive(Clone, Debug)]
pub struct PaymentOrigins {
    patterns: Vec<OriginPattern>,
    /// Emulators of a sandbox listen on this machine, at any port.
    allows_loopback: bool,
}

impl PaymentOrigins {
    #[must_use]
    pub fn new(patterns: Vec<OriginPattern>, mode: Mode) -> Self {
        Self { patterns, allows_loopback: mode == Mode::Sandbox }
    }

    /// Whether customers may be sent to this address.
    #[must_use]
    pub fn allow(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        // A name before the host is read as a host by people: https://pay.invoicebox.ru@example.com
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let is_known = || self.patterns.iter().any(|pattern| pattern.fits(&url));
        !has_credentials && (is_known() || (self.allows_loopback && is_loopback(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_link_leads_to_a_known_origin_or_nowhere() {
        let origins = |mode| {
            let pattern = OriginPattern::parse("https://*.invoicebox.ru").expect("a pattern");
            PaymentOrigins::new(vec![pattern], mode)
        };
        for (address, is_allowed) in [
            ("https://pay.invoicebox.ru/order/1", true),
            ("http://pay.invoicebox.ru/order/1", false),
            ("https://pay.invoicebox.ru@example.com/", false),
            ("https://user@pay.invoicebox.ru/", false),
            ("https://invoicebox.ru.example.com/", false),
            ("javascript:alert(1)", false),
            ("//pay.invoicebox.ru/1", false),
            ("", false),
        ] {
            assert_eq!(origins(Mode::Production).allow(address), is_allowed, "{address}");
        }
        for address in ["http://127.0.0.1:3000/sandbox/pay/1", "http://localhost:3000/"] {
            assert!(origins(Mode::Sandbox).allow(address), "{address}");
            assert!(!origins(Mode::Production).allow(address), "{address}");
        }
    }
}

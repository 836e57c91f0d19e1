//! Settings of the client: address, version, token, limits.

use std::time::Duration;

use secrecy::SecretString;

use super::limiter::Priority;

/// Settings of the client of Invoicebox.
#[derive(Clone, Debug)]
pub struct InvoiceboxClientSettings {
    /// Base address without a version: `https://api.invoicebox.ru`.
    pub api_url: String,
    pub version: ApiVersion,
    pub token: SecretString,
    /// Send petrol and diesel as item type 2, excisable goods without marking. Off by default: all recorded traffic
    /// says `commodity`, and the merchant's accountant has to confirm the other.
    pub excise_type: bool,
    /// Merchants with a notification key of their own: their notifications come to an address of their own.
    pub merchants_with_own_key: Vec<String>,
    pub limits: InvoiceboxLimits,
}

impl InvoiceboxClientSettings {
    /// Settings with the usual limits.
    #[must_use]
    pub fn new(api_url: impl Into<String>, version: ApiVersion, token: SecretString) -> Self {
        Self {
            api_url: api_url.into(),
            version,
            token,
            excise_type: false,
            merchants_with_own_key: Vec::new(),
            limits: InvoiceboxLimits::default(),
        }
    }
}

/// The billing behind the address. Same paths and bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// Merchants of app.invoicebox.ru.
    #[default]
    V3,
    /// Merchants of the older merchant office, business.invoicebox.ru.
    L3,
}

impl ApiVersion {
    /// The first segment of every path.
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::L3 => "l3",
        }
    }

    /// Reads [`ApiVersion::segment`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V3, Self::L3].into_iter().find(|version| version.segment() == text)
    }
}

/// Time limits and rate limit of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvoiceboxLimits {
    pub connect: Duration,
    /// For one read with all its repetitions.
    pub read: Duration,
    /// For one write, which is never repeated by itself.
    pub write: Duration,
    /// Longest wait of a call for a slot, after which it is given up unsent.
    pub queue: Duration,
    /// The same of the write that makes an invoice: its customer waits, and there is no better time for it later.
    pub invoice_queue: Duration,
    /// Requests allowed in any [`InvoiceboxLimits::window`]. Invoicebox allows an account a hundred in 30 s.
    pub requests: usize,
    pub window: Duration,
    /// Pause before a read's first repetition where the answer names none; doubled for the next.
    pub pause: Duration,
}

impl InvoiceboxLimits {
    /// How many invoices can be made within [`InvoiceboxLimits::invoice_queue`].
    #[must_use]
    pub fn invoice_capacity(&self) -> usize {
        let millis = |span: Duration| usize::try_from(span.as_millis()).unwrap_or(usize::MAX);
        let a_window = Priority::Create.share_of(self.requests);
        (a_window.saturating_mul(millis(self.invoice_queue)) / millis(self.window).max(1)).max(1)
    }
}

impl Default for InvoiceboxLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(12),
            write: Duration::from_secs(30),
            queue: Duration::from_secs(5),
            invoice_queue: Duration::from_secs(20),
            requests: 60,
            window: Duration::from_secs(30),
            pause: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_of_invoices_is_as_long_as_can_be_made_while_a_customer_waits() {
        let limits = |requests| InvoiceboxLimits { requests, ..InvoiceboxLimits::default() };
        // Five sixths of the budget, for two thirds of its window.
        assert_eq!([60, 6, 1].map(|requests| limits(requests).invoice_capacity()), [33, 3, 1]);
    }
}

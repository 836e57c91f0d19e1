//! The public address of the service, and addresses below it.

use std::sync::Arc;

use domain::id::OrderId;

/// The public address, without a trailing slash.
#[derive(Clone)]
pub struct PublicUrl(Arc<str>);

impl PublicUrl {
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.into())
    }

    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.split('/').take(3).collect::<Vec<_>>().join("/")
    }

    /// The pre-check of an order.
    #[must_use]
    pub fn precheck(&self, order: OrderId) -> String {
        format!("{}/api/erp/v1/orders/{order}/precheck", self.0)
    }

    /// The QR code of an order as a drawing.
    #[must_use]
    pub fn qr_svg(&self, order: OrderId) -> String {
        format!("{}/api/erp/v1/orders/{order}/qr.svg", self.0)
    }
}

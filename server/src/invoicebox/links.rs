//! The addresses that an order carries to Invoicebox.

use domain::id::OrderId;

/// Addresses for the payer's return and for notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    pub success: String,
    pub fail: String,
    /// «Вернуться в магазин».
    pub back: String,
    pub notification: String,
}

impl Links {
    /// Copies the links, with the merchant's own address for notifications.
    #[must_use]
    pub fn with_notification_path_of(&self, merchant_id: &str) -> Self {
        Self { notification: format!("{}/{merchant_id}", self.notification), ..self.clone() }
    }

    /// Builds the links of an order. All three ways back lead to its own page, which knows by itself how the payment
    /// went: the address a payer returns on proves nothing.
    #[must_use]
    pub fn new(public_url: &str, order: OrderId) -> Self {
        let base = public_url.trim_end_matches('/');
        let page = format!("{base}/orders/{order}");
        Self {
            success: page.clone(),
            fail: page.clone(),
            back: page,
            notification: format!("{base}/api/invoicebox/notifications"),
        }
    }
}

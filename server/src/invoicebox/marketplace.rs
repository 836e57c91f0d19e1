//! Shops of the marketplace: how customers of Invoicebox find a station.
//!
//! A shop is created by one call and described by another, which may be repeated. There is no call that lists or
//! removes shops, so a shop whose creation was not answered cannot be looked up.

use reqwest::Method;

use super::{InvoiceboxClient, errors::CallError, wire};

const SHOPS_PATH: &str = "/marketplace/api/shop";

pub use super::shop::{CreatedShop, MAX_SHOP_URL_CHARS, MAX_TITLE_CHARS, NewShop, ShopDescription, ShopKind};

impl ShopDescription {
    /// The body of the call, the same text for the same shop.
    #[must_use]
    pub fn body(&self) -> String {
        wire::shop::update(self).to_string()
    }
}

impl InvoiceboxClient {
    /// Creates a shop, once. After [`CallError::is_outcome_unknown`] there is no way to find out whether it exists.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn create_shop(&self, shop: &NewShop) -> Result<CreatedShop, CallError> {
        let reply = self.transport.write(Method::POST, SHOPS_PATH, Some(&wire::shop::create(shop))).await?;
        wire::shop::created(&reply.body)
            .ok_or_else(|| CallError::unusable(reply.status, "the created shop has no id"))
    }

    /// Describes a shop. May be repeated after any failure.
    ///
    /// # Errors
    /// See [`CallError`]; [`CallError::is_not_found`] when there is no such shop.
    pub async fn update_shop(&self, id: i64, shop: &ShopDescription) -> Result<(), CallError> {
        // A change is a POST there, too.
        let path = format!("{SHOPS_PATH}/{id}");
        self.transport.write(Method::POST, &path, Some(&wire::shop::update(shop))).await.map(|_| ())
    }
}

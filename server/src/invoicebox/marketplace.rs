//! Shops of the marketplace: how customers of Invoicebox find a station.
//!
//! A shop is made by one call and described by another, which may be repeated. There is no call that lists or removes
//! shops, so a shop whose making was not answered cannot be looked up.

use reqwest::Method;

use super::{InvoiceboxClient, errors::CallError, wire};

const SHOPS: &str = "/marketplace/api/shop";

pub use super::shop::{CreatedShop, NewShop, SHOP_URL, ShopCard, ShopKind, TITLE};

impl ShopCard {
    /// The body of the call, the same text for the same card.
    #[must_use]
    pub fn body(&self) -> String {
        wire::shop::update(self).to_string()
    }
}

impl InvoiceboxClient {
    /// Makes a shop, once. After [`CallError::outcome_unknown`] nobody can tell whether it exists.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn create_shop(&self, shop: &NewShop) -> Result<CreatedShop, CallError> {
        let reply = self.transport.write(Method::POST, SHOPS, Some(&wire::shop::create(shop))).await?;
        wire::shop::created(&reply.body)
            .ok_or_else(|| CallError::unusable(reply.status, "the created shop has no id"))
    }

    /// Describes a shop. May be repeated after any failure.
    ///
    /// # Errors
    /// See [`CallError`]; [`CallError::is_not_found`] when there is no such shop.
    pub async fn update_shop(&self, id: i64, card: &ShopCard) -> Result<(), CallError> {
        // A change is a POST there, too.
        let path = format!("{SHOPS}/{id}");
        self.transport.write(Method::POST, &path, Some(&wire::shop::update(card))).await.map(|_| ())
    }
}

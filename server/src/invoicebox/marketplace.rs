//! Shops of the marketplace: how customers of Invoicebox find a station.
//!
//! A shop is made by one call and described by another, which may be repeated. There is no call that lists or removes
//! shops, so a shop whose making was not answered cannot be looked up.

use domain::geo::Point;
use reqwest::Method;
use secrecy::SecretString;

use super::{Client, errors::CallError, wire};

const SHOPS: &str = "/marketplace/api/shop";

/// Characters of a title.
pub const TITLE: usize = 50;
/// Characters of the address that a shop opens.
pub const SHOP_URL: usize = 64;

/// What a shop is made of. The title cannot be changed later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    /// At most [`TITLE`] characters.
    pub title: String,
    pub merchant_id: String,
    /// The brand it belongs to, itself a shop.
    pub brand_id: Option<i64>,
}

/// What is told of a shop. Telling the same again changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopCard {
    pub kind: ShopKind,
    /// At most 2000 characters; longer ones are cut.
    pub description: String,
    /// What it opens, at most [`SHOP_URL`] characters.
    pub url: String,
    pub merchant_id: String,
    /// At most 200 characters; longer ones are cut.
    pub address: Option<String>,
    pub point: Option<Point>,
    pub brand_id: Option<i64>,
}

/// What a shop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopKind {
    /// Has an address: a station.
    Offline,
    /// Holds shops together: a network.
    Brand,
}

/// A shop that was made.
#[derive(Clone, Debug)]
pub struct CreatedShop {
    pub id: i64,
    /// Theirs; opens the shop to whoever has it, and is never told again.
    pub token: Option<SecretString>,
}

impl ShopCard {
    /// The body of the call, the same text for the same card.
    #[must_use]
    pub fn body(&self) -> String {
        wire::shop::update(self).to_string()
    }
}

impl Client {
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

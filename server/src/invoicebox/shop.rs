//! Shops of the marketplace as plain values.

use domain::geo::Point;
use secrecy::SecretString;

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

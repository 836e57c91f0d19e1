//! Shops of the marketplace as plain values.

use domain::geo::Point;
use secrecy::SecretString;

/// Longest title of a shop, in characters.
pub const MAX_TITLE_CHARS: usize = 50;
/// Longest address that a shop opens, in characters.
pub const MAX_SHOP_URL_CHARS: usize = 64;

/// Body of the call that creates a shop. The title cannot be changed later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    /// At most [`MAX_TITLE_CHARS`] characters.
    pub title: String,
    pub merchant_id: String,
    /// The brand it belongs to, itself a shop.
    pub brand_id: Option<i64>,
}

/// Description of a shop. Sending the same again changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopDescription {
    pub kind: ShopKind,
    /// At most 2000 characters; longer ones are cut.
    pub description: String,
    /// The address that it opens, at most [`MAX_SHOP_URL_CHARS`] characters.
    pub url: String,
    pub merchant_id: String,
    /// At most 200 characters; longer ones are cut.
    pub address: Option<String>,
    pub point: Option<Point>,
    pub brand_id: Option<i64>,
}

/// Kinds of shops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopKind {
    /// Has an address: a station.
    Offline,
    /// Holds shops together: a network.
    Brand,
}

/// A shop that was created.
#[derive(Clone, Debug)]
pub struct CreatedShop {
    pub id: i64,
    /// Theirs; opens the shop to whoever has it, and is sent only once.
    pub token: Option<SecretString>,
}

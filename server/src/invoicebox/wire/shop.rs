//! Shops of the marketplace.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::value::text;
use crate::invoicebox::shop::{CreatedShop, NewShop, ShopCard, ShopKind};

const DESCRIPTION: usize = 2000;
const ADDRESS: usize = 200;

/// Body of «create».
pub fn create(shop: &NewShop) -> Value {
    let mut body = json!({ "title": shop.title, "merchantId": shop.merchant_id });
    if let Some(brand) = shop.brand_id {
        body["brandId"] = brand.into();
    }
    body
}

/// Body of «update».
pub fn update(card: &ShopCard) -> Value {
    let kind = match card.kind {
        ShopKind::Offline => "offline",
        ShopKind::Brand => "brand",
    };
    let mut body = json!({
        "type": kind,
        "description": head(&card.description, DESCRIPTION),
        "shopUrl": card.url,
        "merchantId": card.merchant_id,
    });
    if let Some(address) = &card.address {
        body["registrationAddress"] = head(address, ADDRESS).into();
    }
    if let Some(point) = card.point {
        body["lat"] = json!(point.lat);
        body["lon"] = json!(point.lon);
    }
    if let Some(brand) = card.brand_id {
        body["brandId"] = brand.into();
    }
    body
}

/// The answer of «create»; `None` without a number.
pub fn created(body: &Value) -> Option<CreatedShop> {
    let shop = body.get("data")?;
    let id = text(shop, "id")?.parse().ok()?;
    Some(CreatedShop { id, token: text(shop, "token").map(SecretString::from) })
}

fn head(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

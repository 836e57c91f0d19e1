//! Shops of the marketplace.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::value::{text, truncate_chars};
use crate::invoicebox::shop::{CreatedShop, NewShop, ShopDescription, ShopKind};

const MAX_DESCRIPTION_CHARS: usize = 2000;
const MAX_ADDRESS_CHARS: usize = 200;

/// Body of «create».
pub fn create(shop: &NewShop) -> Value {
    let mut body = json!({ "title": shop.title, "merchantId": shop.merchant_id });
    if let Some(brand) = shop.brand_id {
        body["brandId"] = brand.into();
    }
    body
}

/// Body of «update».
pub fn update(shop: &ShopDescription) -> Value {
    let kind = match shop.kind {
        ShopKind::Offline => "offline",
        ShopKind::Brand => "brand",
    };
    let mut body = json!({
        "type": kind,
        "description": truncate_chars(&shop.description, MAX_DESCRIPTION_CHARS),
        "shopUrl": shop.url,
        "merchantId": shop.merchant_id,
    });
    if let Some(address) = &shop.address {
        body["registrationAddress"] = truncate_chars(address, MAX_ADDRESS_CHARS).into();
    }
    if let Some(point) = shop.point {
        body["lat"] = json!(point.lat);
        body["lon"] = json!(point.lon);
    }
    if let Some(brand) = shop.brand_id {
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

//! The marketplace: shops are created and changed, but neither listed nor removed, as with the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::wire::{self, ApiRefusal, JsonObject};

/// Shops kept at once; more are refused, so that memory is bounded.
const MAX_SHOPS: usize = 100_000;
/// Number of the first shop.
const FIRST_SHOP_ID: i64 = 4711;

/// All shops of the marketplace, by number.
#[derive(Debug, Default)]
pub struct Shops {
    shops: BTreeMap<i64, Shop>,
}

/// One shop.
#[derive(Debug)]
pub struct Shop {
    /// Id of the account that created it.
    owner: String,
    token: String,
    pub properties: JsonObject,
}

impl Shops {
    /// Inserts a shop of an account; `None` when there are too many.
    pub fn insert(&mut self, owner: String, properties: JsonObject) -> Option<i64> {
        if self.shops.len() >= MAX_SHOPS {
            return None;
        }
        let id = self.shops.last_key_value().map_or(FIRST_SHOP_ID, |(last, _)| last + 1);
        let token = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        self.shops.insert(id, Shop { owner, token, properties });
        Some(id)
    }

    /// A shop of this account.
    ///
    /// # Errors
    /// 404 for an unknown shop, 403 for one of another account.
    pub fn own(&mut self, owner: &str, id: i64) -> Result<&mut Shop, ApiRefusal> {
        let shop = self.shops.get_mut(&id).ok_or_else(ApiRefusal::not_found)?;
        if shop.owner == owner { Ok(shop) } else { Err(ApiRefusal::forbidden()) }
    }

    /// Checks the brand that a request names: a shop of that type, and of the same account.
    ///
    /// # Errors
    /// `validation` if no shop of the account has this number and is a brand.
    pub fn check_brand(&self, owner: &str, request: &JsonObject) -> Result<(), ApiRefusal> {
        let Some(id) = request.get("brandId").and_then(Value::as_i64) else { return Ok(()) };
        let is_brand = |shop: &Shop| shop.properties.get("type").is_some_and(|kind| kind == "brand");
        match self.shops.get(&id) {
            Some(shop) if shop.owner == owner && is_brand(shop) => Ok(()),
            _ => Err(ApiRefusal::field("validation", "Brand not found", "brandId")),
        }
    }

    /// All shops without their tokens, for the control call.
    pub fn json(&self) -> Value {
        self.shops.iter().map(|(id, shop)| shop.shown(*id)).collect()
    }
}

impl Shop {
    fn shown(&self, id: i64) -> Value {
        let mut shop = self.properties.clone();
        shop.insert("id".to_owned(), json!(id));
        Value::Object(shop)
    }

    /// The service's answer to the owner of the shop.
    pub fn answer(&self, id: i64) -> Value {
        let mut answer = self.shown(id);
        answer["token"] = json!(self.token);
        wire::single(answer)
    }
}

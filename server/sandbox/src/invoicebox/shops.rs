//! The marketplace: shops are made and changed; nobody can list or remove them, as with the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::wire::{self, Object, Refusal};

/// Shops kept at once; more are refused, so that memory is bounded.
const MAX_SHOPS: usize = 100_000;
/// The first number that is given.
const FIRST_SHOP_ID: i64 = 4711;

/// Everything in the marketplace, by number.
#[derive(Debug, Default)]
pub struct Shops {
    shops: BTreeMap<i64, Shop>,
}

/// One shop.
#[derive(Debug)]
pub struct Shop {
    /// The account that made it.
    owner: String,
    token: String,
    pub properties: Object,
}

impl Shops {
    /// A new shop of an account; `None` when there are too many.
    pub fn insert(&mut self, owner: String, properties: Object) -> Option<i64> {
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
    /// 404 for an unknown one, 403 for a shop of somebody else.
    pub fn own(&mut self, owner: &str, id: i64) -> Result<&mut Shop, Refusal> {
        let shop = self.shops.get_mut(&id).ok_or_else(Refusal::not_found)?;
        if shop.owner == owner { Ok(shop) } else { Err(Refusal::forbidden()) }
    }

    /// Checks the brand that a request names: a shop of that type, and of the same account.
    ///
    /// # Errors
    /// `validation`.
    pub fn check_brand(&self, owner: &str, request: &Object) -> Result<(), Refusal> {
        let Some(id) = request.get("brandId").and_then(Value::as_i64) else { return Ok(()) };
        let is_brand = |shop: &Shop| shop.properties.get("type").is_some_and(|kind| kind == "brand");
        match self.shops.get(&id) {
            Some(shop) if shop.owner == owner && is_brand(shop) => Ok(()),
            _ => Err(Refusal::field("validation", "Brand not found", "brandId")),
        }
    }

    /// What everybody may see, by number; for those who watch the emulator.
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

    /// The shop as the service answers with it to its owner.
    pub fn answer(&self, id: i64) -> Value {
        let mut answer = self.shown(id);
        answer["token"] = json!(self.token);
        wire::single(answer)
    }
}

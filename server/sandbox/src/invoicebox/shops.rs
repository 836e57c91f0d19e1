//! The marketplace: shops are made and changed; nobody can list or remove them, as with the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::InvoiceboxSandbox;
use super::auth::Account;
use super::validate::{self, Kind, Rule, may, must};
use super::wire::{self, Object, Refusal};

/// Shops kept at once; more are refused, so that memory is bounded.
const MAX_SHOPS: usize = 100_000;
/// The first number that is given.
const FIRST: i64 = 4711;

/// Body of the call that opens a shop in the marketplace.
const SHOP_CREATE: &[Rule] = &[
    must("title", Kind::Text(50)),
    may("description", Kind::Text(2000)),
    may("brandId", Kind::Integer),
    may("merchantId", Kind::Id),
    may("externalUpdate", Kind::Bool),
    may("accountProgramIds", Kind::Names),
];

/// Body of the call that changes a shop; its title stays as it is.
const SHOP_UPDATE: &[Rule] = &[
    may("description", Kind::Text(2000)),
    may("shopUrl", Kind::Text(64)),
    may("minOrderSum", Kind::Amount),
    may("notificationEmail", Kind::Text(500)),
    may("yandexMetrikaId", Kind::Integer),
    may("jivositeId", Kind::Text(500)),
    may("deliveryInfo", Kind::Text(1000)),
    may("type", Kind::OneOf(&["shop", "marketplace", "external", "offline", "brand"])),
    may("registrationAddress", Kind::Text(200)),
    may("lat", Kind::Degrees(90)),
    may("lon", Kind::Degrees(180)),
    may("brandId", Kind::Integer),
    may("merchantId", Kind::Id),
    may("externalUpdate", Kind::Bool),
    may("accountProgramIds", Kind::Names),
];

/// Everything in the marketplace, by number.
#[derive(Debug, Default)]
pub struct Shops {
    shops: BTreeMap<i64, Shop>,
}

#[derive(Debug)]
struct Shop {
    /// The account that made it.
    owner: String,
    token: String,
    properties: Object,
}

impl Shops {
    fn insert(&mut self, owner: String, properties: Object) -> Option<i64> {
        if self.shops.len() >= MAX_SHOPS {
            return None;
        }
        let id = self.shops.last_key_value().map_or(FIRST, |(last, _)| last + 1);
        let token = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        self.shops.insert(id, Shop { owner, token, properties });
        Some(id)
    }

    fn own(&mut self, owner: &str, id: i64) -> Result<&mut Shop, Refusal> {
        let shop = self.shops.get_mut(&id).ok_or_else(Refusal::not_found)?;
        if shop.owner == owner { Ok(shop) } else { Err(Refusal::forbidden()) }
    }

    /// A brand is a shop of that type, and of the same account.
    fn check_brand(&self, owner: &str, request: &Object) -> Result<(), Refusal> {
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

    fn answer(&self, id: i64) -> Value {
        let mut answer = self.shown(id);
        answer["token"] = json!(self.token);
        wire::single(answer)
    }
}

impl InvoiceboxSandbox {
    pub(super) fn create_shop(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
        let mut shop = checked(SHOP_CREATE, account, body)?;
        let mut state = self.state();
        state.shops.check_brand(&account.user_id, &shop)?;
        shop.insert("type".to_owned(), json!("shop"));
        let id = state
            .shops
            .insert(account.user_id.clone(), shop)
            .ok_or_else(|| Refusal::field("validation", "Too many shops", "title"))?;
        let shop = state.shops.own(&account.user_id, id)?;
        shop.properties.insert("alias".to_owned(), json!(format!("shop-{id}")));
        let url = format!("https://shop.invoicebox.ru/{id}");
        shop.properties.entry("shopUrl").or_insert_with(|| json!(url));
        Ok(shop.answer(id))
    }

    pub(super) fn update_shop(&self, account: &Account, id: &str, body: &Object) -> Result<Value, Refusal> {
        let id = id.parse().map_err(|_| Refusal::not_found())?;
        let mut state = self.state();
        state.shops.own(&account.user_id, id)?;
        let changes = checked(SHOP_UPDATE, account, body)?;
        state.shops.check_brand(&account.user_id, &changes)?;
        let shop = state.shops.own(&account.user_id, id)?;
        shop.properties.extend(changes);
        Ok(shop.answer(id))
    }
}

fn checked(rules: &[Rule], account: &Account, body: &Object) -> Result<Object, Refusal> {
    let request = validate::check(rules, body).map_err(Refusal::validation)?;
    if let Some(merchant_id) = request.get("merchantId").and_then(Value::as_str) {
        account.require(merchant_id)?;
    } else if request.get("externalUpdate") == Some(&Value::Bool(true)) {
        return Err(Refusal::field("validation", "externalUpdate needs merchantId", "externalUpdate"));
    }
    Ok(request)
}

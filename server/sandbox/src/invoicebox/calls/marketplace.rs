//! The calls on shops and special offers.

use serde_json::{Value, json};

use crate::invoicebox::{
    auth::Account,
    emulator::InvoiceboxSandbox,
    validate::{self, FieldKind, FieldRule, may, must},
    wire::{self, Object, Refusal, text_of},
};

/// Body of the call that opens a shop in the marketplace.
const SHOP_CREATE: &[FieldRule] = &[
    must("title", FieldKind::Text(50)),
    may("description", FieldKind::Text(2000)),
    may("brandId", FieldKind::Integer),
    may("merchantId", FieldKind::Id),
    may("externalUpdate", FieldKind::Bool),
    may("accountProgramIds", FieldKind::Names),
];

/// Body of the call that changes a shop; its title stays as it is.
const SHOP_UPDATE: &[FieldRule] = &[
    may("description", FieldKind::Text(2000)),
    may("shopUrl", FieldKind::Text(64)),
    may("minOrderSum", FieldKind::Amount),
    may("notificationEmail", FieldKind::Text(500)),
    may("yandexMetrikaId", FieldKind::Integer),
    may("jivositeId", FieldKind::Text(500)),
    may("deliveryInfo", FieldKind::Text(1000)),
    may("type", FieldKind::OneOf(&["shop", "marketplace", "external", "offline", "brand"])),
    may("registrationAddress", FieldKind::Text(200)),
    may("lat", FieldKind::Degrees(90)),
    may("lon", FieldKind::Degrees(180)),
    may("brandId", FieldKind::Integer),
    may("merchantId", FieldKind::Id),
    may("externalUpdate", FieldKind::Bool),
    may("accountProgramIds", FieldKind::Names),
];

impl InvoiceboxSandbox {
    pub(crate) fn create_shop(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
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

    pub(crate) fn update_shop(&self, account: &Account, id: &str, body: &Object) -> Result<Value, Refusal> {
        let id = id.parse().map_err(|_| Refusal::not_found())?;
        let mut state = self.state();
        state.shops.own(&account.user_id, id)?;
        let changes = checked(SHOP_UPDATE, account, body)?;
        state.shops.check_brand(&account.user_id, &changes)?;
        let shop = state.shops.own(&account.user_id, id)?;
        shop.properties.extend(changes);
        Ok(shop.answer(id))
    }

    /// Adds an offer, or changes the one under the same merchant and external id.
    pub(crate) fn offer(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
        let mut offer = validate::check(validate::OFFER, body).map_err(Refusal::validation)?;
        let merchant_id = text_of(&offer, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let (start, finish) = (text_of(&offer, "startAt"), text_of(&offer, "finishAt"));
        if wire::instant(&start) > wire::instant(&finish) {
            return Err(Refusal::field("validation", "The offer ends before it begins.", "finishAt"));
        }
        let id = self.state().offers.upsert(merchant_id, text_of(&offer, "externalId"));
        offer.insert("id".to_owned(), json!(id));
        Ok(wire::single(Value::Object(offer)))
    }
}

fn checked(rules: &[FieldRule], account: &Account, body: &Object) -> Result<Object, Refusal> {
    let request = validate::check(rules, body).map_err(Refusal::validation)?;
    if let Some(merchant_id) = request.get("merchantId").and_then(Value::as_str) {
        account.require(merchant_id)?;
    } else if request.get("externalUpdate") == Some(&Value::Bool(true)) {
        return Err(Refusal::field("validation", "externalUpdate needs merchantId", "externalUpdate"));
    }
    Ok(request)
}

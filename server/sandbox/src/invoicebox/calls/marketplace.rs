//! The calls on shops and special offers.

use serde_json::{Value, json};

use crate::invoicebox::{
    auth::Account,
    emulator::InvoiceboxSandbox,
    validate::{self, FieldKind, FieldRule, optional, required},
    wire::{self, ApiRefusal, JsonObject, text_of},
};

/// Body of the call that opens a shop in the marketplace.
const SHOP_CREATE_FIELDS: &[FieldRule] = &[
    required("title", FieldKind::Text(50)),
    optional("description", FieldKind::Text(2000)),
    optional("brandId", FieldKind::Integer),
    optional("merchantId", FieldKind::Id),
    optional("externalUpdate", FieldKind::Bool),
    optional("accountProgramIds", FieldKind::Names),
];

/// Body of the call that changes a shop; its title stays as it is.
const SHOP_UPDATE_FIELDS: &[FieldRule] = &[
    optional("description", FieldKind::Text(2000)),
    optional("shopUrl", FieldKind::Text(64)),
    optional("minOrderSum", FieldKind::Amount),
    optional("notificationEmail", FieldKind::Text(500)),
    optional("yandexMetrikaId", FieldKind::Integer),
    optional("jivositeId", FieldKind::Text(500)),
    optional("deliveryInfo", FieldKind::Text(1000)),
    optional("type", FieldKind::OneOf(&["shop", "marketplace", "external", "offline", "brand"])),
    optional("registrationAddress", FieldKind::Text(200)),
    optional("lat", FieldKind::Degrees(90)),
    optional("lon", FieldKind::Degrees(180)),
    optional("brandId", FieldKind::Integer),
    optional("merchantId", FieldKind::Id),
    optional("externalUpdate", FieldKind::Bool),
    optional("accountProgramIds", FieldKind::Names),
];

impl InvoiceboxSandbox {
    pub(crate) fn create_shop(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let mut shop = checked(SHOP_CREATE_FIELDS, account, body)?;
        let mut state = self.state();
        state.shops.check_brand(&account.user_id, &shop)?;
        shop.insert("type".to_owned(), json!("shop"));
        let id = state
            .shops
            .insert(account.user_id.clone(), shop)
            .ok_or_else(|| ApiRefusal::field("validation", "Too many shops", "title"))?;
        let shop = state.shops.own(&account.user_id, id)?;
        shop.properties.insert("alias".to_owned(), json!(format!("shop-{id}")));
        let url = format!("https://shop.invoicebox.ru/{id}");
        shop.properties.entry("shopUrl").or_insert_with(|| json!(url));
        Ok(shop.answer(id))
    }

    pub(crate) fn update_shop(
        &self,
        account: &Account,
        id: &str,
        body: &JsonObject,
    ) -> Result<Value, ApiRefusal> {
        let id = id.parse().map_err(|_| ApiRefusal::not_found())?;
        let mut state = self.state();
        state.shops.own(&account.user_id, id)?;
        let changes = checked(SHOP_UPDATE_FIELDS, account, body)?;
        state.shops.check_brand(&account.user_id, &changes)?;
        let shop = state.shops.own(&account.user_id, id)?;
        shop.properties.extend(changes);
        Ok(shop.answer(id))
    }

    /// Adds an offer, or changes the one under the same merchant and external id.
    pub(crate) fn offer(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let mut offer = validate::check(validate::OFFER_FIELDS, body).map_err(ApiRefusal::validation)?;
        let merchant_id = text_of(&offer, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let (start, finish) = (text_of(&offer, "startAt"), text_of(&offer, "finishAt"));
        if wire::parse_timestamp(&start) > wire::parse_timestamp(&finish) {
            return Err(ApiRefusal::field("validation", "The offer ends before it begins.", "finishAt"));
        }
        let id = self.state().offers.upsert(merchant_id, text_of(&offer, "externalId"));
        offer.insert("id".to_owned(), json!(id));
        Ok(wire::single(Value::Object(offer)))
    }
}

fn checked(rules: &[FieldRule], account: &Account, body: &JsonObject) -> Result<JsonObject, ApiRefusal> {
    let request = validate::check(rules, body).map_err(ApiRefusal::validation)?;
    if let Some(merchant_id) = request.get("merchantId").and_then(Value::as_str) {
        account.require(merchant_id)?;
    } else if request.get("externalUpdate") == Some(&Value::Bool(true)) {
        return Err(ApiRefusal::field("validation", "externalUpdate needs merchantId", "externalUpdate"));
    }
    Ok(request)
}

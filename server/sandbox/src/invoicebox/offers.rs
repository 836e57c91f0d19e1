//! `POST marketplace/api/special-offer`: adds an offer, or changes the one under the same merchant and external id.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::auth::Account;
use super::orders::text;
use super::wire::{self, Object, Refusal};
use super::{InvoiceboxSandbox, validate};

/// Offers by merchant and external id.
#[derive(Debug, Default)]
pub struct Offers {
    ids: HashMap<(String, String), u64>,
}

impl Offers {
    fn upsert(&mut self, merchant_id: String, external_id: String) -> u64 {
        let next = self.ids.len() as u64 + 1;
        *self.ids.entry((merchant_id, external_id)).or_insert(next)
    }
}

impl InvoiceboxSandbox {
    pub(super) fn offer(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
        let mut offer = validate::check(validate::OFFER, body).map_err(Refusal::validation)?;
        let merchant_id = text(&offer, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let (start, finish) = (text(&offer, "startAt"), text(&offer, "finishAt"));
        if wire::instant(&start) > wire::instant(&finish) {
            return Err(Refusal::field("validation", "The offer ends before it begins.", "finishAt"));
        }
        let id = self.state().offers.upsert(merchant_id, text(&offer, "externalId"));
        offer.insert("id".to_owned(), json!(id));
        Ok(wire::single(Value::Object(offer)))
    }
}

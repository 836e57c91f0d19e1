//! Special offers of the marketplace.

use std::collections::HashMap;

/// Offers by merchant and external id.
#[derive(Debug, Default)]
pub struct Offers {
    ids: HashMap<(String, String), u64>,
}

impl Offers {
    /// The number of an offer, a new one unless the merchant has used this external id.
    pub fn upsert(&mut self, merchant_id: String, external_id: String) -> u64 {
        let next = self.ids.len() as u64 + 1;
        *self.ids.entry((merchant_id, external_id)).or_insert(next)
    }
}

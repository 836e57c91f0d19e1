//! The sku of a line as Invoicebox gets it.

use sha1::{Digest, Sha1};

/// Longest `sku` of a line; the schema allows 500, the vendor's own client keeps to this.
const MAX_SKU_CHARS: usize = 36;

/// The sku of a line there. Refunds match lines by it, so a digest keeps a shortened one unique.
#[must_use]
pub fn provider_sku(sku: &str) -> String {
    if sku.chars().count() <= MAX_SKU_CHARS {
        return sku.to_owned();
    }
    let digest = hex::encode(Sha1::digest(sku.as_bytes()));
    let cut = |text: &str, max_chars: usize| text.chars().take(max_chars).collect::<String>();
    format!("{}-{}", cut(sku, MAX_SKU_CHARS - 9), cut(&digest, 8))
}

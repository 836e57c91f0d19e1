//! The id of an order at the station server.

use domain::{id::OrderId, order::Order};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid, Variant, Version};

use crate::station_link::callbacks::StationOrderId;

/// Prefix of the hashed id, so that no other hash of the id is the same. Never changed: every station reference depends
/// on it.
const HASH_CONTEXT: &[u8] = b"kolonka: an order at the station side\0";

/// The id of an order at the station server: a UUID of its short number and of a hash of its secret id. The secret
/// itself opens the customer's page and stays with us: nobody finds it from the hash, nor guesses the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference(Uuid);

impl Reference {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self::new(order.number, order.id)
    }

    fn new(number: u32, id: OrderId) -> Self {
        let hash = Sha256::new_with_prefix(HASH_CONTEXT).chain_update(id.0.as_bytes()).finalize();
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(4);
        head.copy_from_slice(&number.to_be_bytes());
        tail.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
        // Well-formed for those who look: the version for contents of one's own.
        let uuid = Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::Custom);
        Self(uuid.into_uuid())
    }

    /// Reads any spelling of a UUID: with or without hyphens or braces, in capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text.trim()).ok().map(Self)
    }
}

impl StationOrderId for Reference {
    fn number(&self) -> u32 {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// Compares in constant time: a caller learns nothing of how near a guess was.
    fn belongs_to(&self, order: &Order) -> bool {
        self.0.as_bytes().ct_eq(Self::of(order).0.as_bytes()).into()
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_contains_the_number_and_hides_the_id() {
        let id = OrderId(Uuid::from_u128(0x0199_f0a1_5c3e_4d17_9b20_6a7f_1e2d_3c4b));
        let other = OrderId(Uuid::from_u128(0x0199_f0a1_5c3e_4d17_9b20_6a7f_1e2d_3c4c));
        let reference = Reference::new(10_451, id);
        assert_eq!(reference.number(), 10_451);
        assert_eq!(reference, Reference::new(10_451, id), "the same after a restart");
        assert_ne!(reference, Reference::new(10_451, other));
        assert!(!reference.to_string().contains("5c3e"));
        assert_eq!(reference.0.get_version(), Some(Version::Custom));
        for spelling in [
            reference.to_string(),
            reference.to_string().to_uppercase(),
            format!("{{{reference}}}"),
            reference.0.simple().to_string(),
        ] {
            assert_eq!(Reference::parse(&spelling), Some(reference), "{spelling}");
        }
        assert_eq!(Reference::parse("10451"), None);
    }
}

//! The id of an order's release at the station server.

use domain::{id::OrderId, order::Order};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid, Variant, Version};

use crate::station_link::callbacks::StationOrderId;

/// Prefix of the hashed id, so that no other hash of the id is the same. Never changed: every station reference depends
/// on it.
const HASH_CONTEXT: &[u8] = b"kolonka: an order at the station side\0";

/// The number of an order's first release.
const FIRST_RELEASE: u32 = 1;

/// The id of a release at the station server: a UUID of the order's short number and of a hash of its secret id and the
/// release's number. The secret
/// itself opens the customer's page and stays with us: nobody finds it from the hash, nor guesses the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference(Uuid);

impl Reference {
    /// The id of the order's release with this number.
    #[must_use]
    pub fn of(order: &Order, release: u32) -> Self {
        Self::new(order.number, order.id, release)
    }

    fn new(number: u32, id: OrderId, release: u32) -> Self {
        let hash = Sha256::new_with_prefix(HASH_CONTEXT).chain_update(id.0.as_bytes());
        // The first one is the id that orders had before they could be released again.
        let hash = if release > FIRST_RELEASE { hash.chain_update(release.to_be_bytes()) } else { hash };
        let hash = hash.finalize();
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

    /// Compares each in constant time: a caller learns nothing of how near a guess was. An order that was never released
    /// has the id of its first release: a report about it must not be lost.
    fn release_of(&self, order: &Order) -> Option<u32> {
        let last = order.releases.last().map_or(FIRST_RELEASE, |release| release.number);
        let is_it =
            |release: &u32| bool::from(self.0.as_bytes().ct_eq(Self::of(order, *release).0.as_bytes()));
        (FIRST_RELEASE..=last).find(is_it)
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
        let reference = Reference::new(10_451, id, 1);
        assert_eq!(reference.number(), 10_451);
        assert_eq!(reference, Reference::new(10_451, id, 1), "the same after a restart");
        assert_ne!(reference, Reference::new(10_451, other, 1));
        assert_ne!(reference, Reference::new(10_451, id, 2), "each release has its own");
        assert_eq!(reference.to_string(), "000028d3-d8ca-87c3-aa78-509fa5dcf709", "stations have it");
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

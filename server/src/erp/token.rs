//! The bearer token of the back office, and how many wrong ones an address may send.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

/// Wrong tokens that an address may send within [`FAILURE_WINDOW`].
const MAX_FAILURES: u32 = 10;
const FAILURE_WINDOW: Duration = Duration::from_secs(60);
/// Addresses remembered at once; beyond it the oldest are forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// The token's SHA-256: comparing digests takes the same time whatever was sent, of whatever length.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    #[must_use]
    pub fn new(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret()).into())
    }

    #[must_use]
    pub fn is(&self, candidate: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }

    /// Identifies the token under which a session was opened; of a token this long the digest gives nothing away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

/// Wrong tokens by address.
#[derive(Default)]
pub struct WrongTokens {
    slots: Mutex<HashMap<IpAddr, Slot>>,
}

struct Slot {
    count: u32,
    since: OffsetDateTime,
}

impl WrongTokens {
    /// Seconds until this address may try again; `None` when it may now.
    #[must_use]
    pub fn retry_after_s(&self, address: IpAddr, now: OffsetDateTime) -> Option<u64> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get(&network_of(address)).filter(|slot| slot.count >= MAX_FAILURES)?;
        let left = slot.since + FAILURE_WINDOW - now;
        left.is_positive().then(|| left.whole_seconds().unsigned_abs().max(1))
    }

    /// Counts a wrong token.
    pub fn record(&self, address: IpAddr, now: OffsetDateTime) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_ADDRESSES {
            slots.retain(|_, slot| slot.since + FAILURE_WINDOW > now);
        }
        if slots.len() >= MAX_ADDRESSES {
            slots.clear();
        }
        let slot = slots.entry(network_of(address)).or_insert(Slot { count: 0, since: now });
        if slot.since + FAILURE_WINDOW <= now {
            *slot = Slot { count: 0, since: now };
        }
        slot.count = slot.count.saturating_add(1);
    }
}

/// One caller has a whole /64 of IPv6 addresses.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

//! The bearer token of the back office, and the limit on wrong ones from an address.

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
const MAX_WRONG_TOKENS: u32 = 10;
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

    /// Whether `candidate` is the token.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }

    /// Identifies the token under which a session was opened; of a token this long the digest gives nothing away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

/// Counts of wrong tokens by address.
#[derive(Default)]
pub struct WrongTokens {
    failures: Mutex<HashMap<IpAddr, FailureCount>>,
}

struct FailureCount {
    count: u32,
    since: OffsetDateTime,
}

impl FailureCount {
    /// Whether its window has passed. One that begins in the future was opened before the clock was set back.
    fn is_over(&self, now: OffsetDateTime) -> bool {
        self.since + FAILURE_WINDOW <= now || self.since > now
    }
}

impl WrongTokens {
    /// Seconds until this address may try again; `None` when it may now.
    #[must_use]
    pub fn retry_after_s(&self, address: IpAddr, now: OffsetDateTime) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failure =
            failures.get(&network_of(address)).filter(|failure| failure.count >= MAX_WRONG_TOKENS)?;
        let left = failure.since + FAILURE_WINDOW - now;
        (!failure.is_over(now)).then(|| left.whole_seconds().unsigned_abs().max(1))
    }

    /// Counts a wrong token.
    pub fn record(&self, address: IpAddr, now: OffsetDateTime) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_ADDRESSES {
            failures.retain(|_, failure| !failure.is_over(now));
        }
        if failures.len() >= MAX_ADDRESSES {
            failures.clear();
        }
        let failure = failures.entry(network_of(address)).or_insert(FailureCount { count: 0, since: now });
        if failure.is_over(now) {
            *failure = FailureCount { count: 0, since: now };
        }
        failure.count = failure.count.saturating_add(1);
    }
}

/// The network that counts as one caller: a whole /64 of IPv6 addresses.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn wrong_tokens_are_forgotten_after_their_window_and_when_the_clock_is_set_back() {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let at = |seconds| OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds);
        let wrong = WrongTokens::default();
        for _ in 0..MAX_WRONG_TOKENS {
            wrong.record(address, at(90_000));
        }
        assert_eq!(wrong.retry_after_s(address, at(90_010)), Some(50));
        assert_eq!(wrong.retry_after_s(address, at(90_060)), None);
        assert_eq!(wrong.retry_after_s(address, at(3_600)), None);
        wrong.record(address, at(3_600));
        assert_eq!(wrong.retry_after_s(address, at(3_600)), None, "it counts from the first again");
    }
}

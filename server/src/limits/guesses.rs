//! The limit on wrong tokens, keys and codes from an address, whatever door they are tried at.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::refusal::RequestError;
use time::OffsetDateTime;

use super::{ClientAddress, Rate};
use crate::{clock::Clock, log_sampling::LogSampler};

/// Addresses remembered at once; beyond it the oldest are forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// Counts of wrong tokens, keys and codes by address.
pub struct Guesses {
    failures: Mutex<HashMap<IpAddr, FailureCount>>,
    clock: Clock,
    /// Wrong ones that an address may send within its span; `None`: any number.
    limit: Option<Rate>,
    /// Many addresses together can send any number.
    log: LogSampler,
}

struct FailureCount {
    count: u32,
    since: OffsetDateTime,
}

impl FailureCount {
    /// Whether its window has passed. One that begins in the future was opened before the clock was set back.
    fn is_over(&self, window: Duration, now: OffsetDateTime) -> bool {
        self.since + window <= now || self.since > now
    }
}

impl Guesses {
    #[must_use]
    pub fn new(limit: Option<Rate>, clock: Clock) -> Self {
        Self { failures: Mutex::default(), clock, limit, log: LogSampler::default() }
    }

    /// Counts a wrong one, logs it, and returns the answer to it; beyond the limit nothing is counted or logged any more.
    /// `door` is what it was tried at.
    pub fn refuse(&self, client: ClientAddress, door: &'static str) -> RequestError {
        if let Some(retry_after_s) = self.retry_after_s(client) {
            return RequestError::RateLimited { retry_after_s };
        }
        self.record(client);
        if let Some(left_out) = self.log.turn() {
            tracing::warn!(client = %client.ip(), door, left_out, "a wrong token, key or code");
        }
        RequestError::Unauthorized
    }

    /// As [`Guesses::refuse`], for a caller whose address is not one of those that may call.
    pub fn refuse_network(&self, client: ClientAddress, door: &'static str) -> RequestError {
        match self.refuse(client, door) {
            RequestError::Unauthorized => RequestError::ForeignNetwork,
            limited => limited,
        }
    }

    /// Seconds until this address may try again; `None` when it may now.
    #[must_use]
    pub fn retry_after_s(&self, client: ClientAddress) -> Option<u64> {
        let (limit, now) = (self.limit?, self.clock.now());
        let failures = self.failures();
        let failure = failures.get(&client.network()).filter(|failure| failure.count >= limit.count)?;
        let left = failure.since + limit.span - now;
        (!failure.is_over(limit.span, now)).then(|| left.whole_seconds().unsigned_abs().max(1))
    }

    /// Counts a wrong one.
    fn record(&self, client: ClientAddress) {
        let Some(Rate { span, .. }) = self.limit else { return };
        let now = self.clock.now();
        let mut failures = self.failures();
        if failures.len() >= MAX_ADDRESSES {
            failures.retain(|_, failure| !failure.is_over(span, now));
        }
        if failures.len() >= MAX_ADDRESSES {
            failures.clear();
        }
        let failure = failures.entry(client.network()).or_insert(FailureCount { count: 0, since: now });
        if failure.is_over(span, now) {
            *failure = FailureCount { count: 0, since: now };
        }
        failure.count = failure.count.saturating_add(1);
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<IpAddr, FailureCount>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn wrong_ones_are_forgotten_after_their_window_and_when_the_clock_is_set_back() {
        let client = ClientAddress::new(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let (clock, window) = (Clock::system(), Duration::from_secs(60));
        let guesses = Guesses::new(Some(Rate { count: 10, span: window }), clock.clone());
        for _ in 0..10 {
            assert_eq!(guesses.refuse(client, "test"), RequestError::Unauthorized);
        }
        let retry_after_s = guesses.retry_after_s(client).expect("a pause");
        assert!((50..=60).contains(&retry_after_s), "{retry_after_s}");
        assert_eq!(guesses.refuse(client, "test"), RequestError::RateLimited { retry_after_s });
        clock.advance(window);
        assert_eq!(guesses.retry_after_s(client), None);
        let ahead = FailureCount { count: 10, since: clock.now() + window * 9 };
        assert!(ahead.is_over(window, clock.now()), "written before the clock was set back");
    }
}

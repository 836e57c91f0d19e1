//! Counts requests by client: so many may come at once, and as many again over the span.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use super::{ClientAddress, Rate};

/// The limit of one kind of request; without rates nothing is limited.
pub struct Rates {
    limiters: Vec<DefaultKeyedRateLimiter<IpAddr>>,
    clock: DefaultClock,
}

impl Rates {
    #[must_use]
    pub fn new(rates: &[Rate]) -> Self {
        let quota = |rate: &Rate| {
            let count = NonZeroU32::new(rate.count)?;
            Some(Quota::with_period(rate.span / rate.count)?.allow_burst(count))
        };
        let limiters = rates.iter().filter_map(quota).map(RateLimiter::keyed).collect();
        Self { limiters, clock: DefaultClock::default() }
    }

    /// Counts a request of this client. `Err`: it is one too many; with the seconds after which another may come.
    ///
    /// # Errors
    /// As said.
    pub fn count(&self, client: ClientAddress) -> Result<(), u64> {
        for limiter in &self.limiters {
            if let Err(not_until) = limiter.check_key(&client.network()) {
                let wait: Duration = not_until.wait_time_from(self.clock.now());
                return Err(wait.as_secs() + 1);
            }
        }
        Ok(())
    }

    /// Forgets clients that have not come for as long as they would have to wait.
    pub fn forget_absent(&self) {
        for limiter in &self.limiters {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_whole_number_may_come_at_once_and_each_client_has_its_own() {
        let rates = Rates::new(&[Rate { count: 3, span: Duration::from_secs(3600) }]);
        let client = |last| ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)));
        for _ in 0..3 {
            assert_eq!(rates.count(client(1)), Ok(()));
        }
        let wait = rates.count(client(1)).expect_err("one too many");
        assert!((1100..=1201).contains(&wait), "{wait}");
        assert_eq!(rates.count(client(2)), Ok(()));
        rates.forget_absent();
        assert!(rates.count(client(1)).is_err(), "whoever has to wait is not forgotten");
        let unlimited = Rates::new(&[]);
        assert!((0..10_000).all(|_| unlimited.count(client(1)).is_ok()));
    }
}

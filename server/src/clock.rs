//! The time. This module is the only one that reads the machine's clock.
//!
//! Everything else is handed a [`Clock`], so that a test or the sandbox's control page can move time
//! without waiting for it. A machine's clock that steps away is not followed at once: see [`Clock::compare`].

mod steady;

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::watch, time::Instant};

pub use steady::{ReferenceTimes, RemoteTime};

use steady::SteadyTime;

/// Largest difference between the times of two instances. A stored time that is further ahead than anybody sets it was
/// written before a clock was set back, and is void.
pub const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(60);

/// Wall time, held steady and optionally moved forward. Cheap to clone; clones move together.
#[derive(Clone, Debug)]
pub struct Clock {
    offset: watch::Sender<Duration>,
    steady: Arc<SteadyTime>,
}

impl Clock {
    /// A clock that shows the machine's time until somebody calls [`Clock::advance`].
    #[must_use]
    pub fn system() -> Self {
        Self { offset: watch::Sender::new(Duration::ZERO), steady: Arc::new(SteadyTime::start()) }
    }

    /// Business time: the current instant, in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.wall() + *self.offset.borrow()
    }

    /// Wall time: the present instant, never advanced. For times of work under way, such as leases.
    #[must_use]
    pub fn wall(&self) -> OffsetDateTime {
        self.steady.now()
    }

    /// What the machine's clock shows, right or wrong.
    #[must_use]
    pub fn machine_time(&self) -> OffsetDateTime {
        self.steady.machine()
    }

    /// The time by the monotonic clock since the last [`Clock::compare`] or the start.
    #[must_use]
    pub fn held_time(&self) -> OffsetDateTime {
        self.steady.held()
    }

    /// Compares the machine's clock with others. Of three the two that agree are right; where there is only the
    /// database's, that one, which all instances share. Without any, a step of the machine's clock is followed when it has
    /// stayed for ten minutes.
    pub fn compare(&self, references: ReferenceTimes) {
        self.steady.compare(references);
    }

    /// Makes the machine's clock wrong, for this clock and its clones. For tests: it may be ahead, behind and set right
    /// again, which [`Clock::advance`] cannot do.
    pub fn set_machine_error(&self, error: time::Duration) {
        self.steady.set_machine_error(error);
    }

    /// Moves this clock and all its clones forward. Sleepers whose time has come wake at once.
    pub fn advance(&self, by: Duration) {
        self.offset.send_modify(|offset| *offset += by);
    }

    /// Waits until [`Clock::now`] reaches `at`, also when it is moved there.
    pub async fn sleep_until(&self, at: OffsetDateTime) {
        let mut moved = self.offset.subscribe();
        loop {
            let left = at - self.now();
            let Ok(left) = Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }

    /// Waits for a span, less what this clock is moved forward meanwhile. Measured on the monotonic clock: should the
    /// machine's clock be set back, nobody sleeps for longer.
    pub async fn sleep(&self, span: Duration) {
        let mut moved = self.offset.subscribe();
        let (begun, offset) = (Instant::now(), *self.offset.borrow());
        loop {
            let passed = begun.elapsed() + self.offset.borrow().saturating_sub(offset);
            let left = span.saturating_sub(passed);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

/// Milliseconds since 1970, the stored form of a time.
#[must_use]
pub fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of so many milliseconds since 1970.
#[must_use]
pub fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// In paused time spans pass, and the machine's clock does not move: as if it were set back all the time.
    #[tokio::test(start_paused = true)]
    async fn a_span_passes_though_the_machine_s_clock_is_set_back() {
        let begun = Instant::now();
        timeout(2 * HOUR, Clock::system().sleep(HOUR)).await.expect("an hour has passed");
        assert!(begun.elapsed() >= HOUR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_moved_shortens_a_sleep_by_as_much() {
        let (clock, begun) = (Clock::system(), Instant::now());
        let mover = clock.clone();
        let moved = async {
            tokio::time::sleep(HOUR / 4).await;
            mover.advance(HOUR / 2);
        };
        let ((), ()) = tokio::join!(clock.sleep(HOUR), moved);
        let elapsed = begun.elapsed();
        assert!(elapsed >= HOUR / 2 && elapsed < HOUR, "{elapsed:?}");
    }
}

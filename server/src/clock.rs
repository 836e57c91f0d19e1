//! The only place that reads the machine's time.
//!
//! Everything else is handed a [`Clock`], so that a test or the sandbox's control page can move time
//! without waiting for it.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;

/// Wall time, optionally moved forward. Cheap to clone; clones move together.
#[derive(Clone, Debug)]
pub struct Clock {
    offset: watch::Sender<Duration>,
}

impl Clock {
    /// A clock that shows the machine's time until somebody calls [`Clock::advance`].
    #[must_use]
    pub fn system() -> Self {
        Self { offset: watch::Sender::new(Duration::ZERO) }
    }

    /// The current instant, in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + *self.offset.borrow()
    }

    /// The machine's instant, never moved. For what measures work under way, such as leases, not business.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    pub fn wall(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
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

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

/// Milliseconds since 1970, as moments are stored.
#[must_use]
pub fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The moment of so many milliseconds since 1970.
#[must_use]
pub fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

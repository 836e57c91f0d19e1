//! The time of the emulators. The program that runs them supplies it, so that theirs and the product's move together.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;

/// Business time that can be moved forward.
#[async_trait]
pub trait SandboxClock: Send + Sync {
    /// The current instant, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Moves the time forward. Sleepers whose time has come wake at once.
    fn advance(&self, by: Duration);

    /// Waits until [`SandboxClock::now`] reaches `at`, also when it is moved there.
    async fn sleep_until(&self, at: OffsetDateTime);

    /// Waits for a span of this clock's time.
    async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

/// A clock that several emulators share.
pub type SharedClock = Arc<dyn SandboxClock>;

/// The clock of the unit tests: moves on demand only, so that nothing becomes due on a slow machine.
#[cfg(test)]
pub(crate) struct TestClock(tokio::sync::watch::Sender<OffsetDateTime>);

#[cfg(test)]
impl TestClock {
    #[expect(clippy::disallowed_methods, reason = "a clock must ask")]
    pub(crate) fn shared() -> SharedClock {
        Arc::new(Self(tokio::sync::watch::Sender::new(OffsetDateTime::now_utc())))
    }
}

#[cfg(test)]
#[async_trait]
impl SandboxClock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.borrow()
    }

    fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }

    async fn sleep_until(&self, at: OffsetDateTime) {
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.0.subscribe().wait_for(|now| *now >= at).await;
    }
}

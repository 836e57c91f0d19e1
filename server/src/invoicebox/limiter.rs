//! Keeps us below the limits of Invoicebox: requests in any window, requests at once.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// Reads under way at once.
const MAX_CONCURRENT_READS: usize = 3;
/// Writes under way at once. One order never has two under way (its caller sees to that), but a write may take half a
/// minute, and customers of other stations must not wait behind it.
const MAX_CONCURRENT_WRITES: usize = 4;

/// One part in so many of the window is reserved for writes.
const WRITE_RESERVE_DIVISOR: usize = 3;

/// Whether a call changes anything there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Read,
    Write,
}

/// The rate limit of all calls under a token.
#[derive(Debug)]
pub struct Limiter {
    reads: Semaphore,
    writes: Semaphore,
    requests: usize,
    window: Duration,
    state: Mutex<LimiterState>,
}

#[derive(Debug, Default)]
struct LimiterState {
    /// Times of sending of the requests of the last window, oldest first.
    sent: VecDeque<Instant>,
    /// No request is sent before this instant, since they asked for a pause.
    paused_until: Option<Instant>,
}

impl Limiter {
    pub fn new(requests: usize, window: Duration) -> Self {
        Self {
            reads: Semaphore::new(MAX_CONCURRENT_READS),
            writes: Semaphore::new(MAX_CONCURRENT_WRITES),
            requests: requests.max(1),
            window,
            state: Mutex::default(),
        }
    }

    /// Waits for a slot, which is free again when the permit is dropped.
    pub async fn acquire_slot(&self, kind: CallKind) -> Option<SemaphorePermit<'_>> {
        let slots = match kind {
            CallKind::Read => &self.reads,
            CallKind::Write => &self.writes,
        };
        slots.acquire().await.ok()
    }

    /// Waits until one more request may be sent, and counts it.
    pub async fn wait_for_window(&self, kind: CallKind) {
        while let Some(wait) = self.wait_or_count(kind) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Stops all requests for this long; never shortens a longer pause.
    pub fn pause_all(&self, span: Duration) {
        let until = Instant::now() + span;
        let mut state = self.state();
        state.paused_until = state.paused_until.max(Some(until));
    }

    fn wait_or_count(&self, kind: CallKind) -> Option<Duration> {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Some(until - now);
        }
        while state.sent.front().is_some_and(|sent| now.duration_since(*sent) >= self.window) {
            state.sent.pop_front();
        }
        let limit = match kind {
            CallKind::Write => self.requests,
            // However much is asked, a customer's order still gets through.
            CallKind::Read => self.requests - self.requests / WRITE_RESERVE_DIVISOR,
        };
        // The request after whose end of the window the count is below the limit.
        let blocking = state.sent.len().checked_sub(limit).and_then(|index| state.sent.get(index));
        match blocking {
            Some(sent) => Some(*sent + self.window - now),
            None => {
                state.sent.push_back(now);
                None
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_window_is_full_until_its_oldest_request_has_left_it() {
        let limiter = Limiter::new(2, Duration::from_secs(30));
        assert_eq!(limiter.wait_or_count(CallKind::Write), None);
        assert_eq!(limiter.wait_or_count(CallKind::Write), None);
        assert_eq!(limiter.wait_or_count(CallKind::Write), Some(Duration::from_secs(30)));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(limiter.wait_or_count(CallKind::Write), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_kept_and_never_shortened() {
        let limiter = Limiter::new(60, Duration::from_secs(30));
        limiter.pause_all(Duration::from_secs(50));
        limiter.pause_all(Duration::from_secs(1));
        assert_eq!(limiter.wait_or_count(CallKind::Read), Some(Duration::from_secs(50)));
    }

    #[tokio::test(start_paused = true)]
    async fn reads_leave_room_for_writes() {
        let limiter = Limiter::new(60, Duration::from_secs(30));
        let sent = |kind| (0..1_000).take_while(|_| limiter.wait_or_count(kind).is_none()).count();
        assert_eq!(sent(CallKind::Read), 40);
        assert_eq!(sent(CallKind::Write), 20);
        assert!(limiter.wait_or_count(CallKind::Read).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_readers_stay_within_every_window_and_a_write_passes_them() {
        let window = Duration::from_millis(300);
        let limiter = Arc::new(Limiter::new(60, window));
        let times = Arc::new(Mutex::new(Vec::new()));
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let (limiter, times) = (Arc::clone(&limiter), Arc::clone(&times));
            readers.spawn(async move {
                limiter.wait_for_window(CallKind::Read).await;
                times.lock().expect("times").push(Instant::now());
            });
        }
        while times.lock().expect("times").len() < 40 {
            tokio::task::yield_now().await;
        }
        let asked = Instant::now();
        limiter.wait_for_window(CallKind::Write).await;
        assert_eq!(asked.elapsed(), Duration::ZERO, "a write does not wait for reads");
        while readers.join_next().await.is_some() {}
        let times = times.lock().expect("times");
        // 40 reads fit into one window; the 41st is a whole window later.
        let apart = times.windows(41).map(|run| run[40] - run[0]);
        assert!(apart.into_iter().all(|span| span >= window));
    }
}

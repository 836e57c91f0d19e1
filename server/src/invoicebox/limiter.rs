//! Keeps us below the limits of Invoicebox: requests in any window, requests at once.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// Whose turn it is where there is room for one call. Each has places and a part of the window of its own, so that a queue of
/// one keeps none of a higher one waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Money that is owed: refunds, shipments, cancellations, and reads of paid orders.
    Owed,
    /// Invoices for customers who wait.
    Create,
    /// Everything that nobody waits for.
    #[default]
    Other,
}

impl Priority {
    /// Calls under way at once. A write may take half a minute, and the customers of other stations must not wait behind it.
    fn max_concurrent(self) -> usize {
        match self {
            Self::Owed | Self::Create => 4,
            Self::Other => 3,
        }
    }

    /// How many of the window's requests may have been sent, of whatever priority, when one more is to follow.
    pub fn share_of(self, requests: usize) -> usize {
        match self {
            Self::Owed => requests,
            Self::Create => requests - requests / 6,
            Self::Other => requests - requests / 2,
        }
    }
}

/// The rate limit of all calls under a token.
#[derive(Debug)]
pub struct Limiter {
    owed: Semaphore,
    creates: Semaphore,
    others: Semaphore,
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
            owed: Semaphore::new(Priority::Owed.max_concurrent()),
            creates: Semaphore::new(Priority::Create.max_concurrent()),
            others: Semaphore::new(Priority::Other.max_concurrent()),
            requests: requests.max(1),
            window,
            state: Mutex::default(),
        }
    }

    /// Waits for a slot, which is free again when the permit is dropped.
    pub async fn acquire_slot(&self, priority: Priority) -> Option<SemaphorePermit<'_>> {
        let slots = match priority {
            Priority::Owed => &self.owed,
            Priority::Create => &self.creates,
            Priority::Other => &self.others,
        };
        slots.acquire().await.ok()
    }

    /// Waits until one more request may be sent, and counts it.
    pub async fn wait_for_window(&self, priority: Priority) {
        while let Some(wait) = self.wait_or_count(priority) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Stops all requests for this long; never shortens a longer pause.
    pub fn pause_all(&self, span: Duration) {
        let until = Instant::now() + span;
        let mut state = self.state();
        state.paused_until = state.paused_until.max(Some(until));
    }

    fn wait_or_count(&self, priority: Priority) -> Option<Duration> {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Some(until - now);
        }
        while state.sent.front().is_some_and(|sent| now.duration_since(*sent) >= self.window) {
            state.sent.pop_front();
        }
        let limit = priority.share_of(self.requests).max(1);
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
        assert_eq!(limiter.wait_or_count(Priority::Owed), None);
        assert_eq!(limiter.wait_or_count(Priority::Owed), None);
        assert_eq!(limiter.wait_or_count(Priority::Owed), Some(Duration::from_secs(30)));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(limiter.wait_or_count(Priority::Owed), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_kept_and_never_shortened() {
        let limiter = Limiter::new(60, Duration::from_secs(30));
        limiter.pause_all(Duration::from_secs(50));
        limiter.pause_all(Duration::from_secs(1));
        assert_eq!(limiter.wait_or_count(Priority::Other), Some(Duration::from_secs(50)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_less_urgent_leaves_room() {
        let limiter = Limiter::new(60, Duration::from_secs(30));
        let sent = |priority| (0..1_000).take_while(|_| limiter.wait_or_count(priority).is_none()).count();
        let sent =
            [Priority::Other, Priority::Create, Priority::Other, Priority::Owed, Priority::Create].map(sent);
        assert_eq!(sent, [30, 20, 0, 10, 0]);
        // However small the budget is, each has its turn.
        let smallest = Limiter::new(1, Duration::from_secs(30));
        assert_eq!(smallest.wait_or_count(Priority::Other), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_of_one_kind_takes_no_place_of_another() {
        let limiter = Limiter::new(60, Duration::from_secs(30));
        let mut held = Vec::new();
        for _ in 0..Priority::Create.max_concurrent() {
            held.push(limiter.acquire_slot(Priority::Create).await);
        }
        let next = async |priority| {
            tokio::time::timeout(Duration::from_secs(1), limiter.acquire_slot(priority)).await.is_ok()
        };
        assert!(!next(Priority::Create).await);
        assert!(next(Priority::Owed).await && next(Priority::Other).await);
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_callers_stay_within_every_window_and_an_urgent_one_passes_them() {
        let window = Duration::from_millis(300);
        let limiter = Arc::new(Limiter::new(60, window));
        let times = Arc::new(Mutex::new(Vec::new()));
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let (limiter, times) = (Arc::clone(&limiter), Arc::clone(&times));
            callers.spawn(async move {
                limiter.wait_for_window(Priority::Other).await;
                times.lock().expect("times").push(Instant::now());
            });
        }
        while times.lock().expect("times").len() < 30 {
            tokio::task::yield_now().await;
        }
        let asked = Instant::now();
        limiter.wait_for_window(Priority::Owed).await;
        assert_eq!(asked.elapsed(), Duration::ZERO, "what is owed does not wait for others");
        while callers.join_next().await.is_some() {}
        let times = times.lock().expect("times");
        // 30 fit into one window; the 31st is a whole window later.
        let apart = times.windows(31).map(|run| run[30] - run[0]);
        assert!(apart.into_iter().all(|span| span >= window));
    }
}

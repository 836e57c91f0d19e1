//! When an open order is asked for next.

use std::time::Duration;

use time::OffsetDateTime;

use crate::orders::store::OpenOrder;

/// Pauses between questions about an order that somebody watches; the last one repeats.
const WATCHED_PAUSES: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(5), Duration::from_secs(10)];
/// Pauses otherwise.
const UNWATCHED_PAUSES: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
];
/// Between questions about an order whose time is over.
const LAPSING_PAUSE: Duration = Duration::from_secs(5);
/// Between questions about an order that cannot be read, until somebody has repaired it.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(600);

/// When an order was asked for, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    asked: usize,
    last: OffsetDateTime,
    /// It was missing from a list: the list may be at fault, so it is asked for alone.
    pub alone: bool,
    /// Its time is over, and it cannot be read.
    pub unreadable: bool,
}

impl Plan {
    pub fn new(order: &OpenOrder) -> Self {
        Self { asked: 0, last: order.changed_at, alone: false, unreadable: false }
    }

    pub fn was_asked(&mut self, now: OffsetDateTime) {
        self.asked += 1;
        self.last = now;
    }

    pub fn due(self, order: &OpenOrder, is_watched: bool, now: OffsetDateTime) -> OffsetDateTime {
        if self.unreadable {
            return self.last + UNREADABLE_PAUSE;
        }
        if order.expires_at <= now {
            let is_first = self.last < order.expires_at;
            return if is_first { order.expires_at } else { self.last + LAPSING_PAUSE };
        }
        let pauses: &[Duration] = if is_watched { &WATCHED_PAUSES } else { &UNWATCHED_PAUSES };
        let pause = pauses.get(self.asked).or(pauses.last()).copied().unwrap_or(LAPSING_PAUSE);
        // Never later than the end of its life.
        (self.last + pause).min(order.expires_at)
    }
}

//! The time at which an open order is asked for next.

use std::time::Duration;

use time::OffsetDateTime;

use crate::orders::store::OpenOrder;

/// Pauses between questions about an order that somebody watches; the last one repeats.
const WATCHED_PAUSES: [Duration; 3] =
    [Duration::from_secs(5), Duration::from_secs(5), Duration::from_secs(10)];
/// Pauses between questions about other orders; the last one repeats.
const UNWATCHED_PAUSES: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
];
/// Pause between questions about an order whose time is over.
const LAPSING_PAUSE: Duration = Duration::from_secs(5);
/// Pause between questions about an order that cannot be read, until somebody has repaired it.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(600);

/// Time and number of the questions about an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    ask_count: usize,
    last: OffsetDateTime,
    /// It was missing from a list: the list may be at fault, so it is asked for in a call of its own.
    pub is_single: bool,
    /// Its time is over, and it cannot be read.
    pub unreadable: bool,
}

impl Plan {
    pub fn new(order: &OpenOrder) -> Self {
        Self { ask_count: 0, last: order.changed_at, is_single: false, unreadable: false }
    }

    pub fn record_ask(&mut self, now: OffsetDateTime) {
        self.ask_count += 1;
        self.last = now;
    }

    pub fn due_at(self, order: &OpenOrder, is_watched: bool, now: OffsetDateTime) -> OffsetDateTime {
        // It was asked for or changed before the clock was set back, or by an instance whose clock is ahead.
        if self.last > now {
            return now;
        }
        if self.unreadable {
            return self.last + UNREADABLE_PAUSE;
        }
        if order.expires_at <= now {
            let is_first = self.last < order.expires_at;
            return if is_first { order.expires_at } else { self.last + LAPSING_PAUSE };
        }
        let pauses: &[Duration] = if is_watched { &WATCHED_PAUSES } else { &UNWATCHED_PAUSES };
        let pause = pauses.get(self.ask_count).or(pauses.last()).copied().unwrap_or(LAPSING_PAUSE);
        // Never later than the end of its life.
        (self.last + pause).min(order.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use domain::id::OrderId;
    use uuid::Uuid;

    use super::*;

    fn open_order(now: OffsetDateTime) -> OpenOrder {
        OpenOrder {
            id: OrderId(Uuid::nil()),
            provider_id: "1".to_owned(),
            expires_at: now + time::Duration::hours(2),
            changed_at: now,
        }
    }

    #[test]
    fn a_watched_order_is_due_after_seconds_and_another_one_after_half_a_minute() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(1);
        let order = open_order(now);
        let mut plan = Plan::new(&order);
        for (watched, other) in [(5, 30), (5, 60), (10, 120), (10, 300), (10, 600), (10, 600)] {
            assert_eq!(plan.due_at(&order, true, now), now + Duration::from_secs(watched));
            assert_eq!(plan.due_at(&order, false, now), now + Duration::from_secs(other));
            plan.record_ask(now);
        }
    }

    #[test]
    fn an_order_that_was_asked_for_in_the_future_is_asked_for_now() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(1);
        let hour = time::Duration::HOUR;
        let order = open_order(now);
        let mut plan = Plan::new(&order);
        assert!(plan.due_at(&order, false, now) > now);
        plan.record_ask(now + hour);
        assert_eq!(plan.due_at(&order, false, now), now, "the clock was set back by an hour");
        plan.unreadable = true;
        assert_eq!(plan.due_at(&order, false, now), now);
    }
}

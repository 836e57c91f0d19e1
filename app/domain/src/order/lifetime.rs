//! How long an order may live: what a network may choose, and until when its payment may be taken back.

use std::time::Duration;

use time::OffsetDateTime;

use super::start::MAX_START_TTL_MINUTES;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = HOUR.saturating_mul(24);

/// How far ahead a time may be that a right clock has set: clocks of two machines differ.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(60);
/// Longest life of an unpaid order that a network may choose.
pub const MAX_ORDER_TTL_MINUTES: u32 = 24 * 60;
/// Time after which a released order without an end becomes a discrepancy for an operator.
pub const MAX_FUELLING_DURATION: Duration = HOUR.saturating_mul(3);
/// Time after a fuelling in which its payment may be taken back: banks keep a reserve for seven days, and the check for
/// reversals runs once a day.
const MAX_REVERSAL_DELAY: Duration = DAY.saturating_mul(8);

/// Age of an invoice up to which its payment may be taken back. An order is paid at the end of its unpaid life, started at
/// the end of the time that it may wait for its driver, and fuelled; each of these may take as long as any network may
/// choose, since the settings may have been others when it was placed.
pub const MAX_REVERSAL_AGE: Duration = minutes(MAX_ORDER_TTL_MINUTES)
    .saturating_add(minutes(MAX_START_TTL_MINUTES))
    .saturating_add(MAX_FUELLING_DURATION)
    .saturating_add(MAX_REVERSAL_DELAY);

/// The end of a wait in place of one that only a clock which was ahead can have set; `None`: a right clock may have set it.
#[must_use]
pub fn shortened(until: Option<OffsetDateTime>, longest: OffsetDateTime) -> Option<OffsetDateTime> {
    until.filter(|until| *until > longest + MAX_CLOCK_SKEW).map(|_| longest)
}

/// So many minutes.
#[must_use]
pub const fn minutes(count: u32) -> Duration {
    Duration::from_secs(60).saturating_mul(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_may_be_taken_back_after_the_longest_life() {
        assert_eq!(MAX_REVERSAL_AGE, DAY * 16 + HOUR * 3);
    }
}

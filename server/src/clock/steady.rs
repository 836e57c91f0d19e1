//! The machine's time, held steady while the machine's clock is wrong.
//!
//! A clock that is set forward or back for a moment must not end leases and orders or put work off for a day. So the
//! time goes on by the monotonic clock when the machine's steps away, until it is known which of the two is right:
//! by the clock of the database's server, by the time in Invoicebox's answers, or, where neither can be asked, because
//! the machine's clock stays where it is.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use time::OffsetDateTime;

/// Difference up to which the machine's clock counts as right.
const MAX_TOLERATED_DIFFERENCE: Duration = Duration::from_secs(2);
/// Time after which a step of the machine's clock counts as its correction, where no other clock can be asked.
const STEP_ACCEPTED_AFTER: Duration = Duration::from_secs(10 * 60);

/// Times by other clocks: that of the database is the present one.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceTimes {
    /// By the server of the database; `None` where the database is a file of this machine.
    pub database: Option<OffsetDateTime>,
    /// By Invoicebox.
    pub invoicebox: Option<RemoteTime>,
}

/// A time that came from elsewhere, and when it did on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct RemoteTime {
    pub time: OffsetDateTime,
    pub received: Instant,
}

impl RemoteTime {
    /// The present time by that clock.
    #[must_use]
    pub fn now(self) -> OffsetDateTime {
        self.at(Instant::now())
    }

    fn at(self, at: Instant) -> OffsetDateTime {
        self.time + at.saturating_duration_since(self.received)
    }
}

#[derive(Debug)]
pub(super) struct SteadyTime {
    state: Mutex<State>,
    /// By how many milliseconds a test makes the machine's clock wrong.
    machine_error_ms: AtomicI64,
}

#[derive(Debug)]
struct State {
    /// The time as it was known last, and when on the monotonic clock.
    known: OffsetDateTime,
    known_at: Instant,
    /// Since when the machine's clock has differed.
    different_since: Option<Instant>,
}

impl SteadyTime {
    pub fn start() -> Self {
        let state = State { known: machine_time(), known_at: Instant::now(), different_since: None };
        Self { state: Mutex::new(state), machine_error_ms: AtomicI64::default() }
    }

    pub fn set_machine_error(&self, error: time::Duration) {
        let error = i64::try_from(error.whole_milliseconds()).unwrap_or(i64::MAX);
        self.machine_error_ms.store(error, Ordering::Relaxed);
    }

    /// The machine's time, right or wrong.
    pub fn machine(&self) -> OffsetDateTime {
        machine_time() + time::Duration::milliseconds(self.machine_error_ms.load(Ordering::Relaxed))
    }

    /// The time by the monotonic clock since it was known last.
    pub fn held(&self) -> OffsetDateTime {
        self.state().held(Instant::now())
    }

    /// The machine's time unless it has stepped away, else the held one.
    pub fn now(&self) -> OffsetDateTime {
        let (machine, held) = (self.machine(), self.held());
        if is_tolerated(machine - held) { machine } else { held }
    }

    pub fn compare(&self, references: ReferenceTimes) {
        let machine = self.machine();
        self.state().compare(machine, references, Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(&self, at: Instant) -> OffsetDateTime {
        self.known + at.saturating_duration_since(self.known_at)
    }

    fn compare(&mut self, machine: OffsetDateTime, references: ReferenceTimes, at: Instant) {
        let ReferenceTimes { database, invoicebox } = references;
        let held = self.held(at);
        let is_step_accepted = || {
            self.different_since
                .is_some_and(|since| at.saturating_duration_since(since) >= STEP_ACCEPTED_AFTER)
        };
        // Without a database's server one that was received before the difference has gone on by the monotonic clock
        // like the held time, and proves nothing: a machine that slept was asleep for both.
        let invoicebox = invoicebox.filter(|remote| {
            database.is_some() || self.different_since.is_some_and(|since| remote.received > since)
        });
        let time = match (database, invoicebox.map(|remote| remote.at(at))) {
            // Of three clocks one is wrong: the other two are next to each other.
            (_, Some(invoicebox)) => median(machine, database.unwrap_or(held), invoicebox),
            // All instances share this one.
            (Some(database), None) => database,
            (None, None) if is_step_accepted() => machine,
            (None, None) => held,
        };
        let is_machine_right = is_tolerated(machine - time);
        self.different_since = if is_machine_right { None } else { self.different_since.or(Some(at)) };
        (self.known, self.known_at) = (if is_machine_right { machine } else { time }, at);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
fn machine_time() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn is_tolerated(difference: time::Duration) -> bool {
    difference.unsigned_abs() <= MAX_TOLERATED_DIFFERENCE
}

fn median(a: OffsetDateTime, b: OffsetDateTime, c: OffsetDateTime) -> OffsetDateTime {
    a.max(b).min(a.min(b).max(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const HOUR: i64 = 3600;

    fn at(seconds: i64) -> OffsetDateTime {
        ZERO + time::Duration::seconds(seconds)
    }

    fn state() -> State {
        State { known: ZERO, known_at: Instant::now(), different_since: None }
    }

    /// The time that is known after a look in the first moment, in seconds.
    fn known_after(machine: i64, database: Option<i64>, invoicebox: Option<i64>) -> i64 {
        let mut state = state();
        let now = state.known_at + Duration::from_nanos(2);
        state.different_since = Some(state.known_at);
        let invoicebox = invoicebox.map(|time| RemoteTime { time: at(time), received: now });
        state.compare(at(machine), ReferenceTimes { database: database.map(at), invoicebox }, now);
        (state.known - ZERO).whole_seconds()
    }

    #[test]
    fn of_three_clocks_the_two_that_agree_are_right() {
        for wrong in [HOUR, -HOUR] {
            assert_eq!(
                known_after(wrong, Some(0), Some(1)).clamp(0, 1),
                known_after(wrong, Some(0), Some(1))
            );
            assert_eq!(known_after(0, Some(wrong), Some(1)), 0, "the database's is wrong");
            assert_eq!(known_after(0, Some(0), Some(wrong)), 0, "that of Invoicebox is wrong");
            assert_eq!(known_after(wrong, None, Some(0)), 0, "the machine's has stepped away");
            assert_eq!(known_after(wrong, None, Some(wrong)), wrong, "the machine's was set right");
        }
    }

    #[test]
    fn without_invoicebox_the_database_is_right_and_small_differences_are_none() {
        assert_eq!(known_after(HOUR, Some(0), None), 0);
        assert_eq!(known_after(0, Some(HOUR), None), HOUR);
        assert_eq!(known_after(1, Some(0), None), 1);
    }

    #[test]
    fn without_another_clock_a_step_counts_as_a_correction_when_it_stays() {
        for error in [HOUR, -HOUR] {
            let mut state = state();
            let begun = state.known_at;
            for (minutes, known) in [(0, 0), (9, 9 * 60), (11, 11 * 60 + error)] {
                let passed = Duration::from_secs(minutes * 60);
                state.compare(at(error) + passed, ReferenceTimes::default(), begun + passed);
                assert_eq!(state.known, at(known), "{minutes} minutes");
            }
        }
    }

    #[test]
    fn without_a_database_s_clock_an_answer_from_before_a_step_proves_nothing() {
        let mut state = state();
        let begun = state.known_at;
        let answer = |time, received| ReferenceTimes {
            database: None,
            invoicebox: Some(RemoteTime { time, received }),
        };
        let second = Duration::from_secs(1);
        state.compare(at(HOUR), answer(ZERO, begun), begun + second);
        assert_eq!(state.known, at(1), "an hour's sleep, or a clock that is wrong");
        state.compare(at(HOUR + 1), answer(ZERO, begun), begun + 2 * second);
        assert_eq!(state.known, at(2));
        let now = begun + 3 * second;
        state.compare(at(HOUR + 2), answer(at(HOUR + 2), now), now);
        assert_eq!(state.known, at(HOUR + 2), "it was asleep");
    }

    #[test]
    fn a_step_that_was_taken_back_counts_from_its_next_beginning() {
        let mut state = state();
        let begun = state.known_at;
        for (minutes, error) in [(0, HOUR), (9, 0), (11, HOUR), (20, HOUR)] {
            let passed = Duration::from_secs(minutes * 60);
            state.compare(at(error) + passed, ReferenceTimes::default(), begun + passed);
            assert_eq!(state.known, ZERO + passed, "{minutes} minutes");
        }
    }

    #[test]
    fn a_clock_that_steps_away_is_left_and_one_that_comes_back_is_taken() {
        let steady = SteadyTime::start();
        let begun = steady.now();
        for error in [time::Duration::HOUR, -time::Duration::HOUR, time::Duration::ZERO] {
            steady.set_machine_error(error);
            assert!((steady.now() - begun).unsigned_abs() < Duration::from_secs(60), "{error}");
            assert!((steady.machine() - begun - error).unsigned_abs() < Duration::from_secs(60), "{error}");
        }
    }
}

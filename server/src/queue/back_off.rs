//! Pauses between the tries of a row.

use std::time::Duration;

use rand::Rng;

/// Shortest pause: a row that asks for none must not be tried in a circle.
const MIN_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that the other side may ask for: a row must not wait because their clock is wrong.
const MAX_ASKED_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Largest random part added to a pause, so that rows that failed together are not repeated together.
const MAX_JITTER: f64 = 0.25;

/// Growing pauses between tries.
#[derive(Clone, Copy, Debug)]
pub struct BackOff {
    /// In seconds, after the first try, after the second, and so on; the last one repeats.
    pub pauses_s: &'static [u64],
}

impl BackOff {
    /// Returns the pause after so many tries; `asked` is a pause that the other side, or the effect itself, asks for.
    #[must_use]
    pub fn pause_after(&self, attempts: i64, asked: Option<Duration>) -> Duration {
        let index = usize::try_from(attempts - 1).unwrap_or(0);
        let seconds = self.pauses_s.get(index).or(self.pauses_s.last()).copied().unwrap_or(1);
        let pause = match asked {
            Some(asked) => asked.clamp(MIN_PAUSE, MAX_ASKED_PAUSE),
            None => Duration::from_secs(seconds).max(MIN_PAUSE),
        };
        pause + pause.mul_f64(rand::rng().random_range(0.0..MAX_JITTER))
    }

    /// Longest pause with its random part. A row that is due later was put back before the clock was set back.
    pub(super) fn max_due_in(&self) -> Duration {
        let longest = Duration::from_secs(self.pauses_s.iter().copied().max().unwrap_or(1));
        longest.max(MAX_ASKED_PAUSE).mul_f64(1.0 + MAX_JITTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK_OFF: BackOff = BackOff { pauses_s: &[1, 5, 60] };

    fn is_within_jitter(pause: Duration, seconds: f64) -> bool {
        (seconds..seconds * 1.25).contains(&pause.as_secs_f64())
    }

    #[test]
    fn pauses_grow_and_the_last_one_repeats() {
        for (attempts, seconds) in [(0, 1.0), (1, 1.0), (2, 5.0), (3, 60.0), (4, 60.0), (i64::MAX, 60.0)] {
            let pause = BACK_OFF.pause_after(attempts, None);
            assert!(is_within_jitter(pause, seconds), "{attempts}: {pause:?}");
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_within_bounds() {
        for (asked_s, seconds) in [(0, 0.5), (7, 7.0), (1800, 1800.0), (4 * 3600, 3600.0)] {
            let pause = BACK_OFF.pause_after(1, Some(Duration::from_secs(asked_s)));
            assert!(is_within_jitter(pause, seconds), "{asked_s}: {pause:?}");
            assert!(pause <= BACK_OFF.max_due_in());
        }
    }
}

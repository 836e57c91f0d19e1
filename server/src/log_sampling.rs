//! Lines of the log that strangers can cause: a few a minute of each kind, with the count of those that were left out.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lines of a kind in a minute.
const MAX_LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Counts the lines of one kind.
#[derive(Default)]
pub struct LogSampler(Mutex<Sample>);

#[derive(Default)]
struct Sample {
    since: Option<Instant>,
    written: u32,
    left_out: u64,
}

impl LogSampler {
    /// Whether a line may be written now, and how many were left out before it.
    pub fn turn(&self) -> Option<u64> {
        self.turn_at(Instant::now())
    }

    fn turn_at(&self, now: Instant) -> Option<u64> {
        let mut sample = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sample.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            (sample.since, sample.written) = (Some(now), 0);
        }
        if sample.written >= MAX_LINES {
            sample.left_out += 1;
            return None;
        }
        sample.written += 1;
        Some(std::mem::take(&mut sample.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_a_minute_are_written_and_the_others_counted() {
        let sampler = LogSampler::default();
        let begin = Instant::now();
        let written = (0..1000).filter(|_| sampler.turn_at(begin).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(sampler.turn_at(begin + WINDOW), Some(990));
        assert_eq!(sampler.turn_at(begin + WINDOW), Some(0));
    }
}

//! Many values, summed up in one line.

use std::{fmt, time::Duration};

/// Percentiles of durations.
pub struct Spread {
    pub count: usize,
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
}

impl Spread {
    /// `None` without values.
    pub fn of(mut values: Vec<Duration>) -> Option<Self> {
        values.sort_unstable();
        let at = |percent: usize| values.get((values.len() - 1) * percent / 100).copied();
        if values.is_empty() {
            return None;
        }
        Some(Self { count: values.len(), p50: at(50)?, p99: at(99)?, max: at(100)? })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |span: Duration| span.as_secs_f64() * 1000.0;
        let Self { count, p50, p99, max } = self;
        write!(f, "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms of {count}", ms(*p50), ms(*p99), ms(*max))
    }
}

//! Latency of calls: constant, or spread as on a real network.

use serde::{Deserialize, Serialize};

/// Milliseconds before a call is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Latency {
    /// Constant, in milliseconds.
    Fixed(u64),
    /// A distribution by its percentiles.
    Spread(LatencySpread),
}

/// Percentiles in milliseconds; between them every value is as likely as any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencySpread {
    pub min: u64,
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}

impl Latency {
    /// Draws the latency of one call, in milliseconds.
    pub fn draw_sample(self) -> u64 {
        self.ms_at(rand::random_range(0..=1000))
    }

    /// The latency at a permille of the distribution, in milliseconds.
    fn ms_at(self, permille: u64) -> u64 {
        let LatencySpread { min, p50, p99, max } = match self {
            Self::Fixed(ms) => return ms,
            Self::Spread(spread) => spread,
        };
        let between = |from: u64, to: u64, done: u64, of: u64| from + to.saturating_sub(from) * done / of;
        match permille {
            0..500 => between(min, p50, permille, 500),
            500..990 => between(p50, p99, permille - 500, 490),
            _ => between(p99, max, permille.min(1000) - 990, 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_passes_through_its_percentiles_and_never_falls() {
        let spread = Latency::Spread(LatencySpread { min: 20, p50: 80, p99: 900, max: 3000 });
        assert_eq!([0, 500, 990, 1000].map(|at| spread.ms_at(at)), [20, 80, 900, 3000]);
        assert!((1..=1000).all(|at| spread.ms_at(at - 1) <= spread.ms_at(at)));
        assert_eq!(Latency::Fixed(7).draw_sample(), 7);
    }
}

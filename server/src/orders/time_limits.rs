//! Time limits that several modules of orders use.

use std::time::Duration;

/// Silence of a station after which a release is withdrawn: the rule of the tanker contract.
pub(super) const MAX_STATION_SILENCE: Duration = Duration::from_secs(30 * 60);
/// Time in which decided money moves on a good day; then an operator reads of it, also of money that waits.
pub(super) const MAX_MOVE_TIME: Duration = Duration::from_secs(10 * 60);

//! Time limits that several parts of orders keep.

use std::time::Duration;

/// A paid order that the station has not answered for so long is given up: the rule of the tanker contract. A release
/// that it has given is taken back first.
pub(super) const STATION_SILENCE: Duration = Duration::from_secs(30 * 60);

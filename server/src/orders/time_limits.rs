//! Time limits that several modules of orders use.

use std::time::Duration;

/// Silence of a station after which a paid order is given up: the rule of the tanker contract. A release that it has
/// given is withdrawn first.
pub(super) const MAX_STATION_SILENCE: Duration = Duration::from_secs(30 * 60);

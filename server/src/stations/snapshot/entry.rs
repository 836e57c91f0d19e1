//! One station of the snapshot.

use std::sync::Arc;

use domain::station::Station;
use time::OffsetDateTime;

use crate::stations::hours::{Hours, OpenState};

/// A station with what is computed from it once.
#[derive(Clone, Debug)]
pub struct StationEntry {
    pub station: Station,
    /// Shared by all stations with the same rules.
    pub hours: Arc<Hours>,
    pub updated_at: OffsetDateTime,
}

impl StationEntry {
    /// Whether the station is open at an instant. Unknown hours count as open, a closing reason as closed.
    #[must_use]
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        self.station.closed_reason.is_none() && self.hours.is_open_at(now)
    }

    /// Whether the station is open at some time between two instants, by its hours.
    #[must_use]
    pub fn is_open_between(&self, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        self.hours.is_open_between(from, to)
    }

    /// Reads whether it is open, and when that changes. A station that is closed for a while is closed, whatever its
    /// hours say.
    #[must_use]
    pub fn open_state(&self, now: OffsetDateTime) -> OpenState {
        match self.station.closed_reason {
            Some(_) => OpenState::default(),
            None => self.hours.state_at(now),
        }
    }
}

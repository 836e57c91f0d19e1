//! One station of the snapshot.

use std::sync::Arc;

use domain::station::Station;
use time::OffsetDateTime;

use crate::stations::hours::{Hours, OpenState};

/// A station with everything about it that is worth working out once.
#[derive(Clone, Debug)]
pub struct StationEntry {
    pub station: Station,
    /// Shared by all stations with the same rules.
    pub hours: Arc<Hours>,
    pub updated_at: OffsetDateTime,
}

impl StationEntry {
    /// Is the station open at this moment? Unknown hours count as open, a closing reason as closed.
    #[must_use]
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        self.station.closed_reason.is_none() && self.hours.open_at(now)
    }

    /// Until when it is open, or from when on. A station that is closed for a while is closed, whatever its hours say.
    #[must_use]
    pub fn open_state(&self, now: OffsetDateTime) -> OpenState {
        match self.station.closed_reason {
            Some(_) => OpenState::default(),
            None => self.hours.state(now),
        }
    }
}

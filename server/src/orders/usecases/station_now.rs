//! A station at the moment at which a draft is priced.

use domain::{
    id::PumpNumber,
    station::{Offer, PumpState},
};
use time::OffsetDateTime;

use crate::{
    orders::{OrderRules, PumpBoard},
    stations::catalogue::CurrentStation,
};

/// A station in one version of the catalogue, at one moment.
pub(super) struct StationNow<'a> {
    pub offer: Offer<'a>,
    pub is_open: bool,
    /// It opens within the lives of an unpaid order and of a start together.
    pub opens_in_time: bool,
    /// What is known of the pump that the draft names.
    pub pump_state: Option<PumpState>,
}

impl<'a> StationNow<'a> {
    pub fn new(
        station: &'a CurrentStation,
        pump: Option<PumpNumber>,
        pumps: &PumpBoard,
        rules: &OrderRules,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            offer: station.offer(),
            is_open: station.is_open(now),
            opens_in_time: station.is_open_between(now, now + rules.ttl + rules.start.ttl),
            pump_state: pump.and_then(|pump| pumps.state_of(&station.station().id, pump)),
        }
    }
}

//! Parsed hours, shared by the stations that have the same.

use std::{collections::HashMap, sync::Arc};

use domain::station::Station;

use crate::stations::hours::Hours;

/// Parsed hours by their text: thirty thousand stations have a few hundred different ones.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedHours(HashMap<HoursKey, Arc<Hours>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct HoursKey {
    text: Option<String>,
    zone: String,
    /// Of hours that follow the sun: the bits of latitude and longitude.
    place: Option<[u64; 2]>,
}

impl SharedHours {
    /// Returns the hours of a station. Unreadable ones were reported by the import; here they are unknown.
    pub(super) fn of(&mut self, station: &Station) -> Arc<Hours> {
        let text = station.opening_hours.as_deref();
        let place = text
            .filter(|text| Hours::has_sun_times(text))
            .map(|_| [station.point.lat.to_bits(), station.point.lon.to_bits()]);
        let key = HoursKey { text: station.opening_hours.clone(), zone: station.time_zone.clone(), place };
        let hours = self.0.entry(key).or_insert_with(|| {
            let hours = Hours::parse(text, &station.time_zone, station.point);
            Arc::new(hours.unwrap_or_else(|_| Hours::unknown()))
        });
        Arc::clone(hours)
    }

    /// Drops hours that only this list and the one before it hold.
    pub(super) fn still_used(mut self) -> Self {
        self.0.retain(|_, hours| Arc::strong_count(hours) > 2);
        self
    }
}

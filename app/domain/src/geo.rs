//! Places on the globe. The one module that computes with binary fractions: nobody pays by the degree.

use serde::{Deserialize, Serialize};

/// Mean radius of the Earth, metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point, WGS 84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

/// A rectangle of the map, degrees. `west > east` means that it crosses the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
}

/// Distance of the customer from the station that they order at, in three steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    AtStation,
    /// So far that it may be the wrong station: they are warned.
    Near,
    /// Somewhere else: they have to confirm that they are at the station.
    Away,
}

/// Metres up to which a customer is at the station, and up to which near it.
const MAX_AT_STATION_M: u32 = 300;
const MAX_NEAR_M: u32 = 1_000;

impl Presence {
    /// Compares a distance with the limits. A place that is not known within a kilometre is no reason to ask.
    #[must_use]
    pub fn from_distance(distance_m: u32, accuracy_m: u32) -> Self {
        match distance_m {
            0..=MAX_AT_STATION_M => Self::AtStation,
            _ if distance_m > MAX_NEAR_M && accuracy_m <= MAX_NEAR_M => Self::Away,
            _ => Self::Near,
        }
    }
}

impl Point {
    /// A point on the globe: finite, −90…90 and −180…180.
    #[must_use]
    pub fn is_valid(self) -> bool {
        (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon)
    }

    /// Distance along the great circle, whole metres.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "half the globe is 20,037,508 m"
    )]
    pub fn distance_m(self, other: Self) -> u32 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_dlat = (lat2 - lat1) / 2.0;
        let half_dlon = (other.lon - self.lon).to_radians() / 2.0;
        let chord = half_dlat.sin().powi(2) + lat1.cos() * lat2.cos() * half_dlon.sin().powi(2);
        (2.0 * EARTH_RADIUS_M * chord.clamp(0.0, 1.0).sqrt().asin()).round() as u32
    }
}

impl Bounds {
    /// South below north, all four on the globe.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.south <= self.north
            && Point { lat: self.south, lon: self.west }.is_valid()
            && Point { lat: self.north, lon: self.east }.is_valid()
    }

    /// Whether the two have a point in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let meridians = |bounds: Self| match bounds.west <= bounds.east {
            true => [(bounds.west, bounds.east); 2],
            false => [(bounds.west, 180.0), (-180.0, bounds.east)],
        };
        let share_meridian = meridians(self).iter().any(|(west, east)| {
            meridians(other).iter().any(|(other_west, other_east)| west <= other_east && other_west <= east)
        });
        share_meridian && self.south <= other.north && other.south <= self.north
    }

    #[must_use]
    pub fn contains(self, point: Point) -> bool {
        let between_meridians = if self.west <= self.east {
            (self.west..=self.east).contains(&point.lon)
        } else {
            point.lon >= self.west || point.lon <= self.east
        };
        between_meridians && (self.south..=self.north).contains(&point.lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_customer_is_warned_and_an_away_customer_must_confirm() {
        for (distance, accuracy, expected) in [
            (0, 10, Presence::AtStation),
            (300, 10, Presence::AtStation),
            (301, 10, Presence::Near),
            (1_000, 10, Presence::Near),
            (1_001, 1_000, Presence::Away),
            (50_000, 1_001, Presence::Near),
            (200, 30_000, Presence::AtStation),
        ] {
            assert_eq!(Presence::from_distance(distance, accuracy), expected, "{distance} m ± {accuracy} m");
        }
    }
}

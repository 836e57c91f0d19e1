//! Table of what filters read of every station, dense in memory: a country is searched in a fraction of a millisecond.

use std::{collections::HashMap, sync::Arc};

use domain::{fuel::FuelId, geo::Point, station::Station};

use super::{entry::StationEntry, projection};
use crate::stations::hours::Hours;

/// Values of a station that filters read; its index in [`FilterTable::rows`] is its position in the snapshot.
#[derive(Clone, Copy, Debug)]
pub(in crate::stations) struct FilterRow {
    pub(in crate::stations) point: Point,
    /// On the square of the map, see [`projection::project`].
    pub(in crate::stations) x: f64,
    pub(in crate::stations) y: f64,
    /// On a globe of radius 1.
    pub(in crate::stations) place: [f64; 3],
    /// Grades that can be had, a bit each: [`fuel_bit`].
    pub(in crate::stations) fuels: u16,
    /// Of [`FilterTable::brands`].
    pub(in crate::stations) brand: u32,
    /// Of [`FilterTable::hours`].
    pub(in crate::stations) hours: u32,
    /// It has pumps and prices.
    pub(in crate::stations) sells_fuel: bool,
    /// Closed for a while, whatever the hours say.
    pub(in crate::stations) is_shut: bool,
}

/// The rows of all stations of a snapshot, in its order.
#[derive(Clone, Debug, Default)]
pub(in crate::stations) struct FilterTable {
    pub(in crate::stations) rows: Vec<FilterRow>,
    /// As the first station of each writes them, rather not all in capitals.
    pub(in crate::stations) brands: Vec<String>,
    /// By lower case.
    brand_ids: HashMap<String, u32>,
    pub(in crate::stations) hours: Vec<Arc<Hours>>,
}

/// The bit of a grade.
pub(in crate::stations) fn fuel_bit(fuel: FuelId) -> u16 {
    1 << (fuel as u16)
}

impl FilterTable {
    pub(in crate::stations) fn new(entries: &[Arc<StationEntry>]) -> Self {
        let mut table = Self::default();
        let mut hours_ids = HashMap::new();
        for entry in entries {
            let hours = *hours_ids.entry(Arc::as_ptr(&entry.hours)).or_insert_with(|| {
                table.hours.push(Arc::clone(&entry.hours));
                last_of(&table.hours)
            });
            let brand = table.brand(&entry.station.brand);
            table.rows.push(row_of(&entry.station, brand, hours));
        }
        table
    }

    /// The number of a brand, in any letter case.
    pub(in crate::stations) fn brand_id(&self, brand: &str) -> Option<u32> {
        self.brand_ids.get(&brand.trim().to_lowercase()).copied()
    }

    fn brand(&mut self, brand: &str) -> u32 {
        let key = brand.trim().to_lowercase();
        if let Some(id) = self.brand_ids.get(&key) {
            let known = self.brands.get_mut(*id as usize);
            if let Some(known) = known.filter(|known| is_all_capitals(known) && !is_all_capitals(brand)) {
                brand.trim().clone_into(known);
            }
            return *id;
        }
        self.brands.push(brand.trim().to_owned());
        let id = last_of(&self.brands);
        self.brand_ids.insert(key, id);
        id
    }
}

fn row_of(station: &Station, brand: u32, hours: u32) -> FilterRow {
    let (x, y) = projection::project(station.point);
    FilterRow {
        point: station.point,
        x,
        y,
        place: to_unit_vector(station.point),
        fuels: station
            .trade
            .fuels
            .iter()
            .filter(|fuel| fuel.available)
            .fold(0, |all, one| all | fuel_bit(one.id)),
        brand,
        hours,
        sells_fuel: station.trade.sells_fuel(),
        is_shut: station.closed_reason.is_some(),
    }
}

/// Whether a name is like «ЛУКОЙЛ»; many networks write «Лукойл» beside it.
fn is_all_capitals(name: &str) -> bool {
    !name.chars().any(char::is_lowercase)
}

/// Converts a point to a place on a globe of radius 1.
pub(in crate::stations) fn to_unit_vector(point: Point) -> [f64; 3] {
    let ((lat_sin, lat_cos), (lon_sin, lon_cos)) =
        (point.lat.to_radians().sin_cos(), point.lon.to_radians().sin_cos());
    [lat_cos * lon_cos, lat_cos * lon_sin, lat_sin]
}

/// The chord through the globe, squared: orders by distance without computing it.
pub(in crate::stations) fn squared_chord(from: [f64; 3], to: [f64; 3]) -> f64 {
    from.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Index of the last element; a snapshot holds far fewer than four thousand million.
fn last_of<T>(list: &[T]) -> u32 {
    u32::try_from(list.len().saturating_sub(1)).unwrap_or(u32::MAX)
}

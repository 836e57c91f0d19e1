//! Stations that a file has twice, under different ids: OpenStreetMap often has a node for a station and the
//! outline of its ground.

use std::collections::HashMap;

use domain::station::Station;

use super::report::ImportFinding;

/// Distance below which two stations of one brand are probably one.
const MAX_DUPLICATE_DISTANCE_M: u32 = 50;
/// Side of a cell, in degrees: at 45° and farther north a cell is wider and higher than [`MAX_DUPLICATE_DISTANCE_M`].
const CELL_SIZE_DEG: f64 = 0.001;

/// The stations of a file so far, by brand and place.
#[derive(Default)]
pub(super) struct NearbyDuplicates(HashMap<(String, i64, i64), Vec<(u64, domain::geo::Point)>>);

impl NearbyDuplicates {
    /// Adds a station; returns a finding if one of the same brand is beside it.
    pub(super) fn check_and_add(&mut self, row: u64, station: &Station) -> Option<ImportFinding> {
        if station.brand.is_empty() {
            return None;
        }
        let brand = station.brand.to_lowercase();
        let (y, x) = (cell(station.point.lat), cell(station.point.lon));
        let beside =
            [-1, 0, 1].into_iter().flat_map(|dy| [-1, 0, 1].map(|dx| (y + dy, x + dx))).find_map(|(y, x)| {
                let others = self.0.get(&(brand.clone(), y, x))?;
                others.iter().find_map(|(other, point)| {
                    let metres = station.point.distance_m(*point);
                    (metres < MAX_DUPLICATE_DISTANCE_M).then_some((*other, metres))
                })
            });
        self.0.entry((brand, y, x)).or_default().push((row, station.point));
        let (other, metres) = beside?;
        let reason = format!(
            "another «{}» is {metres} m away, in row {other}: is it one station, drawn as a point and as an outline?",
            station.brand
        );
        Some(ImportFinding { row, column: "lat".to_owned(), reason })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "360° have 360,000 cells")]
fn cell(degrees: f64) -> i64 {
    (degrees / CELL_SIZE_DEG).floor() as i64
}

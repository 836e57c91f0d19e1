//! Where stations are: an R-tree, and the clusters of a map that has too many.

use std::collections::BTreeMap;

use domain::{
    geo::{Bounds, Point},
    view::Cluster,
};
use rstar::{AABB, RTree, primitives::GeomWithData};

/// Finds entries of a snapshot by place; an entry is named by its position in the snapshot.
#[derive(Clone, Debug, Default)]
pub struct Index {
    tree: RTree<GeomWithData<[f64; 2], usize>>,
}

/// What a map shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markers {
    /// Entries with a marker of their own.
    pub single: Vec<usize>,
    pub clusters: Vec<Cluster>,
}

/// Markers and clusters that one answer may hold.
pub const MAX_MARKERS: usize = 200;
/// From this zoom on a station stands alone: neighbours are a street apart.
const NO_CLUSTERS_FROM_ZOOM: u8 = 16;
/// Tiles are 256 px; four cells along a side make one as wide as a finger.
const CELLS_PER_TILE: f64 = 4.0;

impl Index {
    /// An index of points, in the order of the snapshot.
    #[must_use]
    pub fn new(points: impl Iterator<Item = Point>) -> Self {
        let places = points
            .enumerate()
            .map(|(entry, point)| GeomWithData::new([point.lon, point.lat], entry))
            .collect();
        Self { tree: RTree::bulk_load(places) }
    }

    /// Entries inside a rectangle, which may cross the 180th meridian; in the order of the snapshot.
    #[must_use]
    pub fn within(&self, bounds: Bounds) -> Vec<usize> {
        let spans: &[(f64, f64)] = if bounds.west <= bounds.east {
            &[(bounds.west, bounds.east)]
        } else {
            &[(bounds.west, 180.0), (-180.0, bounds.east)]
        };
        let mut found: Vec<usize> = spans
            .iter()
            .flat_map(|(west, east)| {
                self.tree
                    .locate_in_envelope(&AABB::from_corners([*west, bounds.south], [*east, bounds.north]))
            })
            .map(|place| place.data)
            .collect();
        found.sort_unstable();
        found
    }
}

/// Groups entries by the cells of a grid that is fixed to the globe, so that moving the map does not regroup them.
/// A cell with one entry is a marker. Cells double in size until no more than [`MAX_MARKERS`] are left.
#[must_use]
pub fn markers(places: &[(usize, Point)], zoom: u8) -> Markers {
    if zoom >= NO_CLUSTERS_FROM_ZOOM && places.len() <= MAX_MARKERS {
        return Markers { single: places.iter().map(|(entry, _)| *entry).collect(), clusters: Vec::new() };
    }
    let mut cells_per_side = CELLS_PER_TILE * f64::from(zoom).exp2();
    loop {
        let cells = group(places, cells_per_side);
        if cells.len() <= MAX_MARKERS {
            return present(&cells);
        }
        cells_per_side /= 2.0;
    }
}

fn group(places: &[(usize, Point)], cells_per_side: f64) -> BTreeMap<(i64, i64), Vec<(usize, Point)>> {
    let mut cells: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (entry, point) in places {
        cells.entry(cell(*point, cells_per_side)).or_default().push((*entry, *point));
    }
    cells
}

/// The cell of a point on the square of the Web Mercator projection.
#[expect(clippy::cast_possible_truncation, reason = "a side has at most 4 × 2^22 cells")]
fn cell(point: Point, cells_per_side: f64) -> (i64, i64) {
    // Beyond 85.0511° the projection leaves the square.
    let sine = point.lat.clamp(-85.05, 85.05).to_radians().sin();
    let x = point.lon / 360.0 + 0.5;
    let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
    ((x * cells_per_side).floor() as i64, (y * cells_per_side).floor() as i64)
}

fn present(cells: &BTreeMap<(i64, i64), Vec<(usize, Point)>>) -> Markers {
    let mut markers = Markers::default();
    for members in cells.values() {
        match members.as_slice() {
            [(entry, _)] => markers.single.push(*entry),
            members => markers.clusters.push(cluster(members)),
        }
    }
    markers
}

/// A cell never crosses the 180th meridian, so plain minima and means will do.
fn cluster(members: &[(usize, Point)]) -> Cluster {
    let mut bounds = Bounds { south: 90.0, west: 180.0, north: -90.0, east: -180.0 };
    let (mut lat, mut lon, mut count) = (0.0, 0.0, 0_u32);
    for (_, point) in members {
        bounds.south = bounds.south.min(point.lat);
        bounds.north = bounds.north.max(point.lat);
        bounds.west = bounds.west.min(point.lon);
        bounds.east = bounds.east.max(point.lon);
        lat += point.lat;
        lon += point.lon;
        count += 1;
    }
    let number = f64::from(count.max(1));
    Cluster { lat: lat / number, lon: lon / number, count, bounds }
}

//! Clusters of a map that has too many stations: a grid that is fixed to the globe.
//!
//! The size of a cell follows from the zoom and from how large the view is, not from where it is or what is in it, and
//! a cell at the edge counts its stations beyond the edge too. So moving the map neither regroups stations nor moves
//! a cluster.

use domain::{
    geo::{Bounds, Point},
    view::Cluster,
};

use crate::stations::snapshot::MapWindow;

/// Markers and clusters that one answer may hold.
pub const MAX_MARKERS: usize = 200;
/// Cells along a side of a tile. Tiles are 256 px; four cells make one as wide as a finger.
const CELLS_PER_TILE: f64 = 4.0;
/// Rounding error of a view, in cells, that does not count as one more cell: views and cells are whole pixels wide.
const ROUNDING_TOLERANCE_CELLS: f64 = 0.013;

/// The cells that a view touches.
pub(super) struct Grid {
    /// Along a side of the square; a power of two, so that large cells are made of small ones.
    per_side: f64,
    west: f64,
    north: f64,
    columns: usize,
    rows: usize,
    cells: Vec<GridCell>,
}

/// Stations in a cell. Sums are of ten-millionths of a degree: whole numbers add up the same in any order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GridCell {
    pub(super) count: u32,
    /// One of them.
    pub(super) member: usize,
    lat: i64,
    lon: i64,
    bounds: Option<Bounds>,
}

impl Grid {
    /// The grid for a view: cells double in size until the view cannot touch more than [`MAX_MARKERS`], wherever it
    /// is moved.
    pub(super) fn new(view: MapWindow, zoom: u8) -> Self {
        let mut per_side = CELLS_PER_TILE * f64::from(zoom).exp2();
        while max_cells_touched(view.east - view.west, per_side)
            * max_cells_touched(view.south - view.north, per_side)
            > MAX_MARKERS as f64
        {
            per_side /= 2.0;
        }
        Self::with_cells(view, per_side)
    }

    /// The grid with cells twice as large.
    pub(super) fn coarser(&self, view: MapWindow) -> Self {
        Self::with_cells(view, self.per_side / 2.0)
    }

    fn with_cells(view: MapWindow, per_side: f64) -> Self {
        let last = per_side - 1.0;
        let (west, north) =
            ((view.west * per_side).floor().min(last), (view.north * per_side).floor().max(0.0));
        let columns = ((view.east * per_side).floor() - west + 1.0).min(per_side);
        let rows = (view.south * per_side).floor().min(last) - north + 1.0;
        let (columns, rows) = (to_cell_count(columns), to_cell_count(rows));
        Self { per_side, west, north, columns, rows, cells: vec![GridCell::default(); columns * rows] }
    }

    /// The rectangle of all cells.
    pub(super) fn window(&self) -> MapWindow {
        MapWindow {
            west: self.west / self.per_side,
            east: (self.west + self.columns as f64) / self.per_side,
            north: self.north / self.per_side,
            south: (self.north + self.rows as f64) / self.per_side,
        }
    }

    /// Counts a station in; one outside all cells is left out.
    pub(super) fn add(&mut self, member: usize, point: Point, x: f64, y: f64) {
        let last = self.per_side - 1.0;
        let column = (x * self.per_side).floor().min(last) - self.west;
        let column = if column < 0.0 { column + self.per_side } else { column };
        let row = (y * self.per_side).floor().clamp(0.0, last) - self.north;
        if row < 0.0 || column >= self.columns as f64 || row >= self.rows as f64 {
            return;
        }
        if let Some(cell) = self.cells.get_mut(to_cell_count(row) * self.columns + to_cell_count(column)) {
            cell.add(member, point);
        }
    }

    /// The cells that hold something.
    pub(super) fn filled(&self) -> impl Iterator<Item = &GridCell> {
        self.cells.iter().filter(|cell| cell.count > 0)
    }
}

impl GridCell {
    fn add(&mut self, member: usize, point: Point) {
        self.count += 1;
        self.member = member;
        self.lat += ten_millionths(point.lat);
        self.lon += ten_millionths(point.lon);
        let Point { lat, lon } = point;
        self.bounds = Some(match self.bounds {
            None => Bounds { south: lat, west: lon, north: lat, east: lon },
            Some(bounds) => Bounds {
                south: bounds.south.min(lat),
                west: bounds.west.min(lon),
                north: bounds.north.max(lat),
                east: bounds.east.max(lon),
            },
        });
    }

    /// Makes a cluster of the cell. A cell never crosses the 180th meridian, so plain minima and means will do.
    pub(super) fn cluster(&self) -> Option<Cluster> {
        let mean = |sum: i64| degrees(sum / i64::from(self.count.max(1)));
        Some(Cluster { lat: mean(self.lat), lon: mean(self.lon), count: self.count, bounds: self.bounds? })
    }
}

/// Most cells that a line may touch, wherever it is moved.
fn max_cells_touched(length: f64, per_side: f64) -> f64 {
    ((length * per_side - ROUNDING_TOLERANCE_CELLS).floor() + 2.0).min(per_side)
}

#[expect(clippy::cast_possible_truncation, reason = "180° are 1.8 thousand million")]
fn ten_millionths(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}

/// Rounds to a decimetre, which is exact enough for a marker, and short.
fn degrees(ten_millionths: i64) -> f64 {
    (ten_millionths as f64 / 10.0).round() / 1e6
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cells of a view: from 0 to a few hundred"
)]
fn to_cell_count(number: f64) -> usize {
    number.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use domain::geo::{Bounds, Point};

    use super::{Grid, MAX_MARKERS, max_cells_touched};
    use crate::stations::snapshot::{MapWindow, project};

    /// A view of so many pixels whose north-western corner is at this pixel of the world.
    fn view(x: f64, y: f64, wide: f64, high: f64, zoom: u8) -> MapWindow {
        let world = 256.0 * f64::from(zoom).exp2();
        MapWindow { west: x / world, east: (x + wide) / world, north: y / world, south: (y + high) / world }
    }

    #[test]
    fn the_size_of_cells_does_not_depend_on_where_the_view_is() {
        for (wide, high) in
            [(360.0, 640.0), (411.0, 731.0), (640.0, 640.0), (1920.0, 1080.0), (2560.0, 1300.0)]
        {
            let cells: Vec<f64> = (0..500)
                .map(|step| {
                    let moved = f64::from(step) * 3.37;
                    Grid::new(view(153_000.0 + moved, 79_000.0 + moved, wide, high, 10), 10).per_side
                })
                .collect();
            assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{wide} × {high}: {cells:?}");
        }
    }

    #[test]
    fn a_view_touches_few_enough_cells() {
        for zoom in 0..=22 {
            let whole_world = Bounds { south: -90.0, west: -180.0, north: 90.0, east: 180.0 };
            let russia = Bounds { south: 41.0, west: 19.0, north: 82.0, east: -168.0 };
            for bounds in [whole_world, russia] {
                let grid = Grid::new(MapWindow::new(bounds), zoom);
                assert!(grid.cells.len() <= MAX_MARKERS, "zoom {zoom}: {}", grid.cells.len());
            }
        }
    }

    #[test]
    fn a_cell_counts_what_is_beyond_the_edge_of_the_view() {
        let bounds = Bounds { south: 59.90, west: 30.30, north: 59.95, east: 30.36 };
        let mut grid = Grid::new(MapWindow::new(bounds), 8);
        for (member, lon) in [30.31, 30.37].into_iter().enumerate() {
            let point = Point { lat: 59.93, lon };
            let (x, y) = project(point);
            grid.add(member, point, x, y);
        }
        let clusters: Vec<_> = grid.filled().filter_map(super::GridCell::cluster).collect();
        assert_eq!((clusters.len(), clusters[0].count, clusters[0].lon), (1, 2, 30.34));
    }

    #[test]
    fn a_grid_goes_on_beyond_the_180th_meridian() {
        let bounds = Bounds { south: 60.0, west: 170.0, north: 70.0, east: -170.0 };
        let mut grid = Grid::new(MapWindow::new(bounds), 6);
        for (member, lon) in [172.0, 180.0, -180.0, -172.0, 0.0].into_iter().enumerate() {
            let point = Point { lat: 65.0, lon };
            let (x, y) = project(point);
            grid.add(member, point, x, y);
        }
        assert_eq!(grid.filled().map(|cell| cell.count).sum::<u32>(), 4);
        assert_eq!(MapWindow::new(bounds).parts().count(), 2);
    }

    #[test]
    fn a_line_of_ten_cells_touches_eleven() {
        assert_eq!(max_cells_touched(10.0 / 64.0 + 1e-9, 64.0), 11.0);
        assert_eq!(max_cells_touched(10.0 / 64.0 - 1e-9, 64.0), 11.0);
    }
}

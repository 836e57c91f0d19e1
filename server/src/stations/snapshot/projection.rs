//! The square of the Web Mercator projection, on which places are indexed and maps are cut out.

use domain::geo::{Bounds, Point};

/// Largest rounding error of a place on the map's square, in sides of the square: less than a millimetre in nature.
pub(in crate::stations) const EDGE_EPSILON: f64 = 1e-11;

/// A rectangle on the map's square, whose sides are 1. `east` may be above 1: across the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::stations) struct MapWindow {
    pub(in crate::stations) west: f64,
    pub(in crate::stations) east: f64,
    pub(in crate::stations) north: f64,
    pub(in crate::stations) south: f64,
}

impl MapWindow {
    pub(in crate::stations) fn new(bounds: Bounds) -> Self {
        let (west, north) = project(Point { lat: bounds.north, lon: bounds.west });
        let (east, south) = project(Point { lat: bounds.south, lon: bounds.east });
        let east = if bounds.west <= bounds.east { east } else { east + 1.0 };
        Self { west, east, north, south }
    }

    /// The window as parts that do not cross the 180th meridian.
    pub(in crate::stations) fn parts(self) -> impl Iterator<Item = Self> {
        let crosses = self.east > 1.0 + 2.0 * EDGE_EPSILON;
        let first = Self { east: self.east.min(1.0), ..self };
        let second = Self { west: 0.0, east: (self.east - 1.0).min(self.west), ..self };
        [Some(first), crosses.then_some(second)].into_iter().flatten()
    }
}

/// Projects a point to the square of the Web Mercator projection: x to the east, y to the south, 0…1.
pub(in crate::stations) fn project(point: Point) -> (f64, f64) {
    // Beyond 85.0511° the projection leaves the square.
    let sine = point.lat.clamp(-85.05, 85.05).to_radians().sin();
    let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
    (point.lon / 360.0 + 0.5, y)
}

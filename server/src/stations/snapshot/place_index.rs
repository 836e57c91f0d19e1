//! Stations by place: an R-tree on the square of the map.

use domain::geo::Bounds;
use rstar::{AABB, RTree, primitives::GeomWithData};

use super::{
    projection::{EDGE_EPSILON, MapWindow},
    table::FilterRow,
};

/// Finds stations of a snapshot by place; a station is named by its position in the snapshot.
#[derive(Clone, Debug, Default)]
pub struct PlaceIndex {
    tree: RTree<GeomWithData<[f64; 2], u32>>,
}

impl PlaceIndex {
    pub(in crate::stations) fn new(rows: &[FilterRow]) -> Self {
        let places = (0_u32..).zip(rows).map(|(at, row)| GeomWithData::new([row.x, row.y], at)).collect();
        Self { tree: RTree::bulk_load(places) }
    }

    /// Stations inside a window, in no order.
    pub(in crate::stations) fn within(&self, window: MapWindow) -> impl Iterator<Item = usize> {
        window
            .parts()
            .flat_map(|part| {
                let corners = AABB::from_corners([part.west, part.north], [part.east, part.south]);
                self.tree.locate_in_envelope(&corners)
            })
            .map(|place| place.data as usize)
    }

    /// Stations inside these bounds, and those that rounding may have put outside.
    pub(in crate::stations) fn near_bounds(&self, bounds: Bounds) -> impl Iterator<Item = usize> {
        let view = MapWindow::new(bounds);
        self.within(MapWindow {
            west: view.west - EDGE_EPSILON,
            east: view.east + EDGE_EPSILON,
            north: view.north - EDGE_EPSILON,
            south: view.south + EDGE_EPSILON,
        })
    }
}

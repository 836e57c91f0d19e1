//! Where stations are: an R-tree on the square of the map.

use domain::geo::Bounds;
use rstar::{AABB, RTree, primitives::GeomWithData};

use super::{
    facts::Facts,
    grid::{HAIR, Window},
};

/// Finds stations of a snapshot by place; a station is named by its position in the snapshot.
#[derive(Clone, Debug, Default)]
pub struct Index {
    tree: RTree<GeomWithData<[f64; 2], u32>>,
}

impl Index {
    pub(super) fn new(rows: &[Facts]) -> Self {
        let places =
            (0_u32..).zip(rows).map(|(at, facts)| GeomWithData::new([facts.x, facts.y], at)).collect();
        Self { tree: RTree::bulk_load(places) }
    }

    /// Stations inside a window, in no order.
    pub(super) fn within(&self, window: Window) -> impl Iterator<Item = usize> {
        window
            .parts()
            .flat_map(|part| {
                let corners = AABB::from_corners([part.west, part.north], [part.east, part.south]);
                self.tree.locate_in_envelope(&corners)
            })
            .map(|place| place.data as usize)
    }

    /// Stations inside a window that is a hair larger than these bounds, which rounding may have put outside.
    pub(super) fn near_bounds(&self, bounds: Bounds) -> impl Iterator<Item = usize> {
        let view = Window::new(bounds);
        self.within(Window {
            west: view.west - HAIR,
            east: view.east + HAIR,
            north: view.north - HAIR,
            south: view.south + HAIR,
        })
    }
}

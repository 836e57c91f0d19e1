//! The search for stations in a snapshot. [`Filter`] documents the filters.
//!
//! - With `bounds` and `zoom`: markers and clusters, at most [`grid::MAX_MARKERS`] together; `limit` does not apply.
//! - Without `zoom`: a list. In the order `distance`: the most relevant to `text` first, then the nearest to `near`,
//!   then by name. In the order `price`: those within a drive of `near` first, among them the cheapest.

mod filter;
mod grid;
mod query;

use std::cmp::Reverse;

use domain::{
    fuel::FuelId,
    geo::{Bounds, Point},
    money::Kopecks,
    refusal::RequestError,
    view::{FoundStations, StationCounts, StationOrder, StationQuery, StationSummary},
};
use time::OffsetDateTime;

use super::{
    present,
    served::ServedCatalogue,
    snapshot::{FilterRow, MapWindow, Relevance, squared_chord, to_unit_vector},
};
use filter::Filter;
use grid::Grid;
use query::CheckedQuery;

/// Smallest zoom at which every station has its own marker: neighbours are a street apart.
const MIN_ZOOM_WITHOUT_CLUSTERS: u8 = 16;
/// Distance in metres beyond which no lower price makes up for the drive.
const MAX_NEAR_DISTANCE_M: u32 = 30_000;

/// Finds the stations that match a query.
///
/// # Errors
/// [`RequestError::Malformed`] or [`RequestError::Field`] for a query beyond its limits.
pub(super) fn find(
    served: &ServedCatalogue,
    query: &StationQuery,
    now: OffsetDateTime,
) -> Result<FoundStations, RequestError> {
    let query = CheckedQuery::new(query)?;
    let search = Search::new(served, &query, now);
    Ok(match (query.request.bounds, query.zoom) {
        (Some(bounds), Some(zoom)) => search.on_map(bounds, zoom),
        _ => search.in_list(),
    })
}

/// Counts the stations that each value of a filter would leave; see [`Filter::count`].
///
/// # Errors
/// [`RequestError::Malformed`] or [`RequestError::Field`] for a query beyond its limits.
pub(super) fn count(
    served: &ServedCatalogue,
    query: &StationQuery,
    now: OffsetDateTime,
) -> Result<StationCounts, RequestError> {
    let query = CheckedQuery::new(query)?;
    let search = Search::new(served, &query, now);
    Ok(search.filter.count(search.candidates().into_iter(), now))
}

struct Search<'a> {
    served: &'a ServedCatalogue,
    query: &'a CheckedQuery<'a>,
    filter: Filter<'a>,
    by_text: Option<Relevance>,
    now: OffsetDateTime,
}

impl<'a> Search<'a> {
    fn new(served: &'a ServedCatalogue, query: &'a CheckedQuery<'a>, now: OffsetDateTime) -> Self {
        let filter = Filter::new(served, query.request, now);
        let by_text = query.text.and_then(|text| served.snapshot.words.find(text));
        Self { served, query, filter, by_text, now }
    }

    /// Those that match text and bounds, in the order of the snapshot.
    fn candidates(&self) -> Vec<usize> {
        let mut candidates: Vec<usize> = match self.query.request.bounds {
            Some(bounds) => self
                .served
                .snapshot
                .places
                .near_bounds(bounds)
                .filter(|at| {
                    self.served.snapshot.table.rows.get(*at).is_some_and(|row| bounds.contains(row.point))
                })
                .collect(),
            None => (0..self.served.snapshot.table.rows.len()).collect(),
        };
        candidates.retain(|at| self.relevance(*at).is_some());
        candidates.sort_unstable();
        candidates
    }

    /// `None` if the station does not match the text.
    fn relevance(&self, at: usize) -> Option<u32> {
        match &self.by_text {
            Some(relevance) => relevance.of(at),
            None => Some(0),
        }
    }

    fn matching_row(&self, at: usize) -> Option<&'a FilterRow> {
        self.relevance(at).and_then(|_| self.filter.matching_row(at))
    }

    fn on_map(&self, bounds: Bounds, zoom: u8) -> FoundStations {
        if zoom >= MIN_ZOOM_WITHOUT_CLUSTERS {
            let inside = |at: &usize| self.matching_row(*at).is_some_and(|row| bounds.contains(row.point));
            let single: Vec<usize> = self
                .served
                .snapshot
                .places
                .near_bounds(bounds)
                .filter(inside)
                .take(grid::MAX_MARKERS + 1)
                .collect();
            if single.len() <= grid::MAX_MARKERS {
                return self.map_answer(single, Vec::new());
            }
        }
        let view = MapWindow::new(bounds);
        let mut grid = Grid::new(view, zoom);
        loop {
            for at in self.served.snapshot.places.within(grid.window()) {
                if let Some(row) = self.matching_row(at) {
                    grid.add(at, row.point, row.x, row.y);
                }
            }
            // A view that fits its cells too well by a rounding error.
            if grid.filled().count() <= grid::MAX_MARKERS {
                return self.clustered(&grid, bounds);
            }
            grid = grid.coarser(view);
        }
    }

    /// Groups the stations by cell. A cell with one station is a marker; it and every cluster show as far as they are in
    /// view.
    fn clustered(&self, grid: &Grid, bounds: Bounds) -> FoundStations {
        let (mut single, mut clusters) = (Vec::new(), Vec::new());
        for cell in grid.filled() {
            let Some(cluster) = cell.cluster() else { continue };
            if !bounds.overlaps(cluster.bounds) {
                continue;
            }
            match cell.count {
                1 => single.push(cell.member),
                _ => clusters.push(cluster),
            }
        }
        self.map_answer(single, clusters)
    }

    /// Sorts markers by distance, so that screen readers read the nearest first; else by name.
    fn map_answer(&self, mut single: Vec<usize>, clusters: Vec<domain::view::Cluster>) -> FoundStations {
        let clustered: u32 = clusters.iter().map(|cluster| cluster.count).sum();
        let total = u32::try_from(single.len()).unwrap_or(u32::MAX).saturating_add(clustered);
        single.sort_unstable();
        let mut stations: Vec<_> = single.iter().filter_map(|at| self.summary(*at)).collect();
        stations.sort_by_key(|station| station.distance_m);
        FoundStations { stations, clusters, total }
    }

    fn in_list(&self) -> FoundStations {
        let near = self.query.request.near.map(|near| (near, to_unit_vector(near)));
        let mut keys: Vec<(SortKey, usize)> = self
            .candidates()
            .into_iter()
            .filter_map(|at| Some((self.key(at, self.filter.matching_row(at)?, near), at)))
            .collect();
        let total = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        if keys.len() > self.query.limit {
            keys.select_nth_unstable(self.query.limit);
            keys.truncate(self.query.limit);
        }
        keys.sort_unstable();
        FoundStations {
            stations: keys.iter().filter_map(|(_, at)| self.summary(*at)).collect(),
            clusters: Vec::new(),
            total,
        }
    }

    /// Sort key of a station in a list. Positions in the snapshot are by name and break the ties.
    fn key(&self, at: usize, row: &FilterRow, near: Option<(Point, [f64; 3])>) -> SortKey {
        // Squares of chords are positive: their bits are in the same order as they.
        let distance = near.map_or(0, |(_, place)| squared_chord(place, row.place).to_bits());
        let relevance = Reverse(self.relevance(at).unwrap_or_default());
        match self.query.request.order {
            StationOrder::Distance => SortKey { far: false, price: None, relevance, distance },
            StationOrder::Price => SortKey {
                far: near.is_some_and(|(near, _)| near.distance_m(row.point) > MAX_NEAR_DISTANCE_M),
                price: Some(Reverse(self.price(at).map(Reverse))),
                relevance,
                distance,
            },
        }
    }

    /// The lowest price of the wanted grades that can be had.
    fn price(&self, at: usize) -> Option<Kopecks> {
        let station = &self.served.snapshot.shown().get(at)?.station;
        let wanted = match self.query.request.fuels.as_slice() {
            [] => &[FuelId::A95],
            wanted => wanted,
        };
        wanted
            .iter()
            .filter_map(|id| station.trade.fuel(*id))
            .filter(|fuel| fuel.available)
            .filter_map(|f| f.price)
            .min()
    }

    fn summary(&self, at: usize) -> Option<StationSummary> {
        let entry = self.served.snapshot.shown().get(at)?;
        Some(present::summary(entry, self.served.automation_at(at), self.query.request.near, self.now))
    }
}

/// Key by which a list is sorted, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SortKey {
    far: bool,
    /// The cheapest first, those without a price last.
    price: Option<Reverse<Option<Reverse<Kopecks>>>>,
    relevance: Reverse<u32>,
    distance: u64,
}

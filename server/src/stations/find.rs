//! The rules of the search for stations. What the filters mean stands at [`Filter`].
//!
//! - With `bounds` and `zoom`: markers and clusters, at most [`grid::MAX_MARKERS`] together; `limit` does not apply.
//! - Without `zoom`: a list. In the order `distance`: the most relevant to `text` first, then the nearest to `near`,
//!   then by name. In the order `price`: those within a drive of `near` first, among them the cheapest.

use std::cmp::Reverse;

use domain::{
    fuel::FuelId,
    geo::{Bounds, Point},
    money::Kopecks,
    refusal::{FieldProblem, RequestError},
    view::{FoundStations, StationCounts, StationOrder, StationQuery, StationSummary},
};
use time::OffsetDateTime;

use super::{
    facts::{Facts, chord, on_globe},
    filter::Filter,
    grid::{self, Grid, Window},
    present,
    search::Relevance,
    snapshot::{Entry, Snapshot},
};

/// The longest text, in characters.
const MAX_TEXT: usize = 200;
/// The most values of one filter.
const MAX_VALUES: usize = 50;
/// The most stations of a list.
const MAX_LIMIT: u32 = 100;
const MAX_ZOOM: u8 = 22;
/// From this zoom on a station stands alone: neighbours are a street apart.
const NO_CLUSTERS_FROM_ZOOM: u8 = 16;
/// How far one drives for a better price, metres.
const DRIVE_M: u32 = 30_000;

/// Stations of a snapshot that match a query.
///
/// # Errors
/// [`RequestError::Malformed`] or [`RequestError::Field`] for a query that cannot be meant.
pub(super) fn find(
    snapshot: &Snapshot,
    query: &StationQuery,
    now: OffsetDateTime,
) -> Result<FoundStations, RequestError> {
    let query = Checked::new(query)?;
    let search = Search::new(snapshot, &query, now);
    Ok(match (query.asked.bounds, query.zoom) {
        (Some(bounds), Some(zoom)) => search.on_map(bounds, zoom),
        _ => search.in_list(),
    })
}

/// How many stations each value of a filter would leave; see [`Filter::count`].
///
/// # Errors
/// As [`find`].
pub(super) fn count(
    snapshot: &Snapshot,
    query: &StationQuery,
    now: OffsetDateTime,
) -> Result<StationCounts, RequestError> {
    let query = Checked::new(query)?;
    let search = Search::new(snapshot, &query, now);
    Ok(search.filter.count(search.candidates().into_iter(), now))
}

/// Is the station open at this moment?
pub(super) fn is_open(entry: &Entry, now: OffsetDateTime) -> bool {
    entry.station.closed_reason.is_none() && entry.hours.open_at(now)
}

/// A query that makes sense.
struct Checked<'a> {
    asked: &'a StationQuery,
    text: Option<&'a str>,
    /// Only together with bounds.
    zoom: Option<u8>,
    limit: usize,
}

impl<'a> Checked<'a> {
    fn new(query: &'a StationQuery) -> Result<Self, RequestError> {
        if let Some(bounds) = query.bounds {
            check(bounds)?;
        }
        if query.near.is_some_and(|near| !near.is_valid()) {
            return Err(malformed("query.near must have lat within −90…90 and lon within −180…180"));
        }
        let zoom = match query.zoom.map(u8::try_from) {
            None => None,
            Some(Ok(zoom)) if zoom <= MAX_ZOOM => Some(zoom),
            Some(_) => return Err(malformed("query.zoom must be within 0…22")),
        };
        let lengths = [query.fuels.len(), query.services.len(), query.brands.len(), query.ids.len()];
        if lengths.iter().any(|len| *len > MAX_VALUES) {
            return Err(malformed(
                "query.fuels, query.services, query.brands and query.ids take at most 50 values each",
            ));
        }
        let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > MAX_TEXT) {
            return Err(RequestError::Field { field: "query.text", problem: FieldProblem::TooLong });
        }
        Ok(Self {
            asked: query,
            text,
            zoom: query.bounds.and(zoom),
            limit: usize::try_from(query.limit.clamp(1, MAX_LIMIT)).unwrap_or(1),
        })
    }
}

fn check(bounds: Bounds) -> Result<(), RequestError> {
    if bounds.is_valid() {
        return Ok(());
    }
    Err(malformed(match bounds.south > bounds.north {
        true => "query.bounds are upside down: south must not be above north",
        false => {
            "query.bounds must have south and north within −90…90, west and east within −180…180; \
             west above east means a view across the 180th meridian"
        }
    }))
}

fn malformed(problem: &str) -> RequestError {
    RequestError::Malformed { problem: problem.to_owned() }
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a Checked<'a>,
    filter: Filter<'a>,
    by_text: Option<Relevance>,
    now: OffsetDateTime,
}

impl<'a> Search<'a> {
    fn new(snapshot: &'a Snapshot, query: &'a Checked<'a>, now: OffsetDateTime) -> Self {
        let filter = Filter::new(snapshot, query.asked, now);
        let by_text = query.text.and_then(|text| snapshot.words.find(text));
        Self { snapshot, query, filter, by_text, now }
    }

    /// Those that match text and bounds, in the order of the snapshot.
    fn candidates(&self) -> Vec<usize> {
        let mut candidates: Vec<usize> = match self.query.asked.bounds {
            Some(bounds) => self
                .snapshot
                .index
                .near_bounds(bounds)
                .filter(|at| self.snapshot.table.rows.get(*at).is_some_and(|row| bounds.contains(row.point)))
                .collect(),
            None => (0..self.snapshot.table.rows.len()).collect(),
        };
        candidates.retain(|at| self.relevance(*at).is_some());
        candidates.sort_unstable();
        candidates
    }

    /// `None`: not what the text looks for.
    fn relevance(&self, at: usize) -> Option<u32> {
        match &self.by_text {
            Some(relevance) => relevance.of(at),
            None => Some(0),
        }
    }

    fn pass(&self, at: usize) -> Option<&'a Facts> {
        self.relevance(at).and_then(|_| self.filter.pass(at))
    }

    fn on_map(&self, bounds: Bounds, zoom: u8) -> FoundStations {
        if zoom >= NO_CLUSTERS_FROM_ZOOM {
            let inside = |at: &usize| self.pass(*at).is_some_and(|facts| bounds.contains(facts.point));
            let single: Vec<usize> =
                self.snapshot.index.near_bounds(bounds).filter(inside).take(grid::MAX_MARKERS + 1).collect();
            if single.len() <= grid::MAX_MARKERS {
                return self.map_answer(single, Vec::new());
            }
        }
        let view = Window::new(bounds);
        let mut grid = Grid::new(view, zoom);
        loop {
            for at in self.snapshot.index.within(grid.window()) {
                if let Some(facts) = self.pass(at) {
                    grid.add(at, facts.point, facts.x, facts.y);
                }
            }
            // A view that fits its cells too well by a rounding error.
            if grid.filled().count() <= grid::MAX_MARKERS {
                return self.clustered(&grid, bounds);
            }
            grid = grid.coarser(view);
        }
    }

    /// A cell with one station is a marker; it and every cluster show as far as they are in view.
    fn clustered(&self, grid: &Grid, bounds: Bounds) -> FoundStations {
        let (mut single, mut clusters) = (Vec::new(), Vec::new());
        for cell in grid.filled() {
            let Some(cluster) = cell.cluster() else { continue };
            if !bounds.meets(cluster.bounds) {
                continue;
            }
            match cell.count {
                1 => single.push(cell.member),
                _ => clusters.push(cluster),
            }
        }
        self.map_answer(single, clusters)
    }

    /// Markers by distance, so that who reads them in order hears the nearest first; else by name.
    fn map_answer(&self, mut single: Vec<usize>, clusters: Vec<domain::view::Cluster>) -> FoundStations {
        let clustered: u32 = clusters.iter().map(|cluster| cluster.count).sum();
        let total = u32::try_from(single.len()).unwrap_or(u32::MAX).saturating_add(clustered);
        single.sort_unstable();
        let mut stations: Vec<_> = single.iter().filter_map(|at| self.summary(*at)).collect();
        stations.sort_by_key(|station| station.distance_m);
        FoundStations { stations, clusters, total }
    }

    fn in_list(&self) -> FoundStations {
        let near = self.query.asked.near.map(|near| (near, on_globe(near)));
        let mut keys: Vec<(Key, usize)> = self
            .candidates()
            .into_iter()
            .filter_map(|at| Some((self.key(at, self.filter.pass(at)?, near), at)))
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

    /// What a list is sorted by. Positions in the snapshot are by name and break the ties.
    fn key(&self, at: usize, facts: &Facts, near: Option<(Point, [f64; 3])>) -> Key {
        // Squares of chords are positive: their bits are in the same order as they.
        let distance = near.map_or(0, |(_, place)| chord(place, facts.place).to_bits());
        let relevance = Reverse(self.relevance(at).unwrap_or_default());
        match self.query.asked.order {
            StationOrder::Distance => Key { far: false, price: None, relevance, distance },
            StationOrder::Price => Key {
                far: near.is_some_and(|(near, _)| near.distance_m(facts.point) > DRIVE_M),
                price: Some(Reverse(self.price(at).map(Reverse))),
                relevance,
                distance,
            },
        }
    }

    /// The lowest price of the wanted grades that can be had.
    fn price(&self, at: usize) -> Option<Kopecks> {
        let station = &self.snapshot.shown().get(at)?.station;
        let wanted = match self.query.asked.fuels.as_slice() {
            [] => &[FuelId::A95],
            wanted => wanted,
        };
        wanted
            .iter()
            .filter_map(|id| station.fuel(*id))
            .filter(|fuel| fuel.available)
            .filter_map(|f| f.price)
            .min()
    }

    fn summary(&self, at: usize) -> Option<StationSummary> {
        let entry = self.snapshot.shown().get(at)?;
        Some(present::summary(entry, self.query.asked.near, self.now))
    }
}

/// Smaller is sooner in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    far: bool,
    /// The cheapest first, those without a price last.
    price: Option<Reverse<Option<Reverse<Kopecks>>>>,
    relevance: Reverse<u32>,
    distance: u64,
}

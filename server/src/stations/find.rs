//! The rules of the search for stations.
//!
//! - `fuels`: at least one of them is on sale and not sold out. `brands`: one of them, in any letter case.
//!   `services`: all of them. `open_now`: open by its hours and not closed for a while. `shop_id`: the one that is this
//!   shop of the marketplace.
//! - With `bounds` and `zoom`: markers and clusters, at most [`MAX_MARKERS`] together; `limit` does not apply.
//! - Without `zoom`: a list, the most relevant to `text` first, then the nearest to `near`, then by name.

use std::{cmp::Reverse, collections::BTreeMap};

use domain::{
    fuel::FuelId,
    geo::Bounds,
    refusal::{FieldProblem, Refusal},
    station::Station,
    view::{FoundStations, StationQuery, StationSummary},
};
use time::OffsetDateTime;

#[cfg(doc)]
use super::index::MAX_MARKERS;
use super::{
    catalogue::{LivePumps, live_state},
    index::markers,
    present,
    snapshot::{Entry, Snapshot},
};

/// The longest text, in characters.
const MAX_TEXT: usize = 200;
/// The most values of one filter.
const MAX_VALUES: usize = 50;
/// The most stations of a list.
const MAX_LIMIT: u32 = 100;
const MAX_ZOOM: u8 = 22;

/// Stations of a snapshot that match a query.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Field`] for a query that cannot be meant.
pub(super) fn find(
    snapshot: &Snapshot,
    live: &LivePumps,
    query: &StationQuery,
    now: OffsetDateTime,
) -> Result<FoundStations, Refusal> {
    let query = Checked::new(query)?;
    let search = Search { snapshot, live, query: &query, now };
    let matching = search.matching();
    let total = u32::try_from(matching.len()).unwrap_or(u32::MAX);
    Ok(match query.zoom {
        Some(zoom) => search.on_map(&matching, zoom, total),
        None => search.in_list(matching, total),
    })
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
    brands: Vec<String>,
    limit: usize,
}

impl<'a> Checked<'a> {
    fn new(query: &'a StationQuery) -> Result<Self, Refusal> {
        if query.bounds.is_some_and(|bounds| !bounds.is_valid()) {
            return Err(malformed(
                "query.bounds must have south ≤ north, both within −90…90, and west and east within −180…180",
            ));
        }
        if query.near.is_some_and(|near| !near.is_valid()) {
            return Err(malformed("query.near must have lat within −90…90 and lon within −180…180"));
        }
        let zoom = match query.zoom.map(u8::try_from) {
            None => None,
            Some(Ok(zoom)) if zoom <= MAX_ZOOM => Some(zoom),
            Some(_) => return Err(malformed("query.zoom must be within 0…22")),
        };
        if [query.fuels.len(), query.services.len(), query.brands.len()].iter().any(|len| *len > MAX_VALUES) {
            return Err(malformed(
                "query.fuels, query.services and query.brands take at most 50 values each",
            ));
        }
        let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > MAX_TEXT) {
            return Err(Refusal::Field { field: "query.text", problem: FieldProblem::TooLong });
        }
        Ok(Self {
            asked: query,
            text,
            zoom: query.bounds.and(zoom),
            brands: query.brands.iter().map(|brand| brand.trim().to_lowercase()).collect(),
            limit: usize::try_from(query.limit.clamp(1, MAX_LIMIT)).unwrap_or(1),
        })
    }
}

fn malformed(problem: &str) -> Refusal {
    Refusal::Malformed { problem: problem.to_owned() }
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    live: &'a LivePumps,
    query: &'a Checked<'a>,
    now: OffsetDateTime,
}

/// An entry, its position in the snapshot (by name), and its relevance.
struct Match<'a> {
    position: usize,
    entry: &'a Entry,
    relevance: u32,
}

impl<'a> Search<'a> {
    /// Entries that pass every filter, by name. The cheapest filter goes first.
    fn matching(&self) -> Vec<Match<'a>> {
        let by_text = self.query.text.map(|text| self.snapshot.words.find(text));
        self.candidates(by_text.as_ref())
            .into_iter()
            .filter_map(|position| {
                let entry = self.snapshot.shown().get(position)?;
                let relevance = match &by_text {
                    Some(found) => *found.get(&position)?,
                    None => 0,
                };
                self.passes(entry).then_some(Match { position, entry, relevance })
            })
            .collect()
    }

    fn candidates(&self, by_text: Option<&BTreeMap<usize, u32>>) -> Vec<usize> {
        match (self.query.asked.bounds, by_text) {
            (Some(bounds), _) => self.within(bounds),
            (None, Some(found)) => found.keys().copied().collect(),
            (None, None) => (0..self.snapshot.shown().len()).collect(),
        }
    }

    fn within(&self, bounds: Bounds) -> Vec<usize> {
        self.snapshot.index.within(bounds)
    }

    fn passes(&self, entry: &Entry) -> bool {
        let (asked, station) = (self.query.asked, &entry.station);
        let sells = |id: &FuelId| station.fuel(*id).is_some_and(|fuel| fuel.available);
        (asked.fuels.is_empty() || asked.fuels.iter().any(sells))
            && asked.services.iter().all(|service| station.amenities.contains(service))
            && (self.query.brands.is_empty() || self.query.brands.contains(&station.brand.to_lowercase()))
            && asked.shop_id.is_none_or(|shop| station.shop_id == Some(shop))
            && (!asked.open_now || is_open(entry, self.now))
    }

    fn on_map(&self, matching: &[Match<'a>], zoom: u8, total: u32) -> FoundStations {
        let places: Vec<_> =
            matching.iter().map(|found| (found.position, found.entry.station.point)).collect();
        let markers = markers(&places, zoom);
        let shown = self.snapshot.shown();
        FoundStations {
            stations: markers
                .single
                .iter()
                .filter_map(|at| shown.get(*at))
                .map(|e| self.summary(e))
                .collect(),
            clusters: markers.clusters,
            total,
        }
    }

    /// `matching` comes by name and the sort is stable, so that names break the ties.
    fn in_list(&self, mut matching: Vec<Match<'a>>, total: u32) -> FoundStations {
        let near = self.query.asked.near;
        matching.sort_by_cached_key(|found| {
            (Reverse(found.relevance), near.map(|near| near.distance_m(found.entry.station.point)))
        });
        matching.truncate(self.query.limit);
        FoundStations {
            stations: matching.iter().map(|found| self.summary(found.entry)).collect(),
            clusters: Vec::new(),
            total,
        }
    }

    fn summary(&self, entry: &Entry) -> StationSummary {
        present::summary(entry, self.no_free_pumps(&entry.station), self.query.asked.near, self.now)
    }

    /// As [`Station::no_free_pumps`], with the live states.
    fn no_free_pumps(&self, station: &Station) -> bool {
        !station.pumps.is_empty()
            && station
                .pumps
                .iter()
                .all(|pump| !live_state(self.live, &station.id, pump.number).unwrap_or(pump.state).usable())
    }
}

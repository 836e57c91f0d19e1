//! Merging a feed into the catalogue.
//!
//! The feed knows which pumps there are and what fuel costs; people know the rest better. So pumps, their grades and
//! prices are the feed's. Name, address and place are taken only where the catalogue has none, and everything else
//! (hours, services, goods, caps, availability, enabled or not) stays as it was entered. A station that the catalogue
//! does not have is made; one that the feed does not name any more, or calls switched off, is left alone here: whether
//! it can be paid at is decided in [`super::super::silence`].
//!
//! A price that cannot be meant (nothing, or a hundred times more or less than before) is a doubt, and the one before
//! stays; so do all prices of a station for which none are reported. A grade that is missing among the reported prices
//! of its station has none any more: it is not sold at yesterday's.

use std::collections::{BTreeMap, HashMap};

use domain::{fuel::FuelId, geo::Point, id::StationId, money::Kopecks, station::Station};

use crate::{
    station_link::{FeedAnswer, FeedDoubts, ReportedPrice, ReportedPump, ReportedStation},
    stations::{
        patch::{DEFAULT_STATION_NAME, PumpPatch, StationPatch, TradePatch, Update},
        snapshot::Snapshot,
    },
};

/// Stations to write, and the doubts about them.
#[derive(Debug, Default)]
pub(super) struct MergePlan {
    /// New or changed.
    pub(super) stations: Vec<Station>,
    pub(super) unchanged: usize,
    pub(super) doubts: FeedDoubts,
}

/// The reported prices of a station; `None` is one that could not be read.
type PricesByFuel = BTreeMap<FuelId, Option<Kopecks>>;

/// A station of the feed that the catalogue does not have.
struct NewStation<'a> {
    name: &'a str,
    address: &'a str,
    point: Point,
}

/// Largest plausible ratio of a price to the one before, and the other way round.
const MAX_PRICE_RATIO: i64 = 100;
/// Distance from which catalogue and feed mean different places.
const MAX_LOCATION_DRIFT_M: u32 = 1_000;

/// Merges a report into the stations of a snapshot. `prices` is `None` when they could not be had.
pub(super) fn plan(
    snapshot: &Snapshot,
    stations: FeedAnswer<ReportedStation>,
    prices: Option<FeedAnswer<ReportedPrice>>,
) -> MergePlan {
    let mut plan = MergePlan { doubts: stations.doubts, ..MergePlan::default() };
    let prices = group_by_station(prices, &mut plan.doubts);
    for reported in stations.rows.iter().filter(|reported| reported.enabled) {
        let known = snapshot.get(&reported.id).map(|entry| &entry.station);
        let Some(patch) = patch_of(reported, known, prices.get(&reported.id), &mut plan.doubts) else {
            continue;
        };
        match patch.apply(&reported.id, known) {
            Ok(patched) if known == Some(&patched.station) => plan.unchanged += 1,
            Ok(patched) => {
                patched.notes.iter().for_each(|note| plan.doubts.add(&reported.id.0, note.to_string()));
                plan.stations.push(patched.station);
            }
            Err(error) => {
                let is_new = if known.is_none() { "is new and " } else { "" };
                plan.doubts.add(&reported.id.0, format!("{is_new}left out: {}", error.problem));
            }
        }
    }
    plan
}

fn group_by_station(
    prices: Option<FeedAnswer<ReportedPrice>>,
    doubts: &mut FeedDoubts,
) -> HashMap<StationId, PricesByFuel> {
    let mut by_station: HashMap<StationId, PricesByFuel> = HashMap::new();
    let Some(prices) = prices else { return by_station };
    doubts.append(prices.doubts);
    for reported in prices.rows {
        by_station.entry(reported.station).or_default().insert(reported.fuel, reported.price);
    }
    by_station
}

/// The part of a station that the feed may change; `None` for a new one without a place.
fn patch_of(
    reported: &ReportedStation,
    known: Option<&Station>,
    prices: Option<&PricesByFuel>,
    doubts: &mut FeedDoubts,
) -> Option<StationPatch> {
    let patch = match known {
        Some(known) => fill_gaps(known, reported, doubts),
        None => new_station(reported, doubts)?.into_patch(),
    };
    let trade = TradePatch {
        pumps: reported.pumps.as_ref().map(|pumps| pumps.iter().map(pump_patch).collect()),
        prices: prices.map(|prices| accept_plausible_prices(&reported.id, known, prices, doubts)),
        ..TradePatch::default()
    };
    Some(StationPatch { trade, ..patch })
}

fn new_station<'a>(reported: &'a ReportedStation, doubts: &mut FeedDoubts) -> Option<NewStation<'a>> {
    let Some(point) = reported.point else {
        doubts.add(&reported.id.0, "is new and has no Location; it is left out");
        return None;
    };
    Some(NewStation { name: &reported.name, address: &reported.address, point })
}

impl NewStation<'_> {
    fn into_patch(self) -> StationPatch {
        StationPatch {
            point: Some(self.point),
            name: Update::from_text(Some(self.name)),
            is_own_name: true,
            address: Update::from_text(Some(self.address)),
            ..StationPatch::default()
        }
    }
}

/// Fills name and address where the catalogue has none.
fn fill_gaps(known: &Station, reported: &ReportedStation, doubts: &mut FeedDoubts) -> StationPatch {
    let drift = reported.point.map(|point| known.point.distance_m(point));
    if let Some(metres) = drift.filter(|metres| *metres > MAX_LOCATION_DRIFT_M) {
        let km = metres / 1000;
        doubts.add(&known.id.0, format!("is {km} km from its place in the catalogue, which stays"));
    }
    let filled = |gap: bool, text: &str| {
        if gap && !text.is_empty() { Update::from_text(Some(text)) } else { Update::Keep }
    };
    StationPatch {
        name: filled(known.name == DEFAULT_STATION_NAME, &reported.name),
        is_own_name: true,
        address: filled(known.address.is_empty(), &reported.address),
        ..StationPatch::default()
    }
}

fn pump_patch(reported: &ReportedPump) -> PumpPatch {
    PumpPatch { number: reported.number, fuels: reported.fuels.clone(), state: None }
}

/// Returns the prices that a station has from now on: one that could not be read or is implausible stays as it was.
fn accept_plausible_prices(
    station: &StationId,
    known: Option<&Station>,
    reported: &PricesByFuel,
    doubts: &mut FeedDoubts,
) -> BTreeMap<FuelId, Kopecks> {
    let price_before = |fuel: FuelId| known.and_then(|known| known.trade.fuel(fuel)?.price);
    let plausible = reported.iter().filter_map(|(fuel, price)| {
        let price = match (*price, price_before(*fuel)) {
            (Some(new), Some(old)) if !is_plausible_price(new, old) => {
                let (id, new, kept) = (fuel.id(), new.to_decimal(), old.to_decimal());
                doubts.add(&station.0, format!("{id}: {new} after {kept}; the price before stays"));
                Some(old)
            }
            (None, before) => before,
            (new, _) => new,
        };
        Some((*fuel, price?))
    });
    plausible.collect()
}

fn is_plausible_price(new: Kopecks, old: Kopecks) -> bool {
    new.get() <= old.get().saturating_mul(MAX_PRICE_RATIO)
        && old.get() <= new.get().saturating_mul(MAX_PRICE_RATIO)
}

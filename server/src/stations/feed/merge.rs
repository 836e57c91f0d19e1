//! What the catalogue makes of a feed.
//!
//! The feed knows which pumps there are and what fuel costs; people know the rest better. So pumps, their grades and
//! prices are the feed's. Name, address and place are taken only where the catalogue has none, and everything else
//! (hours, services, goods, caps, availability, enabled or not) stays as it was entered. A station that the catalogue
//! does not have is made; one that the feed does not name any more, or calls switched off, is left alone here: whether
//! it can be paid at is a matter of [`super::super::silence`].
//!
//! A price that cannot be meant (nothing, or a hundred times more or less than before) is told and the one before
//! stays; so do all prices of a station for which none are told. A grade that is missing among the told prices of its
//! station has none any more: it is not sold at yesterday's.

use std::collections::{BTreeMap, HashMap};

use domain::{
    fuel::FuelId,
    id::StationId,
    money::Kopecks,
    station::{Pump, Station},
};

use crate::{
    station_link::{Answer, Doubts, ToldPrice, ToldPump, ToldStation},
    stations::{
        import::{Told, UNNAMED, admit_grades, make},
        snapshot::Snapshot,
    },
};

/// What has to be written, and what is doubtful.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// New or changed.
    pub(super) stations: Vec<Station>,
    pub(super) unchanged: usize,
    pub(super) doubts: Doubts,
}

/// The told prices of a station; `None` is one that could not be read.
type Prices = BTreeMap<FuelId, Option<Kopecks>>;

/// More than this many times the price before, or less than its part, is a mistake.
const ABSURD: i64 = 100;
/// Farther apart, catalogue and feed mean different places.
const ASTRAY_M: u32 = 1_000;

/// Lays what was told over the stations of a snapshot. `prices` is `None` when they could not be had.
pub(super) fn plan(
    snapshot: &Snapshot,
    stations: Answer<ToldStation>,
    prices: Option<Answer<ToldPrice>>,
) -> Plan {
    let mut plan = Plan { doubts: stations.doubts, ..Plan::default() };
    let prices = by_station(prices, &mut plan.doubts);
    for told in stations.rows.iter().filter(|told| told.enabled) {
        let known = snapshot.get(&told.id).map(|entry| &entry.station);
        let Some(mut station) = known.cloned().or_else(|| made(told, &mut plan.doubts)) else { continue };
        fill_gaps(&mut station, told, &mut plan.doubts);
        if let Some(pumps) = &told.pumps {
            lay_pumps(&mut station, pumps);
        }
        if let Some(prices) = prices.get(&told.id) {
            lay_prices(&mut station, prices, &mut plan.doubts);
        }
        if known == Some(&station) {
            plan.unchanged += 1;
        } else {
            plan.stations.push(station);
        }
    }
    plan
}

fn by_station(prices: Option<Answer<ToldPrice>>, doubts: &mut Doubts) -> HashMap<StationId, Prices> {
    let mut by_station: HashMap<StationId, Prices> = HashMap::new();
    let Some(prices) = prices else { return by_station };
    doubts.append(prices.doubts);
    for told in prices.rows {
        by_station.entry(told.station).or_default().insert(told.fuel, told.price);
    }
    by_station
}

/// A station that the catalogue does not have; `None` without a place for it.
fn made(told: &ToldStation, doubts: &mut Doubts) -> Option<Station> {
    let Some(point) = told.point else {
        doubts.add(&told.id.0, "is new and has no Location; it is left out");
        return None;
    };
    match make(Told { id: &told.id, name: &told.name, address: &told.address, point }) {
        Ok((station, warnings)) => {
            warnings.into_iter().for_each(|warning| doubts.add(&station.id.0, warning.reason));
            Some(station)
        }
        Err(finding) => {
            doubts.add(&told.id.0, format!("is new and left out: {}", finding.reason));
            None
        }
    }
}

fn fill_gaps(station: &mut Station, told: &ToldStation, doubts: &mut Doubts) {
    if station.name == UNNAMED && !told.name.is_empty() {
        station.name.clone_from(&told.name);
    }
    if station.address.is_empty() {
        station.address.clone_from(&told.address);
    }
    let astray = told.point.map(|point| station.point.distance_m(point)).filter(|metres| *metres > ASTRAY_M);
    if let Some(metres) = astray {
        let km = metres / 1000;
        doubts.add(&station.id.0, format!("stands {km} km from its place in the catalogue, which stays"));
    }
}

/// A pump keeps its state; what is not told any more is not there.
fn lay_pumps(station: &mut Station, told: &[ToldPump]) {
    let pumps = told.iter().map(|told| Pump {
        number: told.number,
        fuels: told.fuels.clone(),
        state: station.pump(told.number).map(|pump| pump.state).unwrap_or_default(),
    });
    station.pumps = pumps.collect();
    admit_grades(station, told.iter().flat_map(|pump| &pump.fuels));
}

fn lay_prices(station: &mut Station, told: &Prices, doubts: &mut Doubts) {
    admit_grades(station, told.iter().filter(|(_, price)| price.is_some()).map(|(fuel, _)| fuel));
    for fuel in &mut station.fuels {
        match (told.get(&fuel.id).copied(), fuel.price) {
            (Some(Some(new)), Some(old)) if is_absurd(new, old) => doubts.add(
                &station.id.0,
                format!(
                    "{}: {} after {}; the price before stays",
                    fuel.id.id(),
                    new.to_decimal(),
                    old.to_decimal()
                ),
            ),
            (Some(Some(new)), _) => fuel.price = Some(new),
            (Some(None), _) => {}
            (None, _) => fuel.price = None,
        }
    }
}

fn is_absurd(new: Kopecks, old: Kopecks) -> bool {
    new.get() > old.get().saturating_mul(ABSURD) || old.get() > new.get().saturating_mul(ABSURD)
}

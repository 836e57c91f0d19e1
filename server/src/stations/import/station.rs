//! A row laid over the station that is known already, or over nothing.
//!
//! The columns are [`COLUMNS`]: `id` or `osm_id` and `lat`, `lon` must be there, `ref` and `number` are the same.
//! Others are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    fuel::FuelId,
    id::StationId,
    money::Kopecks,
    quantity::Centi,
    station::{Automation, FuelProduct, Pump, Station},
    vat::Vat,
};

use super::{
    Finding, hours, place,
    row::Row,
    values::{self, FuelCell, PumpCell},
};
use crate::stations::hours::{Hours, HoursError};

/// The columns that are looked at.
pub(super) const COLUMNS: [&str; 24] = [
    "id",
    "osm_id",
    "lat",
    "lon",
    "name",
    "brand",
    "operator",
    "ref",
    "number",
    "city",
    "address",
    "opening_hours",
    "is_24_7",
    "time_zone",
    "phone",
    "fuels",
    "services",
    "pumps",
    "prices",
    "goods",
    "enabled",
    "closed_reason",
    "merchant_id",
    "shop_id",
];

pub(super) const SERVICES: [&str; 8] =
    ["shop", "cafe", "car_wash", "tyre_air", "toilet", "atm", "wifi", "vacuum"];

/// The name of a station of which nobody knows one.
pub(in crate::stations) const UNNAMED: &str = "АЗС";

/// The longest text of a column, in characters.
const MAX_TEXT: usize = 300;

/// The id of a row: `id` as it is, or `osm-n123` for the object `n123` or `node/123` of OpenStreetMap.
pub(super) fn id(row: &Row) -> Result<StationId, Finding> {
    let (column, text) = match (row.text("id"), row.text("osm_id")) {
        (Some(id), _) => ("id", id),
        (None, Some(osm_id)) => ("osm_id", format!("osm-{}", short_osm_id(&osm_id))),
        (None, None) => return Err(row.finding("id", "missing; osm_id would do as well")),
    };
    StationId::parse(&text).ok_or_else(|| {
        row.finding(column, format!("«{text}» is not 1 to 64 characters of A–Z a–z 0–9 . _ -"))
    })
}

fn short_osm_id(id: &str) -> String {
    match id.split_once('/') {
        Some((kind, number)) => kind.chars().take(1).chain(number.chars()).collect(),
        None => id.to_owned(),
    }
}

/// The station that a row tells of, with what was repaired or not understood in it.
pub(super) fn lay_over(
    row: &Row,
    id: StationId,
    known: Option<&Station>,
) -> Result<(Station, Vec<Finding>), Finding> {
    let mut warnings = Vec::new();
    let place = place::read(row)?;
    if place.was_swapped {
        warnings.push(row.finding("lat", "latitude and longitude were swapped; put right"));
    }
    let mut station = known.cloned().unwrap_or_else(|| blank(id));
    if known.is_none() || station.point != place.point {
        place::time_zone(place.point).clone_into(&mut station.time_zone);
    }
    station.point = place.point;
    lay_texts(row, &mut station)?;
    lay_hours(row, &mut station, &mut warnings)?;
    lay_services(row, &mut station, &mut warnings)?;
    lay_trade(row, &mut station)?;
    Ok((station, warnings))
}

fn blank(id: StationId) -> Station {
    Station {
        id,
        name: String::new(),
        brand: String::new(),
        number: None,
        address: String::new(),
        city: String::new(),
        point: domain::geo::Point { lat: 0.0, lon: 0.0 },
        opening_hours: None,
        time_zone: String::new(),
        phone: None,
        enabled: true,
        closed_reason: None,
        merchant_id: None,
        shop_id: None,
        amenities: Vec::new(),
        pumps: Vec::new(),
        fuels: Vec::new(),
        goods: Vec::new(),
        automation: Automation::default(),
    }
}

fn lay_texts(row: &Row, station: &mut Station) -> Result<(), Finding> {
    for (column, place) in
        [("brand", &mut station.brand), ("city", &mut station.city), ("address", &mut station.address)]
    {
        if row.has(column) {
            *place = short_text(row, column)?.unwrap_or_default();
        }
    }
    for (column, place) in
        [("closed_reason", &mut station.closed_reason), ("merchant_id", &mut station.merchant_id)]
    {
        if row.has(column) {
            *place = short_text(row, column)?;
        }
    }
    if row.has("shop_id") {
        let number =
            row.text("shop_id").map(|text| text.parse().map_err(|_| "is not a whole number".to_owned()));
        station.shop_id = number.transpose().map_err(|reason| row.finding("shop_id", reason))?;
    }
    for column in ["ref", "number"] {
        if row.has(column) {
            station.number = short_text(row, column)?;
        }
    }
    if row.has("phone") {
        // OpenStreetMap lists several; one button calls one.
        station.phone = short_text(row, "phone")?.and_then(|phones| {
            phones.split(';').map(str::trim).find(|phone| !phone.is_empty()).map(str::to_owned)
        });
    }
    if let Some(text) = row.text("enabled") {
        station.enabled = values::flag(&text).map_err(|reason| row.finding("enabled", reason))?;
    }
    if row.has("name") || station.name.is_empty() {
        station.name = name(row, station)?;
    }
    Ok(())
}

fn short_text(row: &Row, column: &str) -> Result<Option<String>, Finding> {
    match row.text(column) {
        Some(text) if text.chars().count() > MAX_TEXT => {
            Err(row.finding(column, format!("longer than {MAX_TEXT} characters")))
        }
        Some(text) => Ok(Some(text)),
        None if row.cell(column).is_some() => Err(row.finding(column, "is not a text")),
        None => Ok(None),
    }
}

/// A network's own `name` stands. OpenStreetMap's mostly repeats the brand, which would give a city thirty stations
/// of one name: there the brand and the network's number are the name, as far as they are known.
fn name(row: &Row, station: &Station) -> Result<String, Finding> {
    let (name, operator) = (short_text(row, "name")?, short_text(row, "operator")?);
    let is_own = row.text("id").is_some();
    let brand = Some(station.brand.clone()).filter(|brand| !brand.is_empty());
    let composed = match (&brand, &station.number) {
        (Some(brand), Some(number)) => Some(format!("{brand} № {number}")),
        _ => None,
    };
    let names_the_number =
        |name: &String| station.number.as_ref().is_some_and(|number| name.contains(number.as_str()));
    Ok(match name {
        Some(name) if is_own || names_the_number(&name) => name,
        name => composed.or(name).or(brand).or(operator).unwrap_or_else(|| UNNAMED.to_owned()),
    })
}

fn lay_hours(row: &Row, station: &mut Station, warnings: &mut Vec<Finding>) -> Result<(), Finding> {
    if let Some(zone) = row.text("time_zone") {
        station.time_zone = zone;
    }
    if row.has("opening_hours") || row.has("is_24_7") {
        let always = row.text("is_24_7").is_some_and(|text| values::flag(&text) == Ok(true));
        station.opening_hours =
            short_text(row, "opening_hours")?.or_else(|| always.then(|| "24/7".to_owned()));
    }
    if let Some(text) = &station.opening_hours
        && let Some(mended) = hours::mend(text)
    {
        let reason = format!(
            "in «{text}» the second times would cancel the first; read as «{mended}», the station's breaks being between"
        );
        warnings.push(row.finding("opening_hours", reason));
        station.opening_hours = Some(mended);
    }
    match Hours::parse(station.opening_hours.as_deref(), &station.time_zone, station.point) {
        Ok(_) => Ok(()),
        Err(error @ HoursError::Zone(_)) => Err(row.finding("time_zone", error.to_string())),
        Err(error @ HoursError::Syntax(_)) => {
            warnings.push(row.finding("opening_hours", format!("{error}; the station counts as open")));
            Ok(())
        }
    }
}

fn lay_services(row: &Row, station: &mut Station, warnings: &mut Vec<Finding>) -> Result<(), Finding> {
    if !row.has("services") {
        return Ok(());
    }
    let named = match row.cell("services") {
        Some(cell) => values::list(cell).map_err(|reason| row.finding("services", reason))?,
        None => Vec::new(),
    };
    let (known, unknown): (Vec<_>, Vec<_>) =
        named.into_iter().partition(|name| SERVICES.contains(&name.as_str()));
    let known: BTreeSet<String> = known.into_iter().collect();
    station.amenities =
        SERVICES.iter().filter(|name| known.contains(**name)).map(|s| (*s).to_owned()).collect();
    if !unknown.is_empty() {
        let reason = format!("unknown services left out: {}", unknown.join(", "));
        warnings.push(row.finding("services", reason));
    }
    Ok(())
}

/// Grades, prices, pumps and goods, which must agree with each other.
fn lay_trade(row: &Row, station: &mut Station) -> Result<(), Finding> {
    let wrong = |column: &'static str| move |reason: String| row.finding(column, reason);
    let fuels = row.cell("fuels").map(values::fuels).transpose().map_err(wrong("fuels"))?;
    let prices = row.cell("prices").map(values::prices).transpose().map_err(wrong("prices"))?;
    let pumps = row.cell("pumps").map(values::pumps).transpose().map_err(wrong("pumps"))?;
    if row.has("goods") {
        station.goods =
            row.cell("goods").map(values::goods).transpose().map_err(wrong("goods"))?.unwrap_or_default();
    }
    if row.has("fuels") {
        let named = fuels.unwrap_or_default();
        station.fuels = named
            .iter()
            .map(|(id, cell)| grade(station.fuel(*id), *id, cell))
            .collect::<Result<_, _>>()
            .map_err(wrong("fuels"))?;
    }
    let list_is_closed = row.cell("fuels").is_some();
    if row.has("prices") {
        let prices = prices.unwrap_or_default();
        admit(station, prices.keys(), list_is_closed).map_err(wrong("prices"))?;
        lay_prices(station, &prices);
    }
    if row.has("pumps") {
        let pumps = pumps.unwrap_or_default();
        admit(station, pumps.iter().flat_map(|pump| &pump.fuels), list_is_closed).map_err(wrong("pumps"))?;
        station.pumps = pumps.into_iter().map(|cell| pump(station, cell)).collect();
    } else {
        let left: BTreeSet<FuelId> = station.fuels.iter().map(|fuel| fuel.id).collect();
        station.pumps.iter_mut().for_each(|pump| pump.fuels.retain(|id| left.contains(id)));
    }
    Ok(())
}

/// A grade with what the row tells of it over what was known of it.
fn grade(known: Option<&FuelProduct>, id: FuelId, cell: &FuelCell) -> Result<FuelProduct, String> {
    let mut fuel = known.cloned().unwrap_or_else(|| new_grade(id));
    if let Some(price) = &cell.price {
        fuel.price = Some(values::json_roubles(price).map_err(|reason| format!("{}: {reason}", id.id()))?);
    }
    if let Some(max) = cell.max_centi {
        if max <= Centi::ZERO {
            return Err(format!("{}: max_centi must be above 0", id.id()));
        }
        fuel.max = Some(max);
    }
    if let Some(name) = &cell.name {
        fuel.name = name.trim().chars().take(MAX_TEXT).collect();
    }
    fuel.unit = cell.unit.unwrap_or(fuel.unit);
    fuel.available = cell.available.unwrap_or(fuel.available);
    fuel.vat = cell.vat.unwrap_or(fuel.vat);
    Ok(fuel)
}

fn new_grade(id: FuelId) -> FuelProduct {
    FuelProduct {
        id,
        name: String::new(),
        unit: id.unit(),
        price: None,
        max: None,
        available: true,
        vat: Vat::default(),
    }
}

/// Makes sure that these grades are among the station's.
pub(in crate::stations) fn admit_grades<'a>(station: &mut Station, named: impl Iterator<Item = &'a FuelId>) {
    for id in named {
        if station.fuel(*id).is_none() {
            station.fuels.push(new_grade(*id));
        }
    }
    station.fuels.sort_by_key(|fuel| fuel.id);
}

/// Makes sure that grades named by another column are among the station's: a list of grades is believed, a missing
/// one is made of what the other columns name.
fn admit<'a>(
    station: &mut Station,
    named: impl Iterator<Item = &'a FuelId>,
    list_is_closed: bool,
) -> Result<(), String> {
    let named: Vec<&FuelId> = named.collect();
    let stranger = named.iter().find(|id| station.fuel(***id).is_none());
    match stranger {
        Some(id) if list_is_closed => Err(format!("names {}, which is not among the fuels", id.id())),
        _ => {
            admit_grades(station, named.into_iter());
            Ok(())
        }
    }
}

/// A grade without a price here has none: yesterday's price must not stay beside today's.
fn lay_prices(station: &mut Station, prices: &BTreeMap<FuelId, Kopecks>) {
    for fuel in &mut station.fuels {
        fuel.price = prices.get(&fuel.id).copied();
    }
}

fn pump(station: &Station, cell: PumpCell) -> Pump {
    let known = station.pump(cell.number).map(|pump| pump.state).unwrap_or_default();
    Pump { number: cell.number, fuels: cell.fuels, state: cell.state.unwrap_or(known) }
}

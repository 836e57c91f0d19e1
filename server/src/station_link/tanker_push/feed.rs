//! `GET station` and `GET price`: what the network's server tells of its stations.
//!
//! Read as tolerantly as the field demands: any letter case of names, numbers as texts, a decimal comma. What cannot be
//! read is told and left out, the rest counts.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use domain::{
    geo::Point,
    id::{PumpNumber, StationId},
    money::Kopecks,
};
use reqwest::Method;
use serde_json::{Map, Value};

use super::{
    client::{Call, TankerClient},
    fuels::FuelMap,
};
use crate::station_link::{
    Doubts, FeedAnswer, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationFeed,
};

/// Room for twenty-five thousand stations.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
const MAX_STATIONS: usize = 25_000;
/// Fifteen grades each.
const MAX_PRICES: usize = 15 * MAX_STATIONS;
/// The largest have a few dozen.
const MAX_PUMPS_A_STATION: usize = 100;
/// Of a name or an address.
const MAX_TEXT_CHARS: usize = 300;

/// The feed of a network.
#[derive(Clone, Debug)]
pub struct TankerFeed {
    client: TankerClient,
    fuels: Arc<FuelMap>,
}

impl TankerFeed {
    #[must_use]
    pub fn new(client: TankerClient, fuels: Arc<FuelMap>) -> Self {
        Self { client, fuels }
    }

    async fn list(&self, path: &str, max_rows: usize) -> Result<Vec<Value>, FeedError> {
        let call = Call { method: &Method::GET, path, query: &[], body: None };
        let answer = self.client.ask(call, self.client.timeout(), MAX_ANSWER_BYTES).await?;
        let what = if path == "price" { "prices" } else { "stations" };
        match answer {
            Value::Array(rows) if rows.len() <= max_rows => Ok(rows),
            Value::Array(rows) => {
                let problem = format!("{} rows; the most is {max_rows}", rows.len());
                Err(FeedError::Malformed { what, problem })
            }
            _ => Err(FeedError::Malformed { what, problem: "it is no JSON array".to_owned() }),
        }
    }
}

#[async_trait]
impl StationFeed for TankerFeed {
    async fn stations(&self) -> Result<FeedAnswer<ReportedStation>, FeedError> {
        Ok(stations(self.list("station", MAX_STATIONS).await?, &self.fuels))
    }

    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError> {
        Ok(prices(self.list("price", MAX_PRICES).await?, &self.fuels))
    }
}

fn stations(rows: Vec<Value>, fuels: &FuelMap) -> FeedAnswer<ReportedStation> {
    let (mut told, mut doubts, mut seen) =
        (Vec::with_capacity(rows.len()), Doubts::default(), HashSet::new());
    for (place, row) in rows.iter().enumerate() {
        let Some((row, id)) = row_of(row, "Id", place, &mut doubts) else { continue };
        if !seen.insert(id.clone()) {
            doubts.add(id.0, "is told twice; the first counts");
            continue;
        }
        let enabled = match field(row, "Enable") {
            None | Some(Value::Null) => true,
            Some(value) => flag(value).unwrap_or_else(|| {
                doubts.add(&id.0, format!("Enable is {value}, neither true nor false; taken as false"));
                false
            }),
        };
        let pumps = match field(row, "Columns") {
            Some(Value::Object(columns)) => Some(pumps(&id, columns, fuels, &mut doubts)),
            None | Some(Value::Null) => None,
            Some(_) => {
                doubts.add(&id.0, "Columns is not an object of pumps; its pumps stay as they are");
                None
            }
        };
        let (name, address) = (short(row, "Name"), short(row, "Address"));
        told.push(ReportedStation { id, enabled, name, address, point: point(row), pumps });
    }
    FeedAnswer { rows: told, doubts }
}

fn pumps(
    id: &StationId,
    columns: &Map<String, Value>,
    fuels: &FuelMap,
    doubts: &mut Doubts,
) -> Vec<ReportedPump> {
    let mut told: Vec<ReportedPump> = Vec::new();
    for (key, column) in columns.iter().take(MAX_PUMPS_A_STATION) {
        let number = key.trim().parse().ok().filter(|number| *number > 0).map(PumpNumber);
        let Some(number) = number.filter(|number| told.iter().all(|pump| pump.number != *number)) else {
            doubts.add(&id.0, format!("«{}» is no number of a pump, or the second of it", clip(key)));
            continue;
        };
        let named = match column {
            Value::Object(column) => field(column, "Fuels"),
            list => Some(list),
        };
        let Some(Value::Array(named)) = named else {
            doubts.add(&id.0, format!("pump {number} has no list of Fuels"));
            continue;
        };
        let mut pump = ReportedPump { number, fuels: Vec::new() };
        for fuel in named {
            match text(fuel).and_then(|fuel| fuels.from_station(&fuel)) {
                Some(fuel) if pump.fuels.contains(&fuel) => {}
                Some(fuel) => pump.fuels.push(fuel),
                None => doubts.add(&id.0, unknown_fuel(fuel)),
            }
        }
        if pump.fuels.is_empty() {
            doubts.add(&id.0, format!("pump {number} has no fuel that we know; it is left out"));
        } else {
            told.push(pump);
        }
    }
    if columns.len() > MAX_PUMPS_A_STATION {
        doubts.add(&id.0, format!("more than {MAX_PUMPS_A_STATION} pumps; the others are left out"));
    }
    told.sort_by_key(|pump| pump.number);
    told
}

fn prices(rows: Vec<Value>, fuels: &FuelMap) -> FeedAnswer<ReportedPrice> {
    let (mut told, mut doubts) = (Vec::with_capacity(rows.len()), Doubts::default());
    for (place, row) in rows.iter().enumerate() {
        let Some((row, station)) = row_of(row, "StationId", place, &mut doubts) else { continue };
        let product = field(row, "ProductId").unwrap_or(&Value::Null);
        let Some(fuel) = text(product).and_then(|product| fuels.from_station(&product)) else {
            doubts.add(station.0, unknown_fuel(product));
            continue;
        };
        let value = field(row, "Price").unwrap_or(&Value::Null);
        let price = text(value).and_then(|text| roubles(&text));
        if price.is_none() {
            doubts.add(&station.0, format!("{}: {} is no price", fuel.id(), clip(&value.to_string())));
        }
        told.push(ReportedPrice { station, fuel, price });
    }
    FeedAnswer { rows: told, doubts }
}

/// A row and the id of its station.
fn row_of<'a>(
    row: &'a Value,
    id: &str,
    place: usize,
    doubts: &mut Doubts,
) -> Option<(&'a Map<String, Value>, StationId)> {
    let read = row.as_object().and_then(|row| {
        let id = text(field(row, id)?)?;
        Some((row, StationId::parse(&id)?))
    });
    if read.is_none() {
        let about = format!("row {}", place.saturating_add(1));
        doubts.add(about, format!("has no {id} of 1 to 64 characters A–Z a–z 0–9 . _ -"));
    }
    read
}

fn unknown_fuel(told: &Value) -> String {
    format!("unknown fuel {}; name it in KOLONKA_TANKER_FUELS", clip(&told.to_string()))
}

/// A property in any letter case.
fn field<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    row.get(name)
        .or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A text or a number by its digits; `None` for everything else and for blanks.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn short(row: &Map<String, Value>, name: &str) -> String {
    let text = field(row, name).and_then(text).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT_CHARS).collect()
}

/// A foreign word in a message of ours.
fn clip(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        other => match text(other)?.to_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
    }
}

fn point(row: &Map<String, Value>) -> Option<Point> {
    let location = field(row, "Location")?.as_object()?;
    let degrees = |name| {
        let text = text(field(location, name)?)?;
        text.replace(',', ".").parse::<f64>().ok().filter(|degrees| degrees.is_finite())
    };
    let point = Point { lat: degrees("Lat")?, lon: degrees("Lon")? };
    // What a form that nobody filled in says.
    Some(point).filter(|point| point.lat != 0.0 || point.lon != 0.0)
}

/// Roubles with point or comma, above nothing and at most a million. Beyond two decimals only zeros: a fraction of a
/// kopeck cannot be charged.
fn roubles(text: &str) -> Option<Kopecks> {
    let plain = text.replace(',', ".");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let fraction = fraction.trim_end_matches('0');
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 7
        || fraction.len() > 2
        || !are_digits(whole)
        || !are_digits(fraction)
    {
        return None;
    }
    let kopecks = format!("{whole}{fraction:0<2}").parse().ok()?;
    (1..=100_000_000).contains(&kopecks).then(|| Kopecks::new(kopecks))
}

#[cfg(test)]
mod tests;

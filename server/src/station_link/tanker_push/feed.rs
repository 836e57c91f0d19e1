//! `GET station` and `GET price`: the stations and prices of the network's station server.
//!
//! Read as tolerantly as the field demands: any letter case of names, numbers as texts, a decimal comma. What cannot be
//! read is reported and left out, the rest is used.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use domain::{
    geo::Point,
    hidden::is_hidden,
    id::{PumpNumber, StationId},
    money::Kopecks,
};
use reqwest::Method;
use serde_json::{Map, Value};

use super::{
    client::{TankerCall, TankerClient},
    fuels::FuelMap,
};
use crate::station_link::{
    FeedAnswer, FeedDoubts, FeedError, ReportedPrice, ReportedPump, ReportedStation, StationFeed,
};

/// Longest answer: room for [`MAX_FEED_STATIONS`].
const MAX_FEED_BYTES: usize = 16 * 1024 * 1024;
const MAX_FEED_STATIONS: usize = 25_000;
/// Most prices: fifteen grades of each station.
const MAX_FEED_PRICES: usize = 15 * MAX_FEED_STATIONS;
/// Most pumps of a station; the largest have a few dozen.
const MAX_STATION_PUMPS: usize = 100;
/// Most characters of a name or an address.
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

    async fn fetch_list(&self, path: &str, max_rows: usize) -> Result<Vec<Value>, FeedError> {
        let call = TankerCall { method: &Method::GET, path, query: &[], body: None };
        let answer = self.client.fetch_json(call, self.client.timeout(), MAX_FEED_BYTES).await?;
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
        Ok(read_stations(self.fetch_list("station", MAX_FEED_STATIONS).await?, &self.fuels))
    }

    async fn prices(&self) -> Result<FeedAnswer<ReportedPrice>, FeedError> {
        Ok(read_prices(self.fetch_list("price", MAX_FEED_PRICES).await?, &self.fuels))
    }
}

fn read_stations(rows: Vec<Value>, fuels: &FuelMap) -> FeedAnswer<ReportedStation> {
    let (mut stations, mut doubts, mut seen) =
        (Vec::with_capacity(rows.len()), FeedDoubts::default(), HashSet::new());
    for (place, row) in rows.iter().enumerate() {
        let Some((row, id)) = read_row(row, "Id", place, &mut doubts) else { continue };
        if !seen.insert(id.clone()) {
            doubts.add(id.0, "is listed twice; the first is used");
            continue;
        }
        let enabled = match field(row, "Enable") {
            None | Some(Value::Null) => true,
            Some(value) => parse_flag(value).unwrap_or_else(|| {
                doubts.add(&id.0, format!("Enable is {value}, neither true nor false; taken as false"));
                false
            }),
        };
        let pumps = match field(row, "Columns") {
            Some(Value::Object(columns)) => Some(read_pumps(&id, columns, fuels, &mut doubts)),
            None | Some(Value::Null) => None,
            Some(_) => {
                doubts.add(&id.0, "Columns is not an object of pumps; its pumps stay as they are");
                None
            }
        };
        let (name, address) = (read_short_text(row, "Name"), read_short_text(row, "Address"));
        stations.push(ReportedStation { id, enabled, name, address, point: read_point(row), pumps });
    }
    FeedAnswer { rows: stations, doubts }
}

fn read_pumps(
    id: &StationId,
    columns: &Map<String, Value>,
    fuels: &FuelMap,
    doubts: &mut FeedDoubts,
) -> Vec<ReportedPump> {
    let mut pumps: Vec<ReportedPump> = Vec::new();
    for (key, column) in columns.iter().take(MAX_STATION_PUMPS) {
        let number = key.trim().parse().ok().filter(|number| *number > 0).map(PumpNumber);
        let Some(number) = number.filter(|number| pumps.iter().all(|pump| pump.number != *number)) else {
            doubts.add(&id.0, format!("«{}» is no number of a pump, or the second of it", clip_text(key)));
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
            pumps.push(pump);
        }
    }
    if columns.len() > MAX_STATION_PUMPS {
        doubts.add(&id.0, format!("more than {MAX_STATION_PUMPS} pumps; the others are left out"));
    }
    pumps.sort_by_key(|pump| pump.number);
    pumps
}

fn read_prices(rows: Vec<Value>, fuels: &FuelMap) -> FeedAnswer<ReportedPrice> {
    let (mut prices, mut doubts) = (Vec::with_capacity(rows.len()), FeedDoubts::default());
    for (place, row) in rows.iter().enumerate() {
        let Some((row, station)) = read_row(row, "StationId", place, &mut doubts) else { continue };
        let product = field(row, "ProductId").unwrap_or(&Value::Null);
        let Some(fuel) = text(product).and_then(|product| fuels.from_station(&product)) else {
            doubts.add(station.0, unknown_fuel(product));
            continue;
        };
        let value = field(row, "Price").unwrap_or(&Value::Null);
        let price = text(value).and_then(|text| parse_roubles(&text));
        if price.is_none() {
            doubts.add(&station.0, format!("{}: {} is no price", fuel.id(), clip_text(&value.to_string())));
        }
        prices.push(ReportedPrice { station, fuel, price });
    }
    FeedAnswer { rows: prices, doubts }
}

/// Reads a row and the id of its station.
fn read_row<'a>(
    row: &'a Value,
    id: &str,
    place: usize,
    doubts: &mut FeedDoubts,
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

fn unknown_fuel(fuel: &Value) -> String {
    format!("unknown fuel {}; name it in KOLONKA_TANKER_FUELS", clip_text(&fuel.to_string()))
}

/// Finds a property in any letter case.
fn field<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    row.get(name)
        .or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Reads a text, or a number by its digits; `None` for everything else and for blanks.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn read_short_text(row: &Map<String, Value>, name: &str) -> String {
    let text = field(row, name).and_then(text).unwrap_or_default();
    text.chars().filter(|c| !is_hidden(*c)).take(MAX_TEXT_CHARS).collect()
}

/// Shortens a foreign text for a message of ours.
fn clip_text(word: &str) -> String {
    word.chars().filter(|c| !is_hidden(*c)).take(40).collect()
}

fn parse_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        other => match text(other)?.to_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
    }
}

fn read_point(row: &Map<String, Value>) -> Option<Point> {
    let location = field(row, "Location")?.as_object()?;
    let degrees = |name| {
        let text = text(field(location, name)?)?;
        text.replace(',', ".").parse::<f64>().ok().filter(|degrees| degrees.is_finite())
    };
    let point = Point { lat: degrees("Lat")?, lon: degrees("Lon")? };
    // 0, 0 is the value of a form that nobody filled in.
    Some(point).filter(|point| point.lat != 0.0 || point.lon != 0.0)
}

/// Parses roubles with point or comma, above nothing and at most a million. Beyond two decimals only zeros: a fraction
/// of a kopeck cannot be charged.
fn parse_roubles(text: &str) -> Option<Kopecks> {
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

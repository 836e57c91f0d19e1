use serde::{Deserialize, Serialize};

use crate::{
    fuel::FuelId,
    geo::{Bounds, Point},
    id::StationId,
    money::Kopecks,
};

/// What `find` looks for. With `bounds` and `zoom` the answer has at most 200 markers and clusters; without, it is a
/// list sorted by distance, or by relevance to `text`, or by price where `order` says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StationQuery {
    #[serde(default)]
    pub bounds: Option<Bounds>,
    #[serde(default)]
    pub zoom: Option<i32>,
    #[serde(default)]
    pub near: Option<Point>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub fuels: Vec<FuelId>,
    #[serde(default)]
    pub services: Vec<String>,
    #[serde(default)]
    pub brands: Vec<String>,
    #[serde(default)]
    pub open_now: bool,
    /// Only these stations, as a device keeps its favourites.
    #[serde(default)]
    pub ids: Vec<StationId>,
    /// The station that is this shop of the Invoicebox marketplace.
    #[serde(default)]
    pub shop_id: Option<i64>,
    /// Only stations where fuel can be ordered and paid from the app.
    #[serde(default)]
    pub pay_in_app: bool,
    #[serde(default)]
    pub order: StationOrder,
    #[serde(default = "default_limit")]
    pub limit: u32,
}

/// Order of a list of stations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationOrder {
    /// The most relevant to `text` first, then the nearest to `near`, then by name.
    #[default]
    Distance,
    /// The cheapest of the wanted grades first (АИ-95 where none is wanted), within a drive of `near`; stations without
    /// a price last.
    Price,
}

fn default_limit() -> u32 {
    20
}

/// The answer of `find`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundStations {
    pub stations: Vec<StationSummary>,
    pub clusters: Vec<Cluster>,
    /// How many match in all, shown or not. On a map: how many are under the markers and clusters, of which those at
    /// the edge may reach beyond `bounds`.
    pub total: u32,
}

/// Counts of the stations that each value of a filter would leave, the other filters staying as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationCounts {
    /// Under all filters.
    pub total: u32,
    pub open_now: u32,
    pub pay_in_app: u32,
    /// In the order in which people read grades; those that nobody sells are left out.
    pub fuels: Vec<FuelCount>,
    pub services: Vec<NameCount>,
    /// The most frequent brands first, at most 100.
    pub brands: Vec<NameCount>,
}

/// A grade and the stations that sell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelCount {
    pub id: FuelId,
    pub count: u32,
}

/// A brand or service and the stations that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameCount {
    pub name: String,
    pub count: u32,
}

/// Several stations under one marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    pub lat: f64,
    pub lon: f64,
    pub count: u32,
    pub bounds: Bounds,
}

/// A station in a list or on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationSummary {
    pub id: StationId,
    pub name: String,
    pub brand: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub distance_m: Option<u32>,
    pub open_now: bool,
    pub fuels: Vec<FuelPrice>,
    pub services: Vec<String>,
    pub pay_in_app: bool,
    /// `HH:MM` in the station's zone when it closes within a day; absent for round the clock or unknown hours. A short
    /// break counts only in the hour before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<String>,
    /// `HH:MM` in the station's zone when it is closed by its hours and opens within a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<String>,
    /// Closed for less than two hours, as for a change of shifts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_break: bool,
    /// Closed for a while, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_reason: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_free_pumps: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelPrice {
    pub id: FuelId,
    #[serde(rename = "price_kopecks")]
    pub price: Option<Kopecks>,
    pub available: bool,
}

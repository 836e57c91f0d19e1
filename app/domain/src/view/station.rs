use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    draft::Basket,
    fuel::FuelId,
    geo::{Bounds, Point},
    id::{PumpNumber, Sku, StationId},
    money::Kopecks,
    pricing::price_draft,
    quantity::Centi,
    quote::Quote,
    refusal::OrderRefusal,
    station::{Automation, FuelProduct, Product, ProductKind, Pump, PumpState, Station},
    unit::Unit,
    vat::Vat,
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
    /// Only stations where something can be ordered and paid from the app.
    #[serde(default)]
    pub pay_in_app: bool,
    #[serde(default)]
    pub order: StationOrder,
    #[serde(default = "default_limit")]
    pub limit: u32,
}

/// How a list is sorted.
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
    /// How many match in all, shown or not. On a map: how many stand under the markers and clusters, of which those at
    /// the edge may reach beyond `bounds`.
    pub total: u32,
}

/// How many stations each value of a filter would leave, the other filters staying as they are.
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
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_break: bool,
    /// Closed for a while, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_reason: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_free_pumps: bool,
}

/// A list holds many stations: what is mostly so is left out.
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelPrice {
    pub id: FuelId,
    #[serde(rename = "price_kopecks")]
    pub price: Option<Kopecks>,
    pub available: bool,
}

/// A station on its own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationView {
    pub id: StationId,
    pub name: String,
    pub brand: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub distance_m: Option<u32>,
    pub open_now: bool,
    pub pay_in_app: bool,
    pub pumps: Vec<PumpView>,
    pub fuels: Vec<FuelView>,
    pub services: Vec<ServiceView>,
    /// Facilities: `shop`, `cafe` …
    #[serde(default)]
    pub amenities: Vec<String>,
    pub opening_hours: Option<String>,
    #[serde(default)]
    pub open_until: Option<String>,
    /// As [`StationSummary::opens_at`].
    #[serde(default)]
    pub opens_at: Option<String>,
    /// As [`StationSummary::on_break`].
    #[serde(default)]
    pub on_break: bool,
    #[serde(default)]
    pub closed_reason: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    /// Fuel is sold here, but the automation of the station has not been heard of for minutes: `pay_in_app` is false.
    #[serde(default, skip_serializing_if = "is_false")]
    pub silent: bool,
    /// A full tank can be ordered: a ceiling is paid, and the rest comes back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full_tank: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PumpView {
    pub number: PumpNumber,
    pub fuels: Vec<FuelId>,
    pub state: PumpState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelView {
    pub id: FuelId,
    /// The network's own name of the grade; empty for the standard one.
    pub name: String,
    pub unit: Unit,
    #[serde(rename = "price_kopecks")]
    pub price: Option<Kopecks>,
    #[serde(rename = "max_centi")]
    pub max: Option<Centi>,
    pub available: bool,
    pub vat: Vat,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    pub sku: Sku,
    pub name: String,
    #[serde(rename = "price_kopecks")]
    pub price: Kopecks,
    pub kind: ProductKind,
    pub unit: Unit,
    pub vat: Vat,
}

impl StationView {
    /// Prices a basket on screen with the very function that the server uses.
    ///
    /// # Errors
    /// As [`price_draft`].
    pub fn quote(&self, basket: Basket<'_>) -> Result<Quote, OrderRefusal> {
        price_draft(&self.to_station(), basket)
    }

    /// The part of the catalogue entry that pricing reads.
    fn to_station(&self) -> Station {
        Station {
            id: self.id.clone(),
            name: self.name.clone(),
            brand: self.brand.clone(),
            number: None,
            address: self.address.clone(),
            city: String::new(),
            point: Point { lat: self.lat, lon: self.lon },
            opening_hours: None,
            time_zone: String::new(),
            phone: None,
            enabled: true,
            closed_reason: self.closed_reason.clone(),
            merchant_id: None,
            shop_id: None,
            amenities: Vec::new(),
            pumps: self
                .pumps
                .iter()
                .map(|pump| Pump { number: pump.number, fuels: pump.fuels.clone(), state: pump.state })
                .collect(),
            fuels: self
                .fuels
                .iter()
                .map(|fuel| FuelProduct {
                    id: fuel.id,
                    name: fuel.name.clone(),
                    unit: fuel.unit,
                    price: fuel.price,
                    max: fuel.max,
                    available: fuel.available,
                    vat: fuel.vat,
                })
                .collect(),
            goods: self
                .services
                .iter()
                .map(|service| Product {
                    sku: service.sku.clone(),
                    name: service.name.clone(),
                    price: service.price,
                    kind: service.kind,
                    unit: service.unit,
                    vat: service.vat,
                })
                .collect(),
            automation: Automation { silent: self.silent, full_tank: self.full_tank },
        }
    }
}

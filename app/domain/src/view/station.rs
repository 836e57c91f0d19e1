use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    draft::Basket,
    fuel::FuelId,
    geo::{Bounds, Point},
    id::{PumpNumber, Sku, StationId},
    money::Kopecks,
    quantity::Centi,
    quote::{Quote, quote},
    refusal::Refusal,
    station::{FuelProduct, Product, ProductKind, Pump, PumpState, Station},
    unit::Unit,
    vat::Vat,
};

/// What `find` looks for. With `bounds` and `zoom` the answer has at most 200 markers and clusters; without, it is a
/// list sorted by distance, or by relevance to `text`.
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
    /// The station that is this shop of the Invoicebox marketplace.
    #[serde(default)]
    pub shop_id: Option<i64>,
    #[serde(default = "default_limit")]
    pub limit: u32,
}

fn default_limit() -> u32 {
    20
}

/// The answer of `find`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundStations {
    pub stations: Vec<StationSummary>,
    pub clusters: Vec<Cluster>,
    /// How many match in all, shown or not.
    pub total: u32,
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
    /// `HH:MM` in the station's zone when it closes within a day; absent for round the clock or unknown hours.
    #[serde(default)]
    pub open_until: Option<String>,
    /// Closed for a while, with the reason.
    #[serde(default)]
    pub closed_reason: Option<String>,
    #[serde(default)]
    pub no_free_pumps: bool,
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
    #[serde(default)]
    pub closed_reason: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
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
    /// As [`quote`].
    pub fn quote(&self, basket: Basket<'_>) -> Result<Quote, Refusal> {
        quote(&self.to_station(), basket)
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
        }
    }
}

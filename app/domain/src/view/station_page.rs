use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    fuel::FuelId,
    geo::Point,
    id::{Sku, StationId},
    money::Kopecks,
    quantity::Centi,
    station::{Automation, FuelProduct, Offer, Product, ProductKind, Pump, Trade},
    unit::Unit,
    vat::Vat,
};

/// A station on its own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StationJson", into = "StationJson")]
pub struct StationView {
    pub id: StationId,
    pub name: String,
    pub brand: String,
    pub address: String,
    pub point: Point,
    pub distance_m: Option<u32>,
    pub open_now: bool,
    pub pay_in_app: bool,
    pub trade: Trade,
    /// Facilities: `shop`, `cafe` …
    pub amenities: Vec<String>,
    pub opening_hours: Option<String>,
    pub open_until: Option<String>,
    /// As [`super::StationSummary::opens_at`].
    pub opens_at: Option<String>,
    /// As [`super::StationSummary::on_break`].
    pub on_break: bool,
    pub closed_reason: Option<String>,
    pub phone: Option<String>,
    /// `silent` only where fuel is sold: the automation has given no sign of life for minutes, and `pay_in_app` is false.
    pub automation: Automation,
    pub updated_at: OffsetDateTime,
}

impl StationView {
    /// What the page prices by, with the very function that the server uses.
    #[must_use]
    pub fn offer(&self) -> Offer<'_> {
        Offer {
            trade: &self.trade,
            closed_reason: self.closed_reason.as_deref(),
            automation: self.automation,
        }
    }
}

/// The view as customers' JSON has it: one flat object, money and volumes named by their units.
#[derive(Serialize, Deserialize)]
struct StationJson {
    id: StationId,
    name: String,
    brand: String,
    address: String,
    lat: f64,
    lon: f64,
    distance_m: Option<u32>,
    open_now: bool,
    pay_in_app: bool,
    pumps: Vec<Pump>,
    fuels: Vec<FuelJson>,
    services: Vec<ProductJson>,
    #[serde(default)]
    amenities: Vec<String>,
    opening_hours: Option<String>,
    #[serde(default)]
    open_until: Option<String>,
    #[serde(default)]
    opens_at: Option<String>,
    #[serde(default)]
    on_break: bool,
    #[serde(default)]
    closed_reason: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    silent: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    full_tank: bool,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

#[derive(Serialize, Deserialize)]
struct FuelJson {
    id: FuelId,
    name: String,
    unit: Unit,
    price_kopecks: Option<Kopecks>,
    max_centi: Option<Centi>,
    available: bool,
    vat: Vat,
}

#[derive(Serialize, Deserialize)]
struct ProductJson {
    sku: Sku,
    name: String,
    price_kopecks: Kopecks,
    kind: ProductKind,
    unit: Unit,
    vat: Vat,
}

impl From<StationView> for StationJson {
    fn from(view: StationView) -> Self {
        let Trade { pumps, fuels, goods } = view.trade;
        Self {
            id: view.id,
            name: view.name,
            brand: view.brand,
            address: view.address,
            lat: view.point.lat,
            lon: view.point.lon,
            distance_m: view.distance_m,
            open_now: view.open_now,
            pay_in_app: view.pay_in_app,
            pumps,
            fuels: fuels.into_iter().map(FuelJson::from).collect(),
            services: goods.into_iter().map(ProductJson::from).collect(),
            amenities: view.amenities,
            opening_hours: view.opening_hours,
            open_until: view.open_until,
            opens_at: view.opens_at,
            on_break: view.on_break,
            closed_reason: view.closed_reason,
            phone: view.phone,
            silent: view.automation.silent,
            full_tank: view.automation.full_tank,
            updated_at: view.updated_at,
        }
    }
}

impl From<StationJson> for StationView {
    fn from(json: StationJson) -> Self {
        Self {
            id: json.id,
            name: json.name,
            brand: json.brand,
            address: json.address,
            point: Point { lat: json.lat, lon: json.lon },
            distance_m: json.distance_m,
            open_now: json.open_now,
            pay_in_app: json.pay_in_app,
            trade: Trade {
                pumps: json.pumps,
                fuels: json.fuels.into_iter().map(FuelProduct::from).collect(),
                goods: json.services.into_iter().map(Product::from).collect(),
            },
            amenities: json.amenities,
            opening_hours: json.opening_hours,
            open_until: json.open_until,
            opens_at: json.opens_at,
            on_break: json.on_break,
            closed_reason: json.closed_reason,
            phone: json.phone,
            automation: Automation { silent: json.silent, full_tank: json.full_tank },
            updated_at: json.updated_at,
        }
    }
}

impl From<FuelProduct> for FuelJson {
    fn from(fuel: FuelProduct) -> Self {
        let FuelProduct { id, name, unit, price, max, available, vat } = fuel;
        Self { id, name, unit, price_kopecks: price, max_centi: max, available, vat }
    }
}

impl From<FuelJson> for FuelProduct {
    fn from(json: FuelJson) -> Self {
        let FuelJson { id, name, unit, price_kopecks, max_centi, available, vat } = json;
        Self { id, name, unit, price: price_kopecks, max: max_centi, available, vat }
    }
}

impl From<Product> for ProductJson {
    fn from(product: Product) -> Self {
        let Product { sku, name, price, kind, unit, vat } = product;
        Self { sku, name, price_kopecks: price, kind, unit, vat }
    }
}

impl From<ProductJson> for Product {
    fn from(json: ProductJson) -> Self {
        let ProductJson { sku, name, price_kopecks, kind, unit, vat } = json;
        Self { sku, name, price: price_kopecks, kind, unit, vat }
    }
}

//! A station as the back office reports it, and the patch that it makes.

use domain::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, Sku},
    money::Kopecks,
    quantity::Centi,
    station::{Product, ProductKind, PumpState, Station},
    unit::Unit,
    vat::Vat,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stations::patch::{
    FuelPatch, FuelsPatch, GoodsPatch, PumpPatch, StationPatch, TradePatch, Update,
};

/// A whole station, which replaces the one before. What is missing is empty, except caps,
/// states of pumps and the time zone.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct StationBody {
    name: String,
    #[serde(default)]
    brand: String,
    /// The network's own number, as painted.
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    city: String,
    #[serde(default)]
    address: String,
    lat: f64,
    lon: f64,
    /// In the syntax of OpenStreetMap: `24/7`, `Mo-Su 07:00-23:00`.
    #[serde(default)]
    opening_hours: Option<String>,
    /// IANA name. When missing: that of the place if the station is new or has moved, else as before.
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    /// Shown to customers; yes when missing.
    #[serde(default)]
    enabled: Option<bool>,
    /// Closed for a while, whatever the hours say, for this reason.
    #[serde(default)]
    closed_reason: Option<String>,
    /// The seller's account at Invoicebox where it differs from the network's.
    #[serde(default)]
    merchant_id: Option<String>,
    /// `shop`, `cafe`, `car_wash`, `tyre_air`, `toilet`, `atm`, `wifi`, `vacuum`.
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    fuels: Vec<FuelBody>,
    #[serde(default)]
    pumps: Vec<PumpBody>,
    #[serde(default)]
    goods: Vec<GoodsBody>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct FuelBody {
    id: FuelId,
    /// Name in the network; the standard name when missing.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    unit: Option<Unit>,
    /// Retail price of one unit, tax included. Without a price the grade is shown, but not sold.
    #[serde(default, rename = "price_kopecks")]
    price: Option<Kopecks>,
    /// Most that one visit may take.
    #[serde(default, rename = "max_centi")]
    max: Option<Centi>,
    #[serde(default)]
    available: Option<bool>,
    #[serde(default)]
    vat: Option<Vat>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct PumpBody {
    number: PumpNumber,
    fuels: Vec<FuelId>,
    #[serde(default)]
    state: Option<PumpState>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct GoodsBody {
    sku: Sku,
    name: String,
    #[serde(rename = "price_kopecks")]
    price: Kopecks,
    kind: ProductKind,
    #[serde(default)]
    unit: Option<Unit>,
    #[serde(default)]
    vat: Option<Vat>,
}

impl StationBody {
    /// A patch of every field: what is empty clears what was there. A missing cap, state of a pump or time zone keeps the one
    /// before; so does the shop, which is no part of it.
    #[must_use]
    pub fn into_patch(self) -> StationPatch {
        StationPatch {
            point: Some(Point { lat: self.lat, lon: self.lon }),
            name: Update::from_text(Some(&self.name)),
            is_own_name: true,
            operator: None,
            brand: Update::from_text(Some(&self.brand)),
            number: Update::from_text(self.number.as_deref()),
            city: Update::from_text(Some(&self.city)),
            address: Update::from_text(Some(&self.address)),
            opening_hours: Update::from_text(self.opening_hours.as_deref()),
            time_zone: self.time_zone.map(|zone| zone.trim().to_owned()).filter(|zone| !zone.is_empty()),
            phone: Update::from_text(self.phone.as_deref()),
            enabled: Some(self.enabled.unwrap_or(true)),
            closed_reason: Update::from_text(self.closed_reason.as_deref()),
            merchant_id: Update::from_text(self.merchant_id.as_deref()),
            shop_id: Update::Keep,
            amenities: Some(self.services),
            trade: TradePatch {
                fuels: FuelsPatch::Replace(self.fuels.into_iter().map(FuelPatch::from).collect()),
                prices: None,
                pumps: Some(self.pumps.into_iter().map(PumpPatch::from).collect()),
                goods: replaced_goods(self.goods),
            },
        }
    }

    #[must_use]
    pub fn of(station: &Station) -> Self {
        Self {
            name: station.name.clone(),
            brand: station.brand.clone(),
            number: station.number.clone(),
            city: station.city.clone(),
            address: station.address.clone(),
            lat: station.point.lat,
            lon: station.point.lon,
            opening_hours: station.opening_hours.clone(),
            time_zone: Some(station.time_zone.clone()),
            phone: station.phone.clone(),
            enabled: Some(station.enabled),
            closed_reason: station.closed_reason.clone(),
            merchant_id: station.merchant_id.clone(),
            services: station.amenities.clone(),
            fuels: station
                .trade
                .fuels
                .iter()
                .map(|fuel| FuelBody {
                    id: fuel.id,
                    name: Some(fuel.name.clone()).filter(|name| !name.is_empty()),
                    unit: Some(fuel.unit),
                    price: fuel.price,
                    max: fuel.max,
                    available: Some(fuel.available),
                    vat: Some(fuel.vat),
                })
                .collect(),
            pumps: station
                .trade
                .pumps
                .iter()
                .map(|pump| PumpBody {
                    number: pump.number,
                    fuels: pump.fuels.clone(),
                    state: Some(pump.state),
                })
                .collect(),
            goods: station
                .trade
                .goods
                .iter()
                .map(|goods| GoodsBody {
                    sku: goods.sku.clone(),
                    name: goods.name.clone(),
                    price: goods.price,
                    kind: goods.kind,
                    unit: Some(goods.unit),
                    vat: Some(goods.vat),
                })
                .collect(),
        }
    }
}

impl From<FuelBody> for FuelPatch {
    fn from(body: FuelBody) -> Self {
        Self {
            id: body.id,
            name: Some(body.name.unwrap_or_default()),
            unit: Some(body.unit.unwrap_or(body.id.unit())),
            price: Update::from_option(body.price),
            max: body.max.map_or(Update::Keep, Update::Set),
            available: Some(body.available.unwrap_or(true)),
            vat: Some(body.vat.unwrap_or_default()),
        }
    }
}

impl From<PumpBody> for PumpPatch {
    fn from(PumpBody { number, fuels, state }: PumpBody) -> Self {
        Self { number, fuels, state }
    }
}

/// All services and goods on sale.
#[must_use]
pub fn replaced_goods(goods: Vec<GoodsBody>) -> GoodsPatch {
    let goods = goods.into_iter().map(|goods| Product {
        sku: goods.sku,
        name: goods.name,
        price: goods.price,
        kind: goods.kind,
        unit: goods.unit.unwrap_or(Unit::Piece),
        vat: goods.vat.unwrap_or_default(),
    });
    GoodsPatch::Replace(goods.collect())
}

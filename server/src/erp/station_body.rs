//! A station as the back office tells it, and the way to the columns of the import and back.

use domain::{
    fuel::FuelId,
    id::{PumpNumber, Sku, StationId},
    money::Kopecks,
    quantity::Centi,
    refusal::RequestError,
    station::{ProductKind, PumpState, Station},
    unit::Unit,
    vat::Vat,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A whole station. What is missing is empty: telling a station replaces it.
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
    /// IANA name; that of the nearest large city when missing.
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
    /// What the network calls it; the standard name when missing.
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
    /// As the columns of the import, every one of them: what is empty clears what was there.
    ///
    /// # Errors
    /// A price out of bounds.
    pub fn cells(self, id: &StationId) -> Result<Map<String, Value>, RequestError> {
        let fuels = self.fuels.into_iter().map(|fuel| {
            Ok(json!({
                "id": fuel.id, "name": fuel.name.unwrap_or_default(),
                "unit": fuel.unit.unwrap_or(fuel.id.unit()), "max_centi": fuel.max,
                "price": fuel.price.map(roubles).transpose()?,
                "available": fuel.available.unwrap_or(true), "vat": fuel.vat.unwrap_or_default(),
            }))
        });
        let fuels: Vec<Value> = fuels.collect::<Result<_, RequestError>>()?;
        // The column of prices clears those that are not told.
        let prices: Map<String, Value> = fuels
            .iter()
            .filter(|fuel| !fuel["price"].is_null())
            .filter_map(|fuel| Some((fuel["id"].as_str()?.to_owned(), fuel["price"].clone())))
            .collect();
        let pumps: Vec<Value> = self.pumps.iter().map(|pump| json!(pump)).collect();
        let mut cells = Map::from_iter(
            [
                ("id", json!(id)),
                ("name", json!(self.name)),
                ("brand", json!(self.brand)),
                ("number", json!(self.number)),
                ("city", json!(self.city)),
                ("address", json!(self.address)),
                ("lat", json!(self.lat)),
                ("lon", json!(self.lon)),
                ("opening_hours", json!(self.opening_hours)),
                ("phone", json!(self.phone)),
                ("enabled", json!(self.enabled.unwrap_or(true))),
                ("closed_reason", json!(self.closed_reason)),
                ("merchant_id", json!(self.merchant_id)),
                ("services", json!(self.services)),
                ("fuels", json!(fuels)),
                ("prices", json!(prices)),
                ("pumps", json!(pumps)),
                ("goods", goods_cell(self.goods)?),
            ]
            .map(|(column, cell)| (column.to_owned(), cell)),
        );
        if let Some(zone) = self.time_zone {
            cells.insert("time_zone".to_owned(), json!(zone));
        }
        Ok(cells)
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
                .pumps
                .iter()
                .map(|pump| PumpBody {
                    number: pump.number,
                    fuels: pump.fuels.clone(),
                    state: Some(pump.state),
                })
                .collect(),
            goods: station
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

/// The bounds of the import: above nothing, at most a million roubles.
///
/// # Errors
/// A price out of them.
pub fn price(price: Kopecks) -> Result<Kopecks, RequestError> {
    match price.get() {
        1..=100_000_000 => Ok(price),
        other => Err(RequestError::Malformed {
            problem: format!("price_kopecks {other} is not from 1 to 100000000"),
        }),
    }
}

fn roubles(kopecks: Kopecks) -> Result<Value, RequestError> {
    price(kopecks).map(|price| json!(price.to_decimal()))
}

/// The column of goods.
///
/// # Errors
/// A price out of bounds.
pub fn goods_cell(goods: Vec<GoodsBody>) -> Result<Value, RequestError> {
    let cells = goods.into_iter().map(|goods| {
        Ok(json!({
            "sku": goods.sku, "name": goods.name, "price": roubles(goods.price)?, "kind": goods.kind,
            "unit": goods.unit, "vat": goods.vat.unwrap_or_default(),
        }))
    });
    cells.collect::<Result<Vec<Value>, RequestError>>().map(Value::Array)
}

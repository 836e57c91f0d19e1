//! Upkeep of the catalogue: the back office tells stations, prices and goods; customers see them within two seconds.
//!
//! A station is checked by the very rules of the import. Orders that are open keep the prices they were placed at.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    fuel::FuelId,
    id::{Sku, StationId},
    money::Kopecks,
    quantity::Centi,
    refusal::{OrderRefusal, Refusal, RequestError},
    station::Station,
    view::ErrorBody,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    Shared,
    refused::Refused,
    station_body::{GoodsBody, StationBody, goods_cell, price},
    strict::Strict,
};
use crate::stations::{
    import::{Finding, Report, import_one},
    store::StoreError,
};

/// New prices. What is not named keeps its own.
#[derive(Deserialize, ToSchema)]
pub struct Prices {
    #[serde(default)]
    fuels: Vec<FuelPrice>,
    #[serde(default)]
    goods: Vec<GoodsPrice>,
}

#[derive(Deserialize, ToSchema)]
pub struct FuelPrice {
    id: FuelId,
    /// `null` takes the grade off sale.
    #[serde(rename = "price_kopecks")]
    price: Option<Kopecks>,
    /// Is there any? As before when missing.
    #[serde(default)]
    available: Option<bool>,
    /// Most that one visit may take, in hundredths of the unit. As before when missing, no cap for `null`.
    #[serde(default, rename = "max_centi", deserialize_with = "told")]
    max: Option<Option<Centi>>,
}

/// Tells `null` from a missing field.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Centi>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, ToSchema)]
pub struct GoodsPrice {
    sku: Sku,
    #[serde(rename = "price_kopecks")]
    price: Kopecks,
}

/// Facilities, and goods and services on sale; each list replaces the one before, a missing one keeps it.
#[derive(Deserialize, ToSchema)]
pub struct Services {
    #[serde(default)]
    services: Option<Vec<String>>,
    #[serde(default)]
    goods: Option<Vec<GoodsBody>>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    station_id: StationId,
    /// `false`: it said the same before.
    changed: bool,
    /// What was repaired or left out, in English.
    warnings: Vec<String>,
    station: StationBody,
}

/// Read a station, as it can be put back
#[utoipa::path(get, path = "/stations/{id}", tag = "stations", params(("id" = String, Path)), responses(
    (status = 200, description = "The station, also one that customers do not see", body = StationBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn read(State(till): State<Shared>, Path(id): Path<String>) -> Result<Json<StationBody>, Refused> {
    Ok(Json(StationBody::of(&known(&till, &id).await?)))
}

/// Create a station, or replace it
#[utoipa::path(put, path = "/stations/{id}", tag = "stations", params(("id" = String, Path)),
    request_body(content = StationBody, example = json!({
        "name": "АЗС «Север» № 99", "brand": "Север", "number": "99", "city": "Санкт-Петербург",
        "address": "Выборгское ш., 99", "lat": 60.05, "lon": 30.31, "opening_hours": "24/7",
        "services": ["shop", "toilet"],
        "fuels": [{ "id": "a95", "price_kopecks": 6190, "max_centi": 6000 }],
        "pumps": [{ "number": 1, "fuels": ["a95"] }],
        "goods": [{ "sku": "washer-20", "name": "Омыватель −20 °C, 5 л", "price_kopecks": 45000, "kind": "goods",
                    "vat": "RUS_VAT22" }]
    })), responses(
    (status = 200, description = "Kept", body = Kept),
    (status = 201, description = "Created", body = Kept),
    (status = 400, description = "`bad_request`, with the field", body = ErrorBody),
))]
pub async fn put(
    State(till): State<Shared>,
    Path(id): Path<String>,
    Strict(body): Strict<StationBody>,
) -> Result<(StatusCode, Json<Kept>), Refused> {
    let id = station_id(&id)?;
    let report = write(&till, body.cells(&id)?).await?;
    let status = if report.inserted > 0 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(kept(&till, id, &report).await?)))
}

/// Remove a station
///
/// Its open orders live on.
#[utoipa::path(delete, path = "/stations/{id}", tag = "stations", params(("id" = String, Path)), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn delete(State(till): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Refused> {
    let id = station_id(&id)?;
    let removed = till.catalogue.store().delete(&id).await.map_err(broken)?;
    till.catalogue.refresh().await.map_err(broken)?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(OrderRefusal::StationUnknown.into()) }
}

/// Change prices, availability and caps
#[utoipa::path(put, path = "/stations/{id}/prices", tag = "stations", params(("id" = String, Path)),
    request_body(content = Prices, example = json!({
        "fuels": [{ "id": "a95", "price_kopecks": 6250, "available": true, "max_centi": 3000 }],
        "goods": [{ "sku": "washer-20", "price_kopecks": 47000 }]
    })), responses(
    (status = 200, description = "Kept", body = Kept),
    (status = 400, description = "`bad_request`: no such goods, or not a price", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`fuel_unavailable`: the grade is not sold there", body = ErrorBody),
))]
pub async fn prices(
    State(till): State<Shared>,
    Path(id): Path<String>,
    Strict(body): Strict<Prices>,
) -> Result<Json<Kept>, Refused> {
    let id = station_id(&id)?;
    let (sender, refused) = std::sync::mpsc::channel();
    let mut changed = false;
    let edited = till
        .catalogue
        .store()
        .edit(&id, till.clock.now(), |station| match repriced(station, &body) {
            Ok(new) => {
                changed = new != *station;
                *station = new;
            }
            // The station stays as it is, and nothing is written.
            Err(refusal) => drop(sender.send(refusal)),
        })
        .await
        .map_err(broken)?;
    let station = edited.ok_or(OrderRefusal::StationUnknown)?;
    if let Ok(refusal) = refused.try_recv() {
        return Err(refusal.into());
    }
    till.catalogue.refresh().await.map_err(broken)?;
    Ok(Json(Kept { station_id: id, changed, warnings: Vec::new(), station: StationBody::of(&station) }))
}

/// Replace the facilities, or the goods and services on sale
#[utoipa::path(put, path = "/stations/{id}/services", tag = "stations", params(("id" = String, Path)),
    request_body(content = Services, example = json!({
        "services": ["shop", "cafe"],
        "goods": [{ "sku": "coffee", "name": "Кофе американо 0,3 л", "price_kopecks": 14900, "kind": "goods" }]
    })), responses(
    (status = 200, description = "Kept", body = Kept),
    (status = 400, description = "`bad_request`, with the field", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn services(
    State(till): State<Shared>,
    Path(id): Path<String>,
    Strict(body): Strict<Services>,
) -> Result<Json<Kept>, Refused> {
    let station = known(&till, &id).await?;
    let mut cells = Map::from_iter([
        ("id".to_owned(), json!(station.id)),
        ("lat".to_owned(), json!(station.point.lat)),
        ("lon".to_owned(), json!(station.point.lon)),
    ]);
    if let Some(services) = body.services {
        cells.insert("services".to_owned(), json!(services));
    }
    if let Some(goods) = body.goods {
        cells.insert("goods".to_owned(), goods_cell(goods)?);
    }
    let report = write(&till, cells).await?;
    Ok(Json(kept(&till, station.id, &report).await?))
}

fn station_id(text: &str) -> Result<StationId, OrderRefusal> {
    StationId::parse(text).ok_or(OrderRefusal::StationUnknown)
}

async fn known(till: &Shared, id: &str) -> Result<Station, Refused> {
    let stored = till.catalogue.store().get(&station_id(id)?).await.map_err(broken)?;
    Ok(stored.ok_or(OrderRefusal::StationUnknown)?.station)
}

/// Writes by the rules of the import, and makes this instance see it at once; the others look every second.
async fn write(till: &Shared, cells: Map<String, Value>) -> Result<Report, Refused> {
    let report = import_one(till.catalogue.store(), cells, till.clock.now()).await.map_err(broken)?;
    if let Some(finding) = report.rejected.first() {
        return Err(RequestError::Malformed { problem: said(finding) }.into());
    }
    till.catalogue.refresh().await.map_err(broken)?;
    Ok(report)
}

async fn kept(till: &Shared, id: StationId, report: &Report) -> Result<Kept, Refused> {
    let station = known(till, &id.0).await?;
    Ok(Kept {
        station_id: id,
        changed: report.unchanged == 0,
        warnings: report.warnings.iter().map(said).collect(),
        station: StationBody::of(&station),
    })
}

fn said(finding: &Finding) -> String {
    format!("{}: {}", finding.column, finding.reason)
}

fn repriced(station: &Station, prices: &Prices) -> Result<Station, Refusal> {
    let mut station = station.clone();
    for new in &prices.fuels {
        let fuel = new.id;
        let grade = station.fuels.iter_mut().find(|grade| grade.id == fuel);
        let grade = grade.ok_or(OrderRefusal::FuelUnknown { fuel })?;
        grade.price = new.price.map(price).transpose()?;
        grade.available = new.available.unwrap_or(grade.available);
        if let Some(Some(max)) = new.max.filter(|max| max.is_some_and(|max| max <= Centi::ZERO)) {
            let problem = format!("max_centi {} is not above 0", max.get());
            return Err(RequestError::Malformed { problem }.into());
        }
        grade.max = new.max.unwrap_or(grade.max);
    }
    for new in &prices.goods {
        let goods = station.goods.iter_mut().find(|goods| goods.sku == new.sku);
        let unknown = || OrderRefusal::ProductUnknown { sku: new.sku.0.chars().take(64).collect() };
        goods.ok_or_else(unknown)?.price = price(new.price)?;
    }
    Ok(station)
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err(broken)")]
fn broken(error: StoreError) -> Refused {
    tracing::error!(%error, "the catalogue cannot be read or written");
    Refused(RequestError::Internal.into())
}

//! Upkeep of the catalogue: the back office reports stations, prices and goods; customers see them within two seconds.
//!
//! A station is checked by the rules of the import. Orders that are open keep the prices they were placed at.

use std::sync::Arc;

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
    refusal::{OrderRefusal, RequestError},
    view::ErrorBody,
};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    station_body::{GoodsBody, StationBody, replaced_goods},
    strict::Strict,
};
use crate::{
    api_error::ErrorResponse,
    clock::Clock,
    internal_error::internal_error,
    stations::{
        catalogue::Catalogue,
        patch::{
            FuelPatch, FuelsPatch, GoodsPatch, PatchNote, PatchProblem, StationPatch, TradePatch, Update,
        },
        store::EditEffect,
        upkeep::{EditedStation, UpkeepError},
    },
};

/// Text of the log when the database does not answer.
const CATALOGUE_ERROR_TEXT: &str = "the catalogue cannot be read or written";

/// New prices. What is not named keeps its price; a grade that is named without a price loses it.
#[derive(Deserialize, ToSchema)]
#[schema(as = Prices)]
pub struct PriceUpdate {
    #[serde(default)]
    fuels: Vec<FuelPriceChange>,
    #[serde(default)]
    goods: Vec<GoodsPrice>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = FuelPrice)]
pub struct FuelPriceChange {
    id: FuelId,
    /// `null`, or no such field, takes the grade off sale.
    #[serde(rename = "price_kopecks")]
    price: Option<Kopecks>,
    /// Whether there is any. As before when missing.
    #[serde(default)]
    available: Option<bool>,
    /// Most that one visit may take, in hundredths of the unit. As before when missing, no cap for `null`.
    #[serde(default, rename = "max_centi", deserialize_with = "deserialize_present")]
    max: Option<Option<Centi>>,
}

/// Distinguishes `null` from a missing field.
fn deserialize_present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Centi>>, D::Error> {
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
#[schema(as = Services)]
pub struct ServiceUpdate {
    #[serde(default)]
    services: Option<Vec<String>>,
    #[serde(default)]
    goods: Option<Vec<GoodsBody>>,
}

impl PriceUpdate {
    fn into_patch(self) -> StationPatch {
        let fuels = self.fuels.into_iter().map(|fuel| FuelPatch {
            price: Update::from_option(fuel.price),
            max: fuel.max.map_or(Update::Keep, Update::from_option),
            available: fuel.available,
            ..FuelPatch::new(fuel.id)
        });
        let trade = TradePatch {
            fuels: FuelsPatch::Change(fuels.collect()),
            goods: GoodsPatch::Reprice(
                self.goods.into_iter().map(|goods| (goods.sku, goods.price)).collect(),
            ),
            ..TradePatch::default()
        };
        StationPatch { trade, ..StationPatch::default() }
    }
}

impl ServiceUpdate {
    fn into_patch(self) -> StationPatch {
        let goods = self.goods.map_or(GoodsPatch::Keep, replaced_goods);
        let trade = TradePatch { goods, ..TradePatch::default() };
        StationPatch { amenities: self.services, trade, ..StationPatch::default() }
    }
}

/// A station after a change.
#[derive(Serialize, ToSchema)]
#[schema(as = Kept)]
pub struct SavedStation {
    station_id: StationId,
    /// `false` if the station was the same before.
    changed: bool,
    /// Repairs and omissions, in English.
    warnings: Vec<String>,
    station: StationBody,
}

/// Read a station, as it can be put back
#[utoipa::path(get, path = "/stations/{id}", tag = "stations", params(("id" = String, Path)), responses(
    (status = 200, description = "The station, also one that customers do not see", body = StationBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn read(
    State(catalogue): State<Arc<Catalogue>>,
    Path(id): Path<String>,
) -> Result<Json<StationBody>, ErrorResponse> {
    let station = catalogue.stored(&station_id(&id)?).await.map_err(internal_error(CATALOGUE_ERROR_TEXT))?;
    Ok(Json(StationBody::of(&station.ok_or(OrderRefusal::StationUnknown)?)))
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
    (status = 200, description = "Saved", body = SavedStation),
    (status = 201, description = "Created", body = SavedStation),
    (status = 400, description = "`bad_request`, with the field", body = ErrorBody),
))]
pub async fn put(
    State(catalogue): State<Arc<Catalogue>>,
    State(clock): State<Clock>,
    Path(id): Path<String>,
    Strict(body): Strict<StationBody>,
) -> Result<(StatusCode, Json<SavedStation>), ErrorResponse> {
    let id = station_id(&id)?;
    let changed = catalogue.put(&id, body.into_patch(), clock.now()).await.map_err(to_error_response)?;
    let status = if changed.change == EditEffect::Inserted { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(changed.into())))
}

/// Remove a station
///
/// Its open orders continue.
#[utoipa::path(delete, path = "/stations/{id}", tag = "stations", params(("id" = String, Path)), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn delete(
    State(catalogue): State<Arc<Catalogue>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ErrorResponse> {
    let id = station_id(&id)?;
    if catalogue.remove(&id).await.map_err(internal_error(CATALOGUE_ERROR_TEXT))? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(OrderRefusal::StationUnknown.into())
    }
}

/// Change prices, availability and caps
#[utoipa::path(put, path = "/stations/{id}/prices", tag = "stations", params(("id" = String, Path)),
    request_body(content = PriceUpdate, example = json!({
        "fuels": [{ "id": "a95", "price_kopecks": 6250, "available": true, "max_centi": 3000 }],
        "goods": [{ "sku": "washer-20", "price_kopecks": 47000 }]
    })), responses(
    (status = 200, description = "Saved", body = SavedStation),
    (status = 400, description = "`bad_request`: no such goods, or not a price", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`fuel_unavailable`: the grade is not sold there", body = ErrorBody),
))]
pub async fn prices(
    State(catalogue): State<Arc<Catalogue>>,
    State(clock): State<Clock>,
    Path(id): Path<String>,
    Strict(body): Strict<PriceUpdate>,
) -> Result<Json<SavedStation>, ErrorResponse> {
    change(&catalogue, &id, body.into_patch(), clock.now()).await
}

/// Replace the facilities, or the goods and services on sale
#[utoipa::path(put, path = "/stations/{id}/services", tag = "stations", params(("id" = String, Path)),
    request_body(content = ServiceUpdate, example = json!({
        "services": ["shop", "cafe"],
        "goods": [{ "sku": "coffee", "name": "Кофе американо 0,3 л", "price_kopecks": 14900, "kind": "goods" }]
    })), responses(
    (status = 200, description = "Saved", body = SavedStation),
    (status = 400, description = "`bad_request`, with the field", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn services(
    State(catalogue): State<Arc<Catalogue>>,
    State(clock): State<Clock>,
    Path(id): Path<String>,
    Strict(body): Strict<ServiceUpdate>,
) -> Result<Json<SavedStation>, ErrorResponse> {
    change(&catalogue, &id, body.into_patch(), clock.now()).await
}

fn station_id(text: &str) -> Result<StationId, OrderRefusal> {
    StationId::parse(text).ok_or(OrderRefusal::StationUnknown)
}

async fn change(
    catalogue: &Catalogue,
    id: &str,
    patch: StationPatch,
    now: OffsetDateTime,
) -> Result<Json<SavedStation>, ErrorResponse> {
    let changed = catalogue.change(&station_id(id)?, patch, now).await;
    Ok(Json(changed.map_err(to_error_response)?.into()))
}

impl From<EditedStation> for SavedStation {
    fn from(changed: EditedStation) -> Self {
        let note = |note: &PatchNote| format!("{}: {note}", note.field());
        Self {
            station_id: changed.station.id.clone(),
            changed: changed.change != EditEffect::None,
            warnings: changed.notes.iter().map(note).collect(),
            station: StationBody::of(&changed.station),
        }
    }
}

fn to_error_response(error: UpkeepError) -> ErrorResponse {
    let error = match error {
        UpkeepError::StationUnknown => return OrderRefusal::StationUnknown.into(),
        UpkeepError::Store(error) => return internal_error(CATALOGUE_ERROR_TEXT)(error).into(),
        UpkeepError::Refused(error) => error,
    };
    match error.problem {
        PatchProblem::FuelNotSold(fuel) => OrderRefusal::FuelUnknown { fuel }.into(),
        PatchProblem::GoodsNotSold(Sku(sku)) => {
            OrderRefusal::ProductUnknown { sku: sku.chars().take(64).collect() }.into()
        }
        _ => RequestError::Malformed { problem: error.to_string() }.into(),
    }
}

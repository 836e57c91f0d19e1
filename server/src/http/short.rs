//! Addresses that lead on: short ones of stations, for the marketplace, and the ways to them.
//!
//! `/s/{id}` leads to the page of that station, `/shop/{number}` to the station that is this shop of the marketplace.
//! `/stations/{id}/route` leads to the way there on a map service: hosts open addresses of ours only. What leads nowhere goes on and is answered as every unknown address.

use app::api::SharedBackend;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{id::StationId, view::StationQuery};

pub async fn lead(State(backend): State<SharedBackend>, request: Request, next: Next) -> Response {
    if let ["", "stations", id, "route"] = request.uri().path().split('/').collect::<Vec<_>>().as_slice() {
        return match route_to(&backend, id).await {
            Some(way) => Redirect::temporary(&way).into_response(),
            None => next.run(request).await,
        };
    }
    let station = match request.uri().path().split('/').collect::<Vec<_>>().as_slice() {
        ["", "s", id] => StationId::parse(id),
        ["", "shop", number] => by_shop(&backend, number).await,
        _ => None,
    };
    let Some(id) = station else { return next.run(request).await };
    // The query goes along: the host's `id`, the sticker's `pump`.
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    // Not for ever: a shop may become another station.
    Redirect::temporary(&format!("/stations/{id}{query}")).into_response()
}

async fn by_shop(backend: &SharedBackend, number: &str) -> Option<StationId> {
    let shop_id = Some(number.parse().ok()?);
    let query = StationQuery { shop_id, limit: 1, ..StationQuery::default() };
    let found = backend.find_stations(query).await.ok()?;
    found.stations.into_iter().next().map(|station| station.id)
}

/// The way by car to a station, from where the customer is.
async fn route_to(backend: &SharedBackend, id: &str) -> Option<String> {
    let station = backend.station(StationId::parse(id)?).await.ok()?;
    Some(format!("https://yandex.ru/maps/?rtext=~{},{}&rtt=auto", station.point.lat, station.point.lon))
}

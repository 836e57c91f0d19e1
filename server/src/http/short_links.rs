//! Addresses that lead on: short ones of stations, for the marketplace, and the ways to them.
//!
//! `/s/{id}` leads to the page of that station, `/shop/{number}` to the station that is this shop of the marketplace.
//! `/stations/{id}/route` leads to the way there on a map service: hosts open addresses of ours only. What leads nowhere
//! is answered by the page «not found».

use std::{pin::Pin, sync::Arc};

use app::api::SharedBackend;
use axum::{
    Router,
    extract::{Path, Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use domain::{id::StationId, view::StationQuery};

/// Renders a page.
pub type RenderPage = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

#[derive(Clone)]
struct ShortLinks {
    backend: SharedBackend,
    not_found: RenderPage,
}

/// The short addresses; `not_found` renders the page of an unknown address.
pub fn router(backend: SharedBackend, not_found: RenderPage) -> Router {
    Router::new()
        .route("/s/{id}", any(by_id))
        .route("/shop/{number}", any(by_shop))
        .route("/stations/{id}/route", any(route_to))
        .with_state(ShortLinks { backend, not_found })
}

async fn by_id(State(links): State<ShortLinks>, Path(id): Path<String>, request: Request) -> Response {
    links.lead_to(StationId::parse(&id), request).await
}

async fn by_shop(State(links): State<ShortLinks>, Path(number): Path<String>, request: Request) -> Response {
    let station = links.station_of_shop(&number).await;
    links.lead_to(station, request).await
}

async fn route_to(State(links): State<ShortLinks>, Path(id): Path<String>, request: Request) -> Response {
    match links.way_to(&id).await {
        Some(way) => Redirect::temporary(&way).into_response(),
        None => (links.not_found)(request).await,
    }
}

impl ShortLinks {
    /// Not for ever: a shop may become another station.
    async fn lead_to(&self, station: Option<StationId>, request: Request) -> Response {
        let Some(id) = station else { return (self.not_found)(request).await };
        // The query goes along: the host's `id`, the sticker's `pump`.
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        Redirect::temporary(&format!("/stations/{id}{query}")).into_response()
    }

    async fn station_of_shop(&self, number: &str) -> Option<StationId> {
        let shop_id = Some(number.parse().ok()?);
        let query = StationQuery { shop_id, limit: 1, ..StationQuery::default() };
        let found = self.backend.find_stations(query).await.ok()?;
        found.stations.into_iter().next().map(|station| station.id)
    }

    /// The way by car to a station, from where the customer is.
    async fn way_to(&self, id: &str) -> Option<String> {
        let station = self.backend.station(StationId::parse(id)?).await.ok()?;
        Some(format!("https://yandex.ru/maps/?rtext=~{},{}&rtt=auto", station.point.lat, station.point.lon))
    }
}

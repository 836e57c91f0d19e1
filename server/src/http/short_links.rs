//! Addresses that redirect: short ones of stations, for the marketplace, and the routes to them.
//!
//! `/s/{id}` leads to the page of that station, `/shop/{number}` to the station that is this shop of the marketplace.
//! `/stations/{id}/route` leads to the route there on a map service: hosts open addresses of ours only.
//! An address of no station is answered by the page «not found».

use std::{pin::Pin, sync::Arc};

use axum::{
    Router,
    extract::{FromRef, Path, Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use domain::{id::StationId, view::StationQuery};
use time::OffsetDateTime;

use crate::{clock::Clock, stations::catalogue::Catalogue};

/// Renders a page.
pub type RenderPage = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// State of the short addresses.
#[derive(Clone, FromRef)]
pub struct ShortLinks {
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
    /// The page of an unknown address.
    pub not_found: RenderPage,
}

/// The short addresses.
pub fn router(links: ShortLinks) -> Router {
    Router::new()
        .route("/s/{id}", any(redirect_by_id))
        .route("/shop/{number}", any(redirect_by_shop))
        .route("/stations/{id}/route", any(redirect_to_route))
        .with_state(links)
}

async fn redirect_by_id(
    State(not_found): State<RenderPage>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    redirect_or_not_found(StationId::parse(&id), &not_found, request).await
}

async fn redirect_by_shop(
    State(catalogue): State<Arc<Catalogue>>,
    State(clock): State<Clock>,
    State(not_found): State<RenderPage>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    redirect_or_not_found(station_of_shop(&catalogue, &number, clock.now()), &not_found, request).await
}

async fn redirect_to_route(
    State(catalogue): State<Arc<Catalogue>>,
    State(not_found): State<RenderPage>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    match route_address(&catalogue, &id) {
        Some(address) => Redirect::temporary(&address).into_response(),
        None => not_found(request).await,
    }
}

/// Redirects to a station. Not permanently: a shop may become another station.
async fn redirect_or_not_found(
    station: Option<StationId>,
    not_found: &RenderPage,
    request: Request,
) -> Response {
    let Some(id) = station else { return not_found(request).await };
    // The query goes along: the host's `id`, the sticker's `pump`.
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::temporary(&format!("/stations/{id}{query}")).into_response()
}

fn station_of_shop(catalogue: &Catalogue, number: &str, now: OffsetDateTime) -> Option<StationId> {
    let shop_id = Some(number.parse().ok()?);
    let query = StationQuery { shop_id, limit: 1, ..StationQuery::default() };
    let found = catalogue.find(&query, now).ok()?;
    found.stations.into_iter().next().map(|station| station.id)
}

/// Address of the route by car to a station, from the customer's place.
fn route_address(catalogue: &Catalogue, id: &str) -> Option<String> {
    let point = catalogue.get(&StationId::parse(id)?)?.station().point;
    Some(format!("https://yandex.ru/maps/?rtext=~{},{}&rtt=auto", point.lat, point.lon))
}

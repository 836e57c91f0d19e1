//! The cashier API: what an ERP calls, and `/operator` with it. Everything under `/api/erp/v1`.
//!
//! To add a call: a handler with its `#[utoipa::path]` beside its siblings, and a line in [`routes`]; the description
//! and its page follow from these.

mod auth;
mod day;
mod notify;
mod openapi;
mod openapi_page;
mod orders;
mod precheck;
mod precheck_page;
mod reader;
mod refused;
mod registry;
mod session;
mod station_body;
mod stations;
mod strict;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use domain::refusal::RequestError;
pub use notify::Notifier;
use secrecy::SecretString;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    auth::{Failures, Token},
    session::Sessions,
};
use crate::{
    clock::Clock,
    database::Database,
    http::fit_api_status,
    orders::{Orders, StoreError},
    stations::catalogue::Catalogue,
};

/// Largest body: a hundred lines of long names, or a station with all its goods.
const LARGEST_BODY: usize = 512 * 1024;
/// Longer than the patience with Invoicebox.
const SLOWEST: Duration = Duration::from_secs(40);

/// What the cashier API is put together from.
pub struct Parts {
    pub token: SecretString,
    pub orders: Orders,
    pub catalogue: Arc<Catalogue>,
    pub database: Database,
    pub clock: Clock,
    /// Without a trailing slash.
    pub public_url: String,
}

/// What handlers share.
pub struct Till {
    token: Token,
    sessions: Sessions,
    failures: Failures,
    events: notify::Queue,
    description: serde_json::Value,
    orders: Orders,
    catalogue: Arc<Catalogue>,
    clock: Clock,
    public_url: String,
    /// Of the public address: scheme, host and port.
    origin: String,
}

type Shared = Arc<Till>;

impl Till {
    fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The routes, with their guards. Mounted only where the API has a token.
pub fn router(parts: Parts) -> Router {
    let Parts { token, orders, catalogue, database, clock, public_url } = parts;
    let origin = public_url.split('/').take(3).collect::<Vec<_>>().join("/");
    let (guarded, mut description) =
        OpenApiRouter::with_openapi(openapi::Description::openapi()).merge(guarded()).split_for_parts();
    let (open, more) = open().split_for_parts();
    description.merge(more);
    let till: Shared = Arc::new(Till {
        token: Token::new(&token),
        sessions: Sessions::new(database.clone()),
        failures: Failures::default(),
        events: notify::Queue::new(database),
        description: serde_json::to_value(description).unwrap_or_default(),
        orders,
        catalogue,
        clock,
        public_url,
        origin,
    });
    let all = guarded
        .layer(from_fn_with_state(Arc::clone(&till), auth::admit))
        .merge(open)
        // Measures the time to the head of an answer: the stream of an order goes on for longer.
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, SLOWEST))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(from_fn(refused::in_the_readers_language))
        .layer(from_fn(fit_api_status))
        .with_state(till);
    Router::new().nest("/api/erp/v1", all)
}

/// Calls that need the token or the cookie.
fn guarded() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(orders::create, orders::find))
        .routes(routes!(orders::read))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::complete))
        .routes(routes!(orders::refund))
        .routes(routes!(orders::events))
        .routes(routes!(precheck::page))
        .routes(routes!(precheck::svg))
        .routes(routes!(precheck::png))
        .routes(routes!(stations::read, stations::put, stations::delete))
        .routes(routes!(stations::prices))
        .routes(routes!(stations::services))
        .routes(routes!(registry::registry))
        .routes(routes!(notify::dead))
        .routes(routes!(notify::retry))
}

/// Calls by which the cookie is got and given up, and the description, which tells nothing secret.
fn open() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::show, session::sign_out))
        .routes(routes!(openapi::json))
        .routes(routes!(openapi::page))
        .route("/docs.css", get(openapi::style))
}

/// Our trouble: logged here, hidden from the caller.
#[expect(clippy::needless_pass_by_value, reason = "used as map_err(broken)")]
fn broken(error: StoreError) -> RequestError {
    tracing::error!(%error, "the store failed");
    RequestError::Internal
}

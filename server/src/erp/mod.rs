//! The cashier API: what an ERP calls, and `/operator` with it. Everything under `/api/erp/v1`.
//!
//! To add a call: a handler with its `#[utoipa::path]` beside its siblings, and a line in [`routes`]; the description
//! and its page follow from these.

mod auth;
mod day;
mod orders;
mod reader;
mod refused;
mod session;
mod strict;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use domain::refusal::Refusal;
use secrecy::SecretString;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    auth::{Failures, Token},
    session::Sessions,
};
use crate::{
    clock::Clock,
    database::Database,
    http::{fit_api_status, order_events},
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
#[must_use]
pub fn router(parts: Parts) -> Router {
    let Parts { token, orders, catalogue, database, clock, public_url } = parts;
    let origin = public_url.split('/').take(3).collect::<Vec<_>>().join("/");
    let till: Shared = Arc::new(Till {
        token: Token::new(&token),
        sessions: Sessions::new(database),
        failures: Failures::default(),
        orders: orders.clone(),
        catalogue,
        clock,
        public_url,
        origin,
    });
    let (guarded, _) = guarded().split_for_parts();
    let (open, _) = open().split_for_parts();
    let calls = guarded
        .layer(from_fn_with_state(Arc::clone(&till), auth::admit))
        .merge(open)
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, SLOWEST));
    // The life of an order goes on for longer than any call.
    let stream = Router::new()
        .route("/orders/{id}/events", get(order_events).with_state(orders))
        .layer(from_fn_with_state(Arc::clone(&till), auth::admit));
    let all = calls
        .merge(stream)
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
}

/// Calls by which the cookie is got and given up.
fn open() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(session::sign_in, session::show, session::sign_out))
}

/// Our trouble: logged here, hidden from the caller.
#[expect(clippy::needless_pass_by_value, reason = "used as map_err(broken)")]
fn broken(error: StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::Internal
}

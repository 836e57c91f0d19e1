//! The cashier API, which an ERP and `/operator` call. Everything under `/api/erp/v1`.
//!
//! To add a call: a handler with its `#[utoipa::path]` beside its siblings, and a line in [`protected_routes`]; the
//! description and its page follow from these.

mod auth;
mod cookie;
mod day;
mod dead_events;
mod discrepancies;
mod listed_order;
mod openapi;
mod openapi_page;
mod order_actions;
mod order_items;
mod order_views;
mod orders;
mod outbox;
mod precheck;
mod precheck_page;
mod public_url;
mod registry;
mod session;
mod state;
mod station_body;
mod stations;
mod strict;
mod stuck_effect;
mod token;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, middleware::from_fn_with_state, routing::get};
use secrecy::SecretString;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{auth::ErpAccess, openapi::ApiDescription, public_url::PublicUrl, state::ErpState};
use crate::{
    api_error::{ErrorForm, render_errors},
    clock::Clock,
    erp_events::DeadEvents,
    limits::{
        Guesses, Streams,
        bodies::{Bodies, read_body_first},
    },
    orders::SharedUseCases,
    people::Sessions,
    stations::catalogue::Catalogue,
};

/// Largest body: a hundred lines of long names, or a station with all its goods.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// The same of a sign-in, which anybody may send.
const MAX_SIGN_IN_BODY_BYTES: usize = 4 * 1024;
/// Sign-ins whose bodies are read at once.
const MAX_SIGN_IN_BODIES: usize = 256;
/// Time limit of a request: longer than a caller waits for Invoicebox.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Parts that the cashier API is composed of.
pub struct ErpParts {
    pub token: SecretString,
    pub orders: SharedUseCases,
    pub catalogue: Arc<Catalogue>,
    pub sessions: Sessions,
    pub dead_events: DeadEvents,
    pub guesses: Arc<Guesses>,
    pub streams: Arc<Streams>,
    pub clock: Clock,
    /// Without a trailing slash.
    pub public_url: String,
}

/// The routes, with their guards. Mounted only where the API has a token.
///
/// # Errors
/// The description of the API cannot be written.
pub fn router(parts: ErpParts) -> Result<Router, serde_json::Error> {
    let ErpParts { token, orders, catalogue, sessions, dead_events, guesses, streams, clock, public_url } =
        parts;
    let (protected, mut description) =
        OpenApiRouter::with_openapi(openapi::ErpApi::openapi()).merge(protected_routes()).split_for_parts();
    let sign_ins = Bodies::new(MAX_SIGN_IN_BODIES, MAX_SIGN_IN_BODY_BYTES);
    let (public, more) = public_routes().split_for_parts();
    let public = public
        .layer(from_fn_with_state(sign_ins, read_body_first))
        .layer(RequestBodyLimitLayer::new(MAX_SIGN_IN_BODY_BYTES));
    description.merge(more);
    let public_url = PublicUrl::new(&public_url);
    let state = ErpState {
        sell: orders.sell.clone(),
        read: orders.read.clone(),
        follow: orders.follow.clone(),
        cancel: orders.cancel.clone(),
        start: orders.start.clone(),
        pumps: orders.pumps.clone(),
        complete: orders.complete.clone(),
        refund: orders.refund.clone(),
        discrepancies: orders.settle_discrepancy.clone(),
        effects: orders.retry_effects.clone(),
        shipments: orders.retry_shipment.clone(),
        dead_events,
        streams,
        catalogue,
        access: Arc::new(ErpAccess::new(&token, sessions, guesses, &public_url)),
        clock,
        public_url,
        description: ApiDescription::new(&description)?,
    };
    let all = protected
        .layer(from_fn_with_state(Arc::clone(&state.access), auth::require_access))
        .merge(public)
        // Measures the time to the head of an answer: the stream of an order goes on for longer.
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(from_fn_with_state(ErrorForm::BackOffice, render_errors))
        .with_state(state);
    Ok(Router::new().nest("/api/erp/v1", all))
}

/// Calls that need the token or the cookie.
fn protected_routes() -> OpenApiRouter<ErpState> {
    OpenApiRouter::new()
        .routes(routes!(orders::create, orders::find))
        .routes(routes!(orders::read))
        .routes(routes!(order_actions::cancel))
        .routes(routes!(order_actions::start))
        .routes(routes!(order_actions::complete))
        .routes(routes!(order_actions::refund))
        .routes(routes!(order_actions::retry_shipment))
        .routes(routes!(orders::events))
        .routes(routes!(precheck::page))
        .routes(routes!(precheck::svg))
        .routes(routes!(precheck::png))
        .routes(routes!(stations::read, stations::put, stations::delete))
        .routes(routes!(stations::prices))
        .routes(routes!(stations::services))
        .routes(routes!(registry::registry))
        .routes(routes!(discrepancies::list))
        .routes(routes!(discrepancies::settle))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::retry))
        .routes(routes!(outbox::retry_order))
        .routes(routes!(dead_events::list))
        .routes(routes!(dead_events::retry))
}

/// Calls that open and close a session, and the description, which holds no secret.
fn public_routes() -> OpenApiRouter<ErpState> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::show, session::sign_out))
        .routes(routes!(openapi::json))
        .routes(routes!(openapi::page))
        .route("/docs.css", get(openapi::style))
}

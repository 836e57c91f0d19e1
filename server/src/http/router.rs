//! The route table: the whole outside on one screen.

use std::{sync::Arc, time::Duration};

use app::api::SharedBackend;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware,
    routing::{any, get, post},
};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use super::{errors, events, headers, notifications, operations, pages, short};
use crate::{clock::Clock, invoicebox::Keyring, orders::Orders};

/// Largest body of a customer's request: a draft of a hundred lines is far below.
const CUSTOMER_BODY: usize = 64 * 1024;
/// Largest notification.
const NOTIFICATION_BODY: usize = 1024 * 1024;
/// Longer than the customer's patience in `place`.
const SLOWEST: Duration = Duration::from_secs(40);

/// What handlers are given.
#[derive(Clone, FromRef)]
pub struct Doors {
    pub orders: Orders,
    pub keys: Arc<Keyring>,
    pub clock: Clock,
    pub metrics: PrometheusHandle,
}

/// Routers of parts that not every installation has.
#[derive(Default)]
pub struct Rooms {
    /// In sandbox mode only.
    pub sandbox: Option<Router>,
    /// Where the cashier API is on.
    pub erp: Option<Router>,
    /// Where a station side calls us.
    pub station: Option<Router>,
}

/// Everything that a request may reach.
pub fn router(
    doors: Doors,
    options: &LeptosOptions,
    backend: SharedBackend,
    policy: headers::Policy,
    rooms: Rooms,
) -> Router {
    let customer = pages::router(options, Arc::clone(&backend), policy)
        .layer(middleware::from_fn_with_state(backend, short::lead))
        .route("/api/{*rest}", any(errors::unknown_path))
        .layer(RequestBodyLimitLayer::new(CUSTOMER_BODY))
        .layer(middleware::from_fn(errors::fit_api_status))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::GATEWAY_TIMEOUT, SLOWEST));
    let invoicebox = Router::new()
        .route("/api/invoicebox/notifications", post(notifications::receive))
        .route("/api/invoicebox/notifications/{merchant_id}", post(notifications::receive_of_merchant))
        .layer(DefaultBodyLimit::max(NOTIFICATION_BODY));
    let stream = Router::new().route("/api/orders/{id}/events", get(events::order_events));
    let operations = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics));
    let ours = Router::new().merge(invoicebox).merge(stream).merge(operations).with_state(doors);
    Router::new()
        .merge(customer)
        .merge(ours)
        .merge(rooms.sandbox.unwrap_or_default())
        .merge(rooms.erp.unwrap_or_default())
        .merge(rooms.station.unwrap_or_default())
        .layer(middleware::from_fn(headers::secure))
        .layer(
            CompressionLayer::new().compress_when(
                DefaultPredicate::new().and(NotForContentType::const_new("text/event-stream")),
            ),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(CatchPanicLayer::new())
}

/// One span a request. The query and an order's id are left out: the id is the key to the order.
fn span(request: &axum::extract::Request) -> tracing::Span {
    let path = request.uri().path();
    let shown = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "orders", ..] => "/orders/…",
        ["", "api", "orders", _, "events"] => "/api/orders/…/events",
        ["", "api", "erp", "v1", "orders", _, ..] => "/api/erp/v1/orders/…",
        ["", "sandbox", "pay", ..] => "/sandbox/pay/…",
        _ => path,
    };
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = shown, id)
}

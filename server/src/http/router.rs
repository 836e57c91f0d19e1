//! The route table of the service.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::StatusCode,
    middleware,
    routing::{any, get, post},
};
use leptos::config::LeptosOptions;
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
use tracing::Span;

use super::{headers, notifications, operations, pages, state::AppState};
use crate::{
    api_error::{self, ErrorForm},
    backend::BackendOfClient,
    limits::{
        CustomerLimits, TrustedProxies,
        address::set_client_address,
        in_flight::{InFlight, limit_in_flight},
        layer::limit_customers,
    },
    order_stream::order_stream,
};

/// Largest body of a customer's request: a draft of a hundred lines is far below.
const MAX_CUSTOMER_BODY_BYTES: usize = 64 * 1024;
const MAX_NOTIFICATION_BODY_BYTES: usize = 1024 * 1024;
/// Time limit of a request: longer than a customer waits for `place`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Routers of parts that not every installation has.
#[derive(Default)]
pub struct OptionalRouters {
    /// In sandbox mode only.
    pub sandbox: Option<Router>,
    /// Only if the cashier API is on.
    pub erp: Option<Router>,
    /// Only if a station server calls us.
    pub station: Option<Router>,
}

/// What stands before the routes.
pub struct Guards {
    pub policy: headers::Policy,
    pub proxies: TrustedProxies,
    pub limits: Arc<CustomerLimits>,
}

/// All routes of the service.
pub fn router(
    state: AppState,
    options: &LeptosOptions,
    backend: &BackendOfClient,
    guards: Guards,
    optional: OptionalRouters,
) -> Router {
    let Guards { policy, proxies, limits } = guards;
    let AppState { catalogue, clock, .. } = &state;
    let customer = pages::router(options, backend, Arc::clone(catalogue), clock.clone(), policy)
        .route("/api/{*rest}", any(api_error::unknown_path))
        .layer(RequestBodyLimitLayer::new(MAX_CUSTOMER_BODY_BYTES))
        .layer(middleware::from_fn_with_state(limits, limit_customers))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT));
    let invoicebox = Router::new()
        .route("/api/invoicebox/notifications", post(notifications::receive))
        .route("/api/invoicebox/notifications/", post(notifications::receive))
        .route("/api/invoicebox/notifications/{merchant_id}", post(notifications::receive_of_merchant))
        .route("/api/invoicebox/notifications/{merchant_id}/", post(notifications::receive_of_merchant))
        .layer(DefaultBodyLimit::max(MAX_NOTIFICATION_BODY_BYTES))
        // Before its body is there nobody knows whether a notification is signed.
        .layer(middleware::from_fn_with_state(InFlight::default(), limit_in_flight))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT));
    let stream = Router::new().route("/api/orders/{id}/events", get(order_stream));
    let operations = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics));
    let ours = Router::new().merge(invoicebox).merge(stream).merge(operations).with_state(state);
    let all = Router::new()
        .merge(customer)
        .merge(ours)
        .merge(optional.sandbox.unwrap_or_default())
        .merge(optional.erp.unwrap_or_default())
        .merge(optional.station.unwrap_or_default());
    with_layers(all, proxies)
}

/// Adds the layers of every answer, the innermost first.
fn with_layers(router: Router, proxies: TrustedProxies) -> Router {
    let uncompressed = NotForContentType::const_new("text/event-stream");
    router
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(ErrorForm::Customer, api_error::render_errors))
        .layer(middleware::from_fn(headers::set_security_headers))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(uncompressed)))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(middleware::from_fn_with_state(Arc::new(proxies), set_client_address))
        .layer(TraceLayer::new_for_http().make_span_with(request_span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(middleware::from_fn(headers::check_request))
}

/// One span a request, named by the pattern of its route: an address may hold the id of an order, which is the key to it.
fn request_span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = route, id)
}

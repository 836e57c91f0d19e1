//! The route table of the service.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
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
        bodies::{Bodies, read_body_first},
        layer::limit_customers,
    },
    order_stream::order_stream,
};

/// Largest body of a customer's request: a draft of a hundred lines is far below.
const MAX_CUSTOMER_BODY_BYTES: usize = 64 * 1024;
const MAX_NOTIFICATION_BODY_BYTES: usize = 1024 * 1024;
/// Bodies that are read at once: those of customers and of notifications take as much memory at most.
const MAX_CUSTOMER_BODIES: usize = 1024;
const MAX_NOTIFICATION_BODIES: usize = 64;
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
    pub proxies: Arc<TrustedProxies>,
    pub limits: Arc<CustomerLimits>,
    /// We are reached by TLS.
    pub is_secure: bool,
}

/// All routes of the service.
pub fn router(
    state: AppState,
    options: &LeptosOptions,
    backend: &BackendOfClient,
    guards: Guards,
    optional: OptionalRouters,
) -> Router {
    let Guards { policy, proxies, limits, is_secure } = guards;
    let AppState { catalogue, clock, .. } = &state;
    let customer_bodies = Bodies::new(MAX_CUSTOMER_BODIES, MAX_CUSTOMER_BODY_BYTES);
    let notification_bodies = Bodies::new(MAX_NOTIFICATION_BODIES, MAX_NOTIFICATION_BODY_BYTES);
    let customer = pages::router(options, backend, Arc::clone(catalogue), clock.clone(), policy)
        .route("/api/{*rest}", any(api_error::unknown_path))
        .layer(middleware::from_fn(take_json_alone))
        .layer(middleware::from_fn_with_state(customer_bodies, read_body_first))
        .layer(RequestBodyLimitLayer::new(MAX_CUSTOMER_BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&limits), limit_customers))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT));
    let invoicebox = Router::new()
        .route("/api/invoicebox/notifications", post(notifications::receive))
        .route("/api/invoicebox/notifications/", post(notifications::receive))
        .route("/api/invoicebox/notifications/{merchant_id}", post(notifications::receive_of_merchant))
        .route("/api/invoicebox/notifications/{merchant_id}/", post(notifications::receive_of_merchant))
        .layer(DefaultBodyLimit::max(MAX_NOTIFICATION_BODY_BYTES))
        // Before its body is there nobody knows whether a notification is signed.
        .layer(middleware::from_fn_with_state(notification_bodies, read_body_first))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT));
    // A stream of an order that does not exist is a read of the database all the same.
    let stream = Router::new()
        .route("/api/orders/{id}/events", get(order_stream))
        .layer(middleware::from_fn_with_state(limits, limit_customers));
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
    with_layers(all, proxies, is_secure)
}

/// Refuses calls of server functions that are not JSON: a page of another site can send forms and plain text in the name of
/// whoever looks at it, and JSON only if we allow it.
async fn take_json_alone(request: Request, next: Next) -> Response {
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    };
    let is_call = request.method() == Method::POST && request.uri().path().starts_with("/api/");
    if is_call && !request.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    next.run(request).await
}

/// Adds the layers of every answer, the innermost first.
fn with_layers(router: Router, proxies: Arc<TrustedProxies>, is_secure: bool) -> Router {
    let uncompressed = NotForContentType::const_new("text/event-stream");
    router
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(ErrorForm::Customer, api_error::render_errors))
        .layer(middleware::from_fn_with_state(is_secure, headers::set_security_headers))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(uncompressed)))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(middleware::from_fn_with_state(proxies, set_client_address))
        // What fails is logged where it arises: a refusal for want of room is no error of ours.
        .layer(TraceLayer::new_for_http().make_span_with(request_span).on_failure(()))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(middleware::from_fn(headers::check_request))
}

/// One span a request, named by the pattern of its route: an address may hold the id of an order, which is the key to it.
fn request_span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = route, id)
}

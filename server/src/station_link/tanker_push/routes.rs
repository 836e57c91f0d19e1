//! Routes for the callbacks of the station server: `/api/order/accept`, `fueling`, `volume`, `completed`, `canceled`.
//!
//! Answers by the contract: 200 means recorded durably. Anything else to `accept` and `fueling` makes the station cancel;
//! to `completed` it makes it repeat, so an order that we know is always 200 there. Ours beside it: 400 unreadable, 401
//! another key, 404 no such order, 409 do not begin, 500 repeat it.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State, rejection::BytesRejection},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    order::machine::StationReport,
    refusal::{OrderRefusal, Refusal, RequestError},
};
use ipnet::IpNet;
use serde_json::{Value, json};
use tower_http::timeout::TimeoutLayer;

use super::{
    Reference,
    callback::{CallbackFields, CallbackName},
};
use crate::{
    api_error::ErrorResponse,
    limits::{
        ClientAddress, Guesses,
        bodies::{Bodies, read_body_first},
    },
    station_link::callbacks::{
        CallbackKey, CallbackOutcome, SharedReceiver, StationCallback, StationOrderId, answer_callback,
    },
};

/// Longest body: seven short fields and a sentence.
const MAX_BODY_BYTES: usize = 16 * 1024;
const MAX_QUERY_BYTES: usize = 8 * 1024;
/// Bodies that are read at once: before one is there nobody knows whether its caller has the key.
const MAX_BODIES: usize = 256;
/// Time limit of a call, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Who may call: by a key, and from these networks alone, where there are any.
#[derive(Clone)]
pub(super) struct Callers {
    pub key: CallbackKey,
    pub networks: Vec<IpNet>,
}

#[derive(Clone)]
struct CallbackState {
    receiver: SharedReceiver,
    callers: Callers,
    guesses: Arc<Guesses>,
}

/// The routes for a station server.
pub(super) fn router(receiver: SharedReceiver, callers: Callers, guesses: Arc<Guesses>) -> Router {
    let state = CallbackState { receiver, callers, guesses };
    Router::new()
        .route("/api/order/{call}", get(receive).post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(Bodies::new(MAX_BODIES, MAX_BODY_BYTES), read_body_first))
        // Before anything of it is read.
        .layer(from_fn_with_state(state.clone(), check_network))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .with_state(state)
}

async fn receive(
    State(state): State<CallbackState>,
    client: ClientAddress,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ErrorResponse> {
    let name = CallbackName::parse(&call);
    let fields = read(&query.unwrap_or_default(), body)?;
    state.check_key(&fields, client)?;
    let (order, report) = parse(&fields, name)?;
    tracing::info!(
        number = order.number(),
        call = name.map(CallbackName::name),
        litre = fields.get("litre"),
        station_number = fields.get("extendedorderid"),
        station_time = fields.get("extendeddate"),
        station_sum = fields.get("summ"),
        "a callback of the station server"
    );
    to_response(
        answer_callback(&state.receiver, StationCallback { order: &order, report: report.into() }).await,
    )
}

async fn check_network(
    State(state): State<CallbackState>,
    client: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    match state.check_network(client) {
        Ok(()) => next.run(request).await,
        Err(refusal) => ErrorResponse(refusal).into_response(),
    }
}

fn read(query: &str, body: Result<Bytes, BytesRejection>) -> Result<CallbackFields, Refusal> {
    let body = body
        .map_err(|_| malformed(format!("the body is longer than {MAX_BODY_BYTES} bytes, or was cut off")))?;
    if query.len() > MAX_QUERY_BYTES {
        return Err(malformed(format!("the query is longer than {MAX_QUERY_BYTES} bytes")));
    }
    CallbackFields::read(query, &body).map_err(|error| malformed(error.to_string()))
}

impl CallbackState {
    /// Checks where the call comes from.
    fn check_network(&self, client: ClientAddress) -> Result<(), Refusal> {
        let networks = &self.callers.networks;
        if networks.is_empty() || networks.iter().any(|network| network.contains(&client.ip())) {
            return Ok(());
        }
        Err(self.guesses.refuse_network(client, "station callbacks").into())
    }

    /// Checks the key, which is one of the fields. The right one passes however many wrong ones came from the same address.
    fn check_key(&self, fields: &CallbackFields, client: ClientAddress) -> Result<(), Refusal> {
        match self.callers.key.is_valid(fields.get("apikey").unwrap_or_default()) {
            true => Ok(()),
            false => Err(self.guesses.refuse(client, "station callbacks").into()),
        }
    }
}

fn parse(fields: &CallbackFields, name: Option<CallbackName>) -> Result<(Reference, StationReport), Refusal> {
    fields.reference().and_then(|order| Ok((order, fields.to_report(name)?))).map_err(|error| {
        tracing::warn!(call = name.map(CallbackName::name), %error, "a callback cannot be read");
        malformed(error.to_string())
    })
}

fn to_response(outcome: CallbackOutcome) -> Result<Json<Value>, ErrorResponse> {
    match outcome {
        CallbackOutcome::Recorded => Ok(Json(json!({ "status": "ok" }))),
        CallbackOutcome::MustStop => Err(OrderRefusal::NotServable.into()),
        CallbackOutcome::OrderUnknown => Err(OrderRefusal::OrderUnknown.into()),
        CallbackOutcome::Failed => Err(RequestError::Internal.into()),
    }
}

fn malformed(problem: String) -> Refusal {
    RequestError::Malformed { problem }.into()
}

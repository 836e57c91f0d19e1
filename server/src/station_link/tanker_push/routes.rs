//! Routes for the callbacks of the station server: `/api/order/accept`, `fueling`, `volume`, `completed`, `canceled`.
//!
//! Answers by the contract: 200 means recorded durably. Anything else to `accept` and `fueling` makes the station cancel;
//! to `completed` it makes it repeat, so an order that we know is always 200 there. Ours beside it: 400 unreadable, 401
//! another key, 404 no such order, 409 do not begin, 500 repeat it.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State, rejection::BytesRejection},
    routing::get,
};
use domain::{
    order::machine::StationReport,
    refusal::{OrderRefusal, Refusal, RequestError},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    Reference,
    callback::{CallbackFields, CallbackName},
};
use crate::{
    api_error::ErrorResponse,
    station_link::callbacks::{
        CallbackKey, CallbackOutcome, SharedReceiver, StationCallback, StationOrderId, answer_callback,
    },
};

/// Longest body: seven short fields and a sentence.
const MAX_BODY_BYTES: usize = 16 * 1024;
const MAX_QUERY_BYTES: usize = 8 * 1024;

#[derive(Clone)]
struct CallbackState {
    receiver: SharedReceiver,
    key: CallbackKey,
}

/// The routes for a station server that sends this key.
pub fn router(receiver: SharedReceiver, key: &SecretString) -> Router {
    Router::new()
        .route("/api/order/{call}", get(receive).post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(CallbackState { receiver, key: CallbackKey::new(key) })
}

async fn receive(
    State(state): State<CallbackState>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ErrorResponse> {
    let name = CallbackName::parse(&call);
    let fields = read(&query.unwrap_or_default(), body)?;
    check_key(&state.key, &fields, name)?;
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

fn read(query: &str, body: Result<Bytes, BytesRejection>) -> Result<CallbackFields, Refusal> {
    let body = body
        .map_err(|_| malformed(format!("the body is longer than {MAX_BODY_BYTES} bytes, or was cut off")))?;
    if query.len() > MAX_QUERY_BYTES {
        return Err(malformed(format!("the query is longer than {MAX_QUERY_BYTES} bytes")));
    }
    CallbackFields::read(query, &body).map_err(|error| malformed(error.to_string()))
}

/// Checks the key, which is one of the fields.
fn check_key(key: &CallbackKey, fields: &CallbackFields, name: Option<CallbackName>) -> Result<(), Refusal> {
    if key.is_valid(fields.get("apikey").unwrap_or_default()) {
        return Ok(());
    }
    let call = name.map(CallbackName::name);
    tracing::warn!(call, "a callback was refused: apikey is missing or another");
    Err(RequestError::Unauthorized.into())
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

//! The station side calls us: `/api/order/accept`, `fueling`, `volume`, `completed`, `canceled`.
//!
//! Answers by the contract: 200 is heard, and durable. Anything else to `accept` and `fueling` makes the station call
//! off; to `completed` it makes it repeat, so an order that we know is always 200 there. Ours beside it: 400 unreadable,
//! 401 another key, 404 no such order, 409 do not begin, 500 say it again.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    order::Order,
    refusal::{OrderRefusal, Refusal, RequestError},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::errors::ErrorResponse;
use crate::{
    orders::{Orders, StoreError},
    station_link::tanker_push::{Reference, callback::Fields},
};

/// Longest call: seven short fields and a sentence.
const CALL_BODY: usize = 16 * 1024;
/// Longest query.
const CALL_QUERY: usize = 8 * 1024;

/// What the door needs.
#[derive(Clone)]
struct Door {
    orders: Orders,
    /// Hashed, so that keys of any length are compared in the same time.
    key: [u8; 32],
}

/// The door of the station side that knows this key.
pub fn router(orders: Orders, key: &SecretString) -> Router {
    let door = Door { orders, key: hashed(key.expose_secret()) };
    Router::new()
        .route("/api/order/{call}", get(receive).post(receive))
        .layer(DefaultBodyLimit::max(CALL_BODY))
        .with_state(door)
}

async fn receive(
    State(door): State<Door>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let refused = |refusal: Refusal| ErrorResponse(refusal).into_response();
    let malformed = |problem: String| refused(RequestError::Malformed { problem }.into());
    let query = query.unwrap_or_default();
    let Ok(body) = body else {
        return malformed(format!("the body is longer than {CALL_BODY} bytes, or was cut off"));
    };
    if query.len() > CALL_QUERY {
        return malformed(format!("the query is longer than {CALL_QUERY} bytes"));
    }
    let fields = match Fields::read(&query, &body) {
        Ok(fields) => fields,
        Err(error) => return malformed(error.to_string()),
    };
    if !bool::from(hashed(fields.get("apikey").unwrap_or_default()).ct_eq(&door.key)) {
        tracing::warn!(call, "a station's call was refused: apikey is missing or another");
        return refused(RequestError::Unauthorized.into());
    }
    let (reference, event) = match (fields.reference(), fields.event(&call)) {
        (Ok(reference), Ok(event)) => (reference, event),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(call, %error, "a station's call cannot be read");
            return malformed(error.to_string());
        }
    };
    let heard = async {
        let Some(order) = known(&door.orders, reference).await? else { return Ok(None) };
        tracing::info!(
            order.number,
            call,
            litre = fields.get("litre"),
            station_number = fields.get("extendedorderid"),
            station_time = fields.get("extendeddate"),
            station_sum = fields.get("summ"),
            "the station said"
        );
        let goes_on = door.orders.station_callback.run(&order, event).await?;
        Ok::<_, StoreError>(Some(goes_on))
    };
    match heard.await {
        Ok(Some(true)) => Json(json!({ "status": "ok" })).into_response(),
        Ok(Some(false)) => {
            tracing::warn!(number = reference.number(), call, "a station was told not to begin");
            refused(OrderRefusal::NotServable.into())
        }
        Ok(None) => {
            tracing::warn!(number = reference.number(), call, "a station spoke of an order that is not here");
            refused(OrderRefusal::OrderUnknown.into())
        }
        Err(error) => {
            tracing::error!(%error, call, "a station's word could not be recorded; it has to repeat it");
            refused(RequestError::Internal.into())
        }
    }
}

/// Looked up by the number that the reference tells, then held against it as a whole.
async fn known(orders: &Orders, reference: Reference) -> Result<Option<Order>, StoreError> {
    let order = orders.station_callback.order(reference.number()).await?;
    Ok(order.filter(|order| reference.is_of(order)))
}

fn hashed(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

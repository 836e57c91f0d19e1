//! Events that the back office did not accept, by API: listed, and posted again.

use axum::{Json, extract::State};
use domain::{id::OrderId, view::ErrorBody};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::strict::Strict;
use crate::{api_error::ErrorResponse, erp_events::DeadEvents};

/// Dead events listed in one answer.
const MAX_LISTED_EVENTS: usize = 200;

/// Events that the back office did not accept for a day.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadEvents)]
pub struct DeadEventList {
    events: Vec<DeadEventView>,
}

#[derive(Serialize, ToSchema)]
pub struct DeadEventView {
    order_id: OrderId,
    number: String,
    seq: i64,
    attempts: i64,
    /// Error of the last try.
    last_error: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Later events of the same order that wait behind this one.
    behind: i64,
}

/// Events to post again.
#[derive(Deserialize, ToSchema)]
pub struct Retry {
    /// Those of one order; all when missing.
    #[serde(default)]
    order_id: Option<OrderId>,
}

#[derive(Serialize, ToSchema)]
pub struct Retried {
    retried: u64,
}

/// List the events that were given up
///
/// An event that is not accepted within a day is dead. Later events of its order wait behind it, so that the back
/// office always receives them in order.
#[utoipa::path(get, path = "/events/dead", operation_id = "dead", tag = "events", responses(
    (status = 200, description = "The oldest two hundred", body = DeadEventList),
))]
pub async fn list(State(dead_events): State<DeadEvents>) -> Result<Json<DeadEventList>, ErrorResponse> {
    let dead = dead_events.list(MAX_LISTED_EVENTS).await?;
    let events = dead
        .into_iter()
        .filter_map(|event| {
            Some(DeadEventView {
                order_id: OrderId::parse(&event.order_id)?,
                number: event.number.to_string(),
                seq: event.seq,
                attempts: event.attempts,
                last_error: event.last_error,
                created_at: event.created_at,
                behind: event.behind,
            })
        })
        .collect();
    Ok(Json(DeadEventList { events }))
}

/// Post given-up events again, for another day
#[utoipa::path(post, path = "/events/retry", tag = "events", request_body(content = Retry, example = json!({})), responses(
    (status = 200, description = "How many will be posted again", body = Retried),
    (status = 400, description = "`bad_request`", body = ErrorBody),
))]
pub async fn retry(
    State(dead_events): State<DeadEvents>,
    Strict(body): Strict<Retry>,
) -> Result<Json<Retried>, ErrorResponse> {
    Ok(Json(Retried { retried: dead_events.retry(body.order_id).await? }))
}

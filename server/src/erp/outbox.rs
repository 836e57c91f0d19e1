//! Effects that are stuck, by API: listed, and tried again at once.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::view::ErrorBody;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    api_error::ErrorResponse,
    orders::{RetryEffects, StuckEffect},
};

/// Effects of one answer.
const MAX_LISTED_EFFECTS: usize = 200;

/// What has to be done at Invoicebox or a station, and is not.
#[derive(Serialize, ToSchema)]
#[schema(as = StuckEffects)]
pub struct StuckEffectList {
    effects: Vec<StuckEffectView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = StuckEffect)]
pub struct StuckEffectView {
    /// For `/outbox/{id}/retry`.
    #[schema(example = "10451-7-refund")]
    id: String,
    /// The order's short number.
    number: String,
    /// `create_invoice`, `cancel_invoice`, `cancel_twins`, `authorise`, `withdraw_authorisation`, `report_end`, `announce`,
    /// `ship`, `refund`, `return_money`, `return_second_payments`, `find_duplicates`, `follow_refunds`.
    effect: String,
    /// Given up after a day: it is not tried any more by itself.
    dead: bool,
    /// When it was decided.
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    tries: i64,
    /// Error of the last try.
    error: Option<String>,
    /// Null for a dead one.
    #[serde(with = "time::serde::rfc3339::option")]
    next_try_at: Option<OffsetDateTime>,
}

/// It is tried again.
#[derive(Serialize, ToSchema)]
#[schema(as = RetriedEffect)]
pub struct RetriedEffectView {
    id: String,
}

/// List what is stuck
///
/// Effects that were given up, and those that are not done ten minutes after they were decided.
#[utoipa::path(get, path = "/outbox", operation_id = "outbox", tag = "upkeep", responses(
    (status = 200, description = "At most two hundred: the dead first, then by age", body = StuckEffectList),
))]
pub async fn list(State(effects): State<RetryEffects>) -> Result<Json<StuckEffectList>, ErrorResponse> {
    let effects = effects.list(MAX_LISTED_EFFECTS).await?;
    Ok(Json(StuckEffectList { effects: effects.into_iter().map(StuckEffectView::from).collect() }))
}

/// Try an effect again at once
///
/// What earlier tries may have done is asked for first, so nothing is done twice.
#[utoipa::path(post, path = "/outbox/{id}/retry", operation_id = "retry_effect", tag = "upkeep",
    params(("id" = String, Path, example = "10451-7-refund")), responses(
    (status = 200, description = "It is tried within a second", body = RetriedEffectView),
    (status = 404, description = "`not_found`: it is done, or there was none", body = ErrorBody),
))]
pub async fn retry(
    State(effects): State<RetryEffects>,
    Path(id): Path<String>,
) -> Result<Json<RetriedEffectView>, ErrorResponse> {
    effects.run(&id).await?;
    Ok(Json(RetriedEffectView { id }))
}

impl From<StuckEffect> for StuckEffectView {
    fn from(stuck: StuckEffect) -> Self {
        Self {
            id: stuck.id,
            number: stuck.number.to_string(),
            effect: stuck.effect,
            dead: stuck.is_dead,
            since: stuck.since,
            tries: stuck.tries,
            error: stuck.error,
            next_try_at: stuck.next_try_at,
        }
    }
}

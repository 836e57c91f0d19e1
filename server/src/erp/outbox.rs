//! Effects that are stuck, by API: listed, and tried again at once.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::view::ErrorBody;
use serde::Serialize;
use utoipa::ToSchema;

use super::{orders::order, stuck_effect::StuckEffectView};
use crate::{
    api_error::ErrorResponse,
    orders::{ReadOrders, RetryEffects},
    queue::RetriedRows,
};

/// Effects of one answer.
const MAX_LISTED_EFFECTS: usize = 200;

/// What has to be done at Invoicebox or a station, and is not.
#[derive(Serialize, ToSchema)]
#[schema(as = StuckEffects)]
pub struct StuckEffectList {
    effects: Vec<StuckEffectView>,
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

/// Effects of an order that are tried again, counted by what they were.
#[derive(Serialize, ToSchema)]
#[schema(as = RetriedOrder)]
pub struct RetriedOrderView {
    /// Given up before: they are tried for another day.
    given_up: u64,
    /// Waited for their next try, which is now.
    waiting: u64,
    /// Their try goes on; if it fails, the next one follows after a second.
    under_way: u64,
}

/// Try everything of an order again at once
///
/// After a cause was mended, such as credentials: what was given up, and what waits for its next try. What earlier tries may
/// have done is asked for first, and nothing is tried twice at once. Repeating it is harmless. A refund or shipment that
/// Invoicebox has refused needs a decision: `/orders/{id}/refund`, `/orders/{id}/shipment/retry`.
#[utoipa::path(post, path = "/orders/{id}/outbox/retry", operation_id = "retry_order", tag = "upkeep",
    params(("id" = String, Path)), responses(
    (status = 200, description = "Tried within a second; nothing but zeros where nothing waits", body = RetriedOrderView),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn retry_order(
    State(effects): State<RetryEffects>,
    State(read): State<ReadOrders>,
    Path(id): Path<String>,
) -> Result<Json<RetriedOrderView>, ErrorResponse> {
    let RetriedRows { given_up, waiting, under_way } =
        effects.run_all_of(order(&read, &id).await?.id).await?;
    Ok(Json(RetriedOrderView { given_up, waiting, under_way }))
}

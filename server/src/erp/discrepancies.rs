//! What does not add up, by API: listed, and settled.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use domain::{
    refusal::{FieldProblem, RequestError},
    view::ErrorBody,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::strict::Strict;
use crate::{
    api_error::ErrorResponse,
    orders::{DiscrepancyCursor, DiscrepancyFilter, ListedDiscrepancy, SettleDiscrepancy},
};

/// Discrepancies of one answer.
const MAX_LISTED_DISCREPANCIES: usize = 200;
/// Longest note.
const MAX_NOTE_CHARS: usize = 1000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiscrepancyQuery {
    /// Also those that have ended: by themselves, by a decision about the money, or settled.
    #[serde(default)]
    all: bool,
    /// `next` of the page before; the first page when missing.
    #[serde(default)]
    cursor: Option<String>,
}

/// What does not add up, oldest first.
#[derive(Serialize, ToSchema)]
pub struct DiscrepancyList {
    discrepancies: Vec<DiscrepancyView>,
    /// `cursor` of the next page; null on the last one.
    next: Option<String>,
}

/// One discrepancy of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = Discrepancy)]
pub struct DiscrepancyView {
    /// The order's short number and a count.
    #[schema(example = "10451-2")]
    id: String,
    order_id: String,
    number: String,
    /// The order's status now.
    status: String,
    /// Kind: `money_owed`, `refund_refused`, `paid_after_end` and others.
    what: String,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    /// A sum, a volume, a foreign id, the words of the other side; may be empty.
    detail: String,
    /// When it ended; null while it is open.
    #[serde(with = "time::serde::rfc3339::option")]
    closed_at: Option<OffsetDateTime>,
    /// When a person settled it; null where it is open or ended otherwise.
    #[serde(with = "time::serde::rfc3339::option")]
    settled_at: Option<OffsetDateTime>,
    /// What was done about it.
    note: Option<String>,
}

/// What was done about a discrepancy.
#[derive(Deserialize, ToSchema)]
#[schema(as = Settling)]
pub struct SettleRequest {
    /// 1 to 1000 characters.
    note: String,
}

/// An operator's word is recorded.
#[derive(Serialize, ToSchema)]
pub struct Settled {
    id: String,
}

/// List what does not add up
///
/// Nothing of it is repaired silently. `money_owed` closes itself when the money has moved; others end when somebody has
/// dealt with them and says so.
#[utoipa::path(get, path = "/discrepancies", operation_id = "discrepancies", tag = "upkeep", params(DiscrepancyQuery), responses(
    (status = 200, description = "At most two hundred, oldest first", body = DiscrepancyList),
    (status = 400, description = "`bad_request`", body = ErrorBody),
))]
pub async fn list(
    State(discrepancies): State<SettleDiscrepancy>,
    Query(query): Query<DiscrepancyQuery>,
) -> Result<Json<DiscrepancyList>, ErrorResponse> {
    let filter = if query.all { DiscrepancyFilter::All } else { DiscrepancyFilter::Open };
    let cursor = query.cursor.as_deref().map(parse_cursor).transpose()?;
    let mut rows = discrepancies.list(filter, cursor, MAX_LISTED_DISCREPANCIES + 1).await?;
    let has_more = rows.len() > MAX_LISTED_DISCREPANCIES;
    rows.truncate(MAX_LISTED_DISCREPANCIES);
    let next = rows.last().filter(|_| has_more).map(cursor_after);
    Ok(Json(DiscrepancyList { discrepancies: rows.into_iter().map(DiscrepancyView::from).collect(), next }))
}

/// Record what was done about a discrepancy
///
/// It leaves the list of open ones. The same may come again, also in the same words. Repeated with the same note, nothing
/// changes. One for which the money of its order waits ends by completing, cancelling or refunding the order.
#[utoipa::path(post, path = "/discrepancies/{id}/settle", operation_id = "settle", tag = "upkeep",
    params(("id" = String, Path, example = "10451-2")),
    request_body(content = SettleRequest, example = json!({ "note": "Возврат оформлен в кабинете Инвойсбокса" })), responses(
    (status = 200, description = "Recorded", body = Settled),
    (status = 400, description = "`bad_request`: an empty or too long note", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: it has ended otherwise, or it holds the money of its order", body = ErrorBody),
))]
pub async fn settle(
    State(discrepancies): State<SettleDiscrepancy>,
    Path(id): Path<String>,
    Strict(body): Strict<SettleRequest>,
) -> Result<Json<Settled>, ErrorResponse> {
    let note = body.note.trim();
    if note.is_empty() {
        return Err(RequestError::Field { field: "note", problem: FieldProblem::Missing }.into());
    }
    if note.chars().count() > MAX_NOTE_CHARS {
        let problem = format!("note has more than {MAX_NOTE_CHARS} characters");
        return Err(RequestError::Malformed { problem }.into());
    }
    discrepancies.run(&id, note).await?;
    Ok(Json(Settled { id }))
}

fn cursor_after(row: &ListedDiscrepancy) -> String {
    format!("{}.{}", crate::clock::to_millis(row.since), row.id)
}

fn parse_cursor(text: &str) -> Result<DiscrepancyCursor, RequestError> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    let (at, id) =
        parts.ok_or_else(|| RequestError::Malformed { problem: "cursor is none of ours".to_owned() })?;
    Ok(DiscrepancyCursor { at, id })
}

impl From<ListedDiscrepancy> for DiscrepancyView {
    fn from(row: ListedDiscrepancy) -> Self {
        let (settled_at, note) = row.settled.map(|settled| (settled.at, settled.note)).unzip();
        Self {
            id: row.id,
            order_id: row.order_id,
            number: row.number.to_string(),
            status: row.status,
            what: row.what,
            since: row.since,
            detail: row.detail,
            closed_at: row.closed_at,
            settled_at,
            note,
        }
    }
}

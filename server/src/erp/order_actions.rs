//! What an operator does with an order: cancels it, starts its pump, closes it, returns money.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    hidden::is_plain,
    id::{IdempotencyKey, PumpNumber},
    money::Kopecks,
    order::{
        Starter,
        settlement::{self, RefundScope},
    },
    quantity::Centi,
    refusal::{FieldProblem, RequestError},
    view::{ErrorBody, OrderView},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    order_items::{HandedItemRequest, RefundItemRequest, read_handed_items, read_refund_items},
    order_views::OrderViews,
    orders::{order, order_id},
    strict::Strict,
};
use crate::{
    api_error::ErrorResponse,
    orders::{CancelOrder, CompleteOrder, ReadOrders, RefundOrder, RetryShipment, StartCommand, StartOrder},
};

/// Longest reason of a cancellation or refund, in characters.
const MAX_REASON_CHARS: usize = 300;

/// Why an order is cancelled.
#[derive(Deserialize, ToSchema)]
#[schema(as = Cancellation)]
pub struct CancelRequest {
    /// For the record: kept with the order and shown at the desk.
    #[serde(default)]
    reason: Option<String>,
    /// The same key is the same cancellation, however often it is sent.
    #[serde(default)]
    idempotency_key: Option<IdempotencyKey>,
}

/// The pump to start.
#[derive(Deserialize, ToSchema)]
#[schema(as = Start)]
pub struct StartRequest {
    /// That of the order when missing.
    #[serde(default)]
    pump: Option<PumpNumber>,
    /// The same key is the same start, however often it is sent.
    #[serde(default)]
    idempotency_key: Option<IdempotencyKey>,
}

/// What was dispensed and handed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = Completion)]
pub struct CompletionRequest {
    /// Hundredths of the fuel's unit; all that was ordered when missing. Not for orders without fuel.
    #[serde(default, rename = "dispensed_centi")]
    dispensed: Option<Centi>,
    /// Goods and services that were handed over; a line that is not named was not. When missing: all of them, but beside a
    /// fuelling that gave nothing.
    #[serde(default)]
    items: Option<Vec<HandedItemRequest>>,
    /// The same key is the same closing, however often it is sent.
    #[serde(default)]
    idempotency_key: Option<IdempotencyKey>,
}

/// Money to return.
#[derive(Deserialize, ToSchema)]
#[schema(as = Refund)]
pub struct RefundRequest {
    /// The same key is the same refund, however often it is sent.
    idempotency_key: IdempotencyKey,
    /// Parts of the order. Neither `items` nor `amount_kopecks`: all that is left.
    #[serde(default)]
    items: Option<Vec<RefundItemRequest>>,
    /// A sum, of an order with one line; or all that is left.
    #[serde(default, rename = "amount_kopecks")]
    amount: Option<Kopecks>,
    /// Goes into the refund's description at Invoicebox.
    reason: String,
}

/// Cancel an order
///
/// An unpaid order at once: the invoice is withdrawn, the pre-check says so from now on. A paid one until it is handed over
/// or fuelling begins: the money is returned; an order whose view is still open waits for the station's answer. The body may
/// be missing. Repeating it is harmless.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "orders", params(("id" = String, Path)),
    request_body(content = Option<CancelRequest>, example = json!({ "reason": "Покупатель передумал" })), responses(
    (status = 200, description = "Cancelled, or waiting for the station's answer", body = OrderView),
    (status = 400, description = "`bad_request`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`order_not_cancelable`: handed over, fuelling, or ended otherwise; `conflict`: the key belongs to another request", body = ErrorBody),
))]
pub async fn cancel(
    State(cancel): State<CancelOrder>,
    views: OrderViews,
    Path(id): Path<String>,
    Strict(body): Strict<CancelRequest>,
) -> Result<Json<OrderView>, ErrorResponse> {
    let id = order_id(&id)?;
    let reason = read_reason(body.reason.as_deref().unwrap_or_default())?;
    Ok(views.json(&cancel.run_for_operator(id, reason, body.idempotency_key).await?))
}

/// Start a pump for a paid order
///
/// For a driver who has no network, or where the sale was paid too late to start by itself. The station is asked first.
/// Repeating it while the release is under way is harmless; a delayed repetition under a key starts nothing.
#[utoipa::path(post, path = "/orders/{id}/start", tag = "orders", params(("id" = String, Path)),
    request_body(content = StartRequest, example = json!({ "pump": 4, "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c50" })), responses(
    (status = 200, description = "Under way", body = OrderView),
    (status = 400, description = "`bad_request`: the order names no pump, and neither does the request", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`pump_unavailable`: taken, out of order, or without the grade; `station_closed`: for a reason that its data names; `order_not_startable`: not paid, ended, being cancelled, or under way; `conflict`: the key belongs to another request", body = ErrorBody),
    (status = 502, description = "`forecourt_error`: the station does not answer", body = ErrorBody),
))]
pub async fn start(
    State(start): State<StartOrder>,
    views: OrderViews,
    Path(id): Path<String>,
    Strict(body): Strict<StartRequest>,
) -> Result<Json<OrderView>, ErrorResponse> {
    let command = StartCommand { pump: body.pump, seq: None, by: Starter::Cashier };
    Ok(views.json(&start.run_once(order_id(&id)?, command, body.idempotency_key).await?))
}

/// Close a paid order
///
/// Fuel with the volume that was dispensed, or all that was ordered; goods and services as handed over. What was not
/// dispensed or handed over is returned to the payer. It also decides about money that waits because nobody knows how much
/// fuel has flowed. `items` alone, while automation still gives the fuel, records the hand-over and ends nothing. Goods beside
/// a fuelling that gave nothing are charged when they are named here within 24 hours. Repeating it is harmless.
#[utoipa::path(post, path = "/orders/{id}/complete", tag = "orders", params(("id" = String, Path)),
    request_body(content = CompletionRequest, examples(
        ("all" = (summary = "All of it", value = json!({ "dispensed_centi": null, "items": null }))),
        ("parts" = (summary = "A volume, and one of the goods", value = json!({
            "dispensed_centi": 1870, "items": [{ "line": 2, "quantity_centi": 100 }],
            "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c51"
        }))),
    )), responses(
    (status = 200, description = "Closed, or the hand-over recorded", body = OrderView),
    (status = 400, description = "`bad_request`: a line that is unknown, repeated or fuel", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: not paid, ended otherwise, more than was paid, or the key belongs to another request", body = ErrorBody),
))]
pub async fn complete(
    State(complete): State<CompleteOrder>,
    State(read): State<ReadOrders>,
    views: OrderViews,
    Path(id): Path<String>,
    Strict(body): Strict<CompletionRequest>,
) -> Result<Json<OrderView>, ErrorResponse> {
    let items = match body.items {
        Some(items) => Some(read_handed_items(&order(&read, &id).await?, items)?),
        None => None,
    };
    let completed = complete.run_once(order_id(&id)?, body.dispensed, items, body.idempotency_key);
    Ok(views.json(&completed.await?))
}

/// Return money
///
/// Of an order that has ended: parts of its lines, a sum of its only line, or all that is left. The key is required: the same
/// key with the same content is the same refund, another key is another refund, also of the same sum.
#[utoipa::path(post, path = "/orders/{id}/refund", tag = "orders", params(("id" = String, Path)),
    request_body(content = RefundRequest, examples(
        ("lines" = (summary = "Parts of lines", value = json!({
            "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c52", "reason": "Возврат товара",
            "items": [{ "line": 2, "quantity_centi": 100 }, { "line": "diesel_winter", "amount_kopecks": 10000 }]
        }))),
        ("rest" = (summary = "All that is left", value = json!({
            "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c53", "reason": "Претензия",
            "items": null, "amount_kopecks": null
        }))),
    )), responses(
    (status = 200, description = "Under way", body = OrderView),
    (status = 400, description = "`bad_request`: among others a line that is unknown or repeated, or a part of the sum of an order with several lines without `items`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: nothing, or not so much, is left to return; or the key belongs to another request", body = ErrorBody),
))]
pub async fn refund(
    State(refund): State<RefundOrder>,
    State(read): State<ReadOrders>,
    views: OrderViews,
    Path(id): Path<String>,
    Strict(body): Strict<RefundRequest>,
) -> Result<Json<OrderView>, ErrorResponse> {
    let wrong = |field, problem| RequestError::Field { field, problem };
    let reason = read_reason(&body.reason)?.ok_or(wrong("reason", FieldProblem::Missing))?;
    let scope = match (body.items, body.amount) {
        (Some(_), Some(_)) => return Err(wrong("amount_kopecks", FieldProblem::ItemsOrAmount).into()),
        (Some(items), None) => RefundScope::Items(read_refund_items(&order(&read, &id).await?, items)?),
        (None, Some(amount)) if amount <= Kopecks::ZERO => {
            return Err(wrong("amount_kopecks", FieldProblem::NotPositive).into());
        }
        (None, Some(amount)) => RefundScope::Amount(amount),
        (None, None) => RefundScope::Rest,
    };
    let request = settlement::RefundRequest { key: body.idempotency_key, scope, reason };
    Ok(views.json(&refund.run(order_id(&id)?, request).await?))
}

/// Send a refused shipment again
///
/// After its cause was mended at Invoicebox: `shipment_refused` among the discrepancies of the order. It goes under the same
/// number, and is looked for there first, so that no document is made twice. Repeating it is harmless.
#[utoipa::path(post, path = "/orders/{id}/shipment/retry", operation_id = "retry_shipment", tag = "orders",
    params(("id" = String, Path)), responses(
    (status = 200, description = "Under way, or done already", body = OrderView),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: the order has no shipment, or its payment was taken back", body = ErrorBody),
))]
pub async fn retry_shipment(
    State(shipments): State<RetryShipment>,
    views: OrderViews,
    Path(id): Path<String>,
) -> Result<Json<OrderView>, ErrorResponse> {
    Ok(views.json(&shipments.run(order_id(&id)?).await?))
}

/// Reads a reason; `None` for a blank one.
fn read_reason(text: &str) -> Result<Option<String>, RequestError> {
    let text = text.trim();
    if !is_plain(text, MAX_REASON_CHARS) {
        return Err(RequestError::Field { field: "reason", problem: FieldProblem::TooLong });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

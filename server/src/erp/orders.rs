//! Orders by API: created at the till, read, listed, followed.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    id::{OrderId, StationId},
    order::Order,
    refusal::{OrderRefusal, Refusal, RequestError},
    view::{ErrorBody, OrderView},
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use utoipa::IntoParams;

use super::{
    day::{CalendarDay, MOSCOW},
    listed_order::{ListedOrder, OrderList, OrderUpkeep},
    order_views::OrderViews,
    public_url::PublicUrl,
    strict::Strict,
    wire::{NewOrder, PlacedOrder},
};
use crate::{
    api_error::ErrorResponse,
    clock::Clock,
    limits::Streams,
    order_stream::{StreamRequest, open_stream},
    orders::{
        FollowOrder, ListQuery, Listing, PlaceCashierSale, ReadOrders, RetryEffects, SettleDiscrepancy,
    },
};

/// Orders listed in one answer.
const MAX_LISTED_ORDERS: usize = 300;

/// Create an order
///
/// Answers when Invoicebox has made the invoice. After `payment_provider_timeout` and `payment_provider_error` send the
/// same body again: there will be no second order.
#[utoipa::path(post, path = "/orders", tag = "orders", request_body(content = NewOrder, examples(
    ("fuel" = (summary = "By grade", value = json!({
        "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b", "external_id": "AZS12-000451",
        "station_id": "sever-12", "pump": 4,
        "fuel": { "id": "diesel_winter", "by": "volume", "volume_centi": 3741, "amount_kopecks": 278143 },
        "items": [], "customer": null
    }))),
    ("catalogue" = (summary = "From the catalogue", value = json!({
        "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4c", "external_id": "AZS12-000452",
        "station_id": "sever-12", "pump": null, "fuel": null,
        "items": [{ "sku": "washer-20", "count": 2 }, { "sku": "wash-express" }],
        "customer": { "name": "ООО «Перевозчик»", "inn": "7707083893" }
    }))),
    ("lines" = (summary = "By lines of the caller's own, fuel included", value = json!({
        "idempotency_key": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4d", "external_id": "AZS12-000453",
        "station_id": "sever-12", "pump": null,
        "fuel": { "id": "a95", "by": "amount", "volume_centi": null, "amount_kopecks": 100000 },
        "items": [{ "name": "Кофе американо 0,3 л", "kind": "goods", "price_kopecks": 14900, "quantity_centi": 200,
                    "measure_code": "796", "vat": "RUS_VAT22" }],
        "customer": null
    }))),
)), responses(
    (status = 201, description = "Placed; the same answer for a repeat", body = PlacedOrder),
    (status = 400, description = "`bad_request`", body = ErrorBody),
    (status = 401, description = "`unauthorized`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such station", body = ErrorBody),
    (status = 409, description = "`conflict` (the key or the number is taken), `price_changed`, `pump_unavailable`, `fuel_unavailable`, `station_closed`", body = ErrorBody),
    (status = 422, description = "`limit_exceeded`", body = ErrorBody),
    (status = 502, description = "`payment_provider_error`, `forecourt_error`", body = ErrorBody),
    (status = 504, description = "`payment_provider_timeout`", body = ErrorBody),
))]
pub async fn create(
    State(sell): State<PlaceCashierSale>,
    State(public_url): State<PublicUrl>,
    Strict(body): Strict<NewOrder>,
) -> Result<(StatusCode, Json<PlacedOrder>), ErrorResponse> {
    let placed = sell.run(body.into_sale()?).await?;
    let answer = PlacedOrder {
        order_id: placed.order_id,
        number: placed.view.number.clone(),
        payment_url: placed.payment_url,
        precheck_url: public_url.precheck(placed.order_id),
        qr_svg_url: public_url.qr_svg(placed.order_id),
        view: placed.view,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Query of the list of orders.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderListQuery {
    /// The caller's own number: the answer is that one order.
    #[param(example = "AZS12-000451")]
    external_id: Option<String>,
    /// A day by Moscow time, `2026-11-24`; today when missing.
    date: Option<String>,
    /// The short number: a list of one order, or of none, whatever the day.
    number: Option<String>,
    /// Orders of one station only.
    station_id: Option<String>,
    /// Orders of all days, and only those that need a person: with an open discrepancy, or something that was given up.
    #[serde(default)]
    needs_attention: bool,
}

/// Find an order by the caller's number, or list the orders of a day
///
/// With `external_id` the answer is the order's view, otherwise a list, newest first, customers' own orders included.
#[utoipa::path(get, path = "/orders", tag = "orders", params(OrderListQuery), responses(
    (status = 200, description = "The order (with `external_id`), or the list", body = OrderList),
    (status = 400, description = "`bad_request`", body = ErrorBody),
    (status = 404, description = "`not_found`: no order has this `external_id`", body = ErrorBody),
))]
pub async fn find(
    State(read): State<ReadOrders>,
    State(discrepancies): State<SettleDiscrepancy>,
    State(effects): State<RetryEffects>,
    State(clock): State<Clock>,
    State(public_url): State<PublicUrl>,
    views: OrderViews,
    query: Result<Query<OrderListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ErrorResponse> {
    let Query(query) = query.map_err(|error| RequestError::Malformed { problem: error.body_text() })?;
    if let Some(external_id) = &query.external_id {
        let order = read.by_external_id(external_id).await?;
        let order = order.ok_or(OrderRefusal::OrderUnknown)?;
        return Ok(views.json(&order).into_response());
    }
    let station = query.station_id.clone().map(StationId);
    let attention = read.count_attention(station.as_ref()).await?;
    let Listing { orders, has_more } = list_orders(&read, query, station, clock.now()).await?;
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let upkeep = OrderUpkeep {
        discrepancies: discrepancies.ids_of(&orders).await?,
        given_up: effects.given_up_of(&ids).await?,
    };
    let orders = orders.iter().map(|order| ListedOrder::of(order, &upkeep, &public_url, &views));
    let orders = orders.collect();
    Ok(Json(OrderList { orders, more: has_more, needing_attention: attention }).into_response())
}

async fn list_orders(
    read: &ReadOrders,
    query: OrderListQuery,
    station: Option<StationId>,
    now: OffsetDateTime,
) -> Result<Listing, ErrorResponse> {
    if let Some(number) = &query.number {
        // Cashiers type what they read: «№ 10 482».
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let found = match digits.parse() {
            Ok(number) => read.by_number(number).await?,
            Err(_) => None,
        };
        let is_at_station =
            |order: &Order| station.as_ref().is_none_or(|station| order.station.id == *station);
        return Ok(Listing { orders: found.into_iter().filter(is_at_station).collect(), has_more: false });
    }
    let day = match &query.date {
        Some(date) => CalendarDay::parse(date, MOSCOW)?,
        None => CalendarDay::today(MOSCOW, now),
    };
    let needs_attention = query.needs_attention;
    // Of all days, also of a clock that was ahead.
    let all_days = (OffsetDateTime::UNIX_EPOCH, now + Duration::days(366));
    let (from, to) = if needs_attention { all_days } else { day.to_range() };
    Ok(read.list(&ListQuery { from, to, station, needs_attention, limit: MAX_LISTED_ORDERS }).await?)
}

/// Read an order
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)), responses(
    (status = 200, description = "The order", body = OrderView),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn read(
    State(read): State<ReadOrders>,
    views: OrderViews,
    Path(id): Path<String>,
) -> Result<Json<OrderView>, ErrorResponse> {
    Ok(views.json(&order(&read, &id).await?))
}

/// Follow an order as server-sent events
///
/// The same stream as the customer's: the view at once, then after each change, at last `event: end`.
#[utoipa::path(get, path = "/orders/{id}/events", tag = "orders", params(("id" = String, Path)), responses(
    (status = 200, description = "`event: status` with the order's view as data", content_type = "text/event-stream"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
pub async fn events(
    State(follow): State<FollowOrder>,
    State(streams): State<Arc<Streams>>,
    request: StreamRequest,
) -> Result<Response, ErrorResponse> {
    open_stream(&follow, &streams, None, request).await
}

/// Reads the id in the path; anything else than an id belongs to no order.
pub fn order_id(text: &str) -> Result<OrderId, OrderRefusal> {
    OrderId::parse(text).ok_or(OrderRefusal::OrderUnknown)
}

/// Reads the order of the path.
pub async fn order(read: &ReadOrders, id: &str) -> Result<Order, Refusal> {
    read.by_id(order_id(id)?).await
}

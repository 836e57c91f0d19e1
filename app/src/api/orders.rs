use domain::{
    draft::Draft,
    id::PumpNumber,
    locale::Locale,
    view::{OrderView, PlacedView, QuoteView},
};
use leptos::prelude::*;

use super::{AnswerJson, ApiError, StrictJson};

/// Prices a draft without recording anything.
///
/// # Errors
/// The refusals of pricing, each with the field to correct.
#[server(prefix = "/api", endpoint = "orders/quote", input = StrictJson, output = AnswerJson)]
pub async fn quote_order(draft: Draft) -> Result<QuoteView, ApiError> {
    let locale = draft.host.locale;
    super::backend::backend()?.quote(draft).await.map_err(|refusal| ApiError::of(&refusal, locale))
}

/// Records the order and makes its invoice. The same idempotency key gives the same order, however often it is sent.
///
/// # Errors
/// The refusals of pricing and of the payer's fields; `price_changed` with the new quote; `conflict` when the key
/// belongs to another draft; `payment_provider_error` and `payment_provider_timeout`, after which the same key may
/// be sent again.
#[server(prefix = "/api", endpoint = "orders/place", input = StrictJson, output = AnswerJson)]
pub async fn place_order(draft: Draft) -> Result<PlacedView, ApiError<QuoteView>> {
    let locale = draft.host.locale;
    super::backend::backend()?.place(draft).await.map_err(|refusal| ApiError::priced(&refusal, locale))
}

/// An order by its secret id, in the page's language; without one in the reader's.
///
/// # Errors
/// `not_found` for an id that no order has.
#[server(prefix = "/api", endpoint = "orders/get", input = StrictJson, output = AnswerJson)]
pub async fn get_order(id: String, #[server(default)] locale: Option<Locale>) -> Result<OrderView, ApiError> {
    use domain::{id::OrderId, refusal::OrderRefusal};

    let locale = locale.unwrap_or_else(super::request_locale);
    let found = match OrderId::parse(&id) {
        Some(id) => super::backend::backend()?.order(id, locale).await,
        None => Err(OrderRefusal::OrderUnknown.into()),
    };
    found.map_err(|refusal| ApiError::of(&refusal, locale))
}

/// Cancels an order.
///
/// # Errors
/// `not_found` for an id that no order has; `order_not_cancelable` once its customer can no longer cancel it.
#[server(prefix = "/api", endpoint = "orders/cancel", input = StrictJson, output = AnswerJson)]
pub async fn cancel_order(
    id: String,
    #[server(default)] locale: Option<Locale>,
) -> Result<OrderView, ApiError> {
    use domain::{id::OrderId, refusal::OrderRefusal};

    let locale = locale.unwrap_or_else(super::request_locale);
    let found = match OrderId::parse(&id) {
        Some(id) => super::backend::backend()?.cancel(id, locale).await,
        None => Err(OrderRefusal::OrderUnknown.into()),
    };
    found.map_err(|refusal| ApiError::of(&refusal, locale))
}

/// Starts a pump for a paid order. `seq` is that of the last history step that the page shows: the same press sent twice
/// starts once.
///
/// # Errors
/// `not_found` for an id that no order has; `order_not_startable` in another state, or when the order has changed since
/// `seq`; `pump_unavailable` for a pump that is taken, out of order or has not this grade.
#[server(prefix = "/api", endpoint = "orders/start", input = StrictJson, output = AnswerJson)]
pub async fn start_order(
    id: String,
    pump: PumpNumber,
    seq: u32,
    #[server(default)] locale: Option<Locale>,
) -> Result<OrderView, ApiError> {
    use domain::{id::OrderId, refusal::OrderRefusal};

    let locale = locale.unwrap_or_else(super::request_locale);
    let found = match OrderId::parse(&id) {
        Some(id) => super::backend::backend()?.start(id, pump, seq, locale).await,
        None => Err(OrderRefusal::OrderUnknown.into()),
    };
    found.map_err(|refusal| ApiError::of(&refusal, locale))
}

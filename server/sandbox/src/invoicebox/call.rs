//! Which call a request is.

use axum::http::{Method, StatusCode};

use super::faults::Route;
use super::guarantee::Step;
use super::wire::Refusal;

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Token check.
    Auth,
    /// New order.
    Create,
    /// Orders by filter.
    List,
    /// One order.
    Get(String),
    /// Changes an unpaid order.
    Update(String),
    /// Cancels.
    Cancel(String),
    /// Sets the status of an order without money.
    SetStatus(String),
    /// Gives an order to another merchant.
    Move,
    /// Records a delivery.
    Ship,
    /// Deliveries by filter.
    Shipments,
    /// What of an order may still be refunded.
    RefundItems(String),
    /// Gives money back.
    Refund,
    /// Refunds by filter.
    Refunds,
    /// Withholds a fee from a refund.
    Correct,
    /// An organisation by its ИНН.
    Lookup,
    /// Adds or changes a special offer.
    Offer,
    /// Payment by a guarantee instrument, without the payment page.
    Guarantee(String, Step),
    /// New shop.
    CreateShop,
    /// Changes a shop.
    UpdateShop(String),
}

impl Call {
    /// Reads method and path (without the version).
    ///
    /// # Errors
    /// 404 for an unknown path, 405 for another method on a known one.
    pub fn recognise(method: &Method, path: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = path.split('/').collect();
        let wrong_method =
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed");
        match (parts.as_slice(), method) {
            (["security", "api", "auth", "auth"], &Method::GET) => Ok(Self::Auth),
            (["billing", "api", "order", "order"], &Method::POST) => Ok(Self::Create),
            (["filter", "api", "order", "order"], &Method::GET) => Ok(Self::List),
            (["billing", "api", "order", "order-merchant-move"], &Method::PUT) => Ok(Self::Move),
            (["billing", "api", "order", "order", id], &Method::GET) => Ok(Self::Get((*id).to_owned())),
            (["billing", "api", "order", "order", id], &Method::PUT) => Ok(Self::Update((*id).to_owned())),
            (["billing", "api", "order", "order", id], &Method::DELETE) => Ok(Self::Cancel((*id).to_owned())),
            (["billing", "api", "order", id, "status"], &Method::PUT) => {
                Ok(Self::SetStatus((*id).to_owned()))
            }
            (["billing", "api", "order", "shipment"], &Method::POST) => Ok(Self::Ship),
            (["filter" | "billing", "api", "order", "shipment"], &Method::GET) => Ok(Self::Shipments),
            (["billing", "api", "order", "order", id, "refund-basket-item"], &Method::GET) => {
                Ok(Self::RefundItems((*id).to_owned()))
            }
            (["billing", "api", "order", "refund-order"], &Method::POST) => Ok(Self::Refund),
            (["filter", "api", "order", "refund-order"], &Method::GET) => Ok(Self::Refunds),
            (["billing", "api", "order", "correction-order"], &Method::POST) => Ok(Self::Correct),
            (["filter", "api", "counterparty-detail"], &Method::GET) => Ok(Self::Lookup),
            (["marketplace", "api", "special-offer"], &Method::POST) => Ok(Self::Offer),
            (["marketplace", "api", "shop"], &Method::POST) => Ok(Self::CreateShop),
            (["marketplace", "api", "shop", id], &Method::POST) => Ok(Self::UpdateShop((*id).to_owned())),
            (["billing", "api", "order", id, "payment-method-action", step], &Method::POST) => {
                let step = Step::parse(step).ok_or_else(Refusal::not_found)?;
                Ok(Self::Guarantee((*id).to_owned(), step))
            }
            (
                ["security", "api", "auth", "auth"]
                | ["billing" | "filter", "api", "order", "shipment" | "refund-order"]
                | ["billing", "api", "order", "correction-order"]
                | ["billing", "api", "order", "order", _, "refund-basket-item"]
                | ["billing" | "filter", "api", "order", "order"]
                | ["billing", "api", "order", "order-merchant-move"]
                | ["filter", "api", "counterparty-detail"]
                | ["marketplace", "api", "special-offer" | "shop"]
                | ["marketplace", "api", "shop", _]
                | ["billing", "api", "order", _, "payment-method-action", "validate" | "send-code" | "pay"]
                | ["billing", "api", "order", "order", _]
                | ["billing", "api", "order", _, "status"],
                _,
            ) => Err(wrong_method),
            _ => Err(Refusal::not_found()),
        }
    }

    /// The name that control uses.
    pub fn route(&self) -> Route {
        match self {
            Self::Auth => Route::Auth,
            Self::Create => Route::Create,
            Self::List => Route::List,
            Self::Get(_) => Route::Get,
            Self::Update(_) => Route::Update,
            Self::Cancel(_) => Route::Cancel,
            Self::SetStatus(_) => Route::Status,
            Self::Move => Route::Move,
            Self::Ship => Route::Ship,
            Self::Shipments => Route::Shipments,
            Self::RefundItems(_) => Route::RefundItems,
            Self::Refund => Route::Refund,
            Self::Refunds => Route::Refunds,
            Self::Correct => Route::Correct,
            Self::Lookup => Route::Lookup,
            Self::Offer => Route::Offer,
            Self::Guarantee(..) => Route::Guarantee,
            Self::CreateShop => Route::ShopCreate,
            Self::UpdateShop(_) => Route::ShopUpdate,
        }
    }
}

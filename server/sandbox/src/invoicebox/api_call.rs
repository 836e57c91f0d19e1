//! The calls of the API, recognised by method and path.

use axum::http::{Method, StatusCode};

use super::api_route::ApiRoute;
use super::wire::ApiRefusal;

/// A step of the payment by a guarantee instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuaranteeStep {
    /// Checks whether this payer can pay this way.
    Validate,
    /// Sends the payer a code.
    SendCode,
    /// Pays with the code.
    Pay,
}

impl GuaranteeStep {
    /// Reads the last part of the path.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "validate" => Some(Self::Validate),
            "send-code" => Some(Self::SendCode),
            "pay" => Some(Self::Pay),
            _ => None,
        }
    }
}

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiCall {
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
    /// Moves an order to another merchant.
    Move,
    /// Records a shipment.
    Ship,
    /// Deliveries by filter.
    Shipments,
    /// The lines of an order that can still be refunded.
    RefundItems(String),
    /// Refunds money.
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
    Guarantee(String, GuaranteeStep),
    /// New shop.
    CreateShop,
    /// Changes a shop.
    UpdateShop(String),
}

impl ApiCall {
    /// Reads method and path (without the version).
    ///
    /// # Errors
    /// 404 for an unknown path, 405 for another method on a known one.
    pub fn recognise(method: &Method, path: &str) -> Result<Self, ApiRefusal> {
        let parts: Vec<&str> = path.split('/').collect();
        let wrong_method =
            ApiRefusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed");
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
                let step = GuaranteeStep::parse(step).ok_or_else(ApiRefusal::not_found)?;
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
            _ => Err(ApiRefusal::not_found()),
        }
    }

    /// The name that control uses.
    pub fn route(&self) -> ApiRoute {
        match self {
            Self::Auth => ApiRoute::Auth,
            Self::Create => ApiRoute::Create,
            Self::List => ApiRoute::List,
            Self::Get(_) => ApiRoute::Get,
            Self::Update(_) => ApiRoute::Update,
            Self::Cancel(_) => ApiRoute::Cancel,
            Self::SetStatus(_) => ApiRoute::Status,
            Self::Move => ApiRoute::Move,
            Self::Ship => ApiRoute::Ship,
            Self::Shipments => ApiRoute::Shipments,
            Self::RefundItems(_) => ApiRoute::RefundItems,
            Self::Refund => ApiRoute::Refund,
            Self::Refunds => ApiRoute::Refunds,
            Self::Correct => ApiRoute::Correct,
            Self::Lookup => ApiRoute::Lookup,
            Self::Offer => ApiRoute::Offer,
            Self::Guarantee(..) => ApiRoute::Guarantee,
            Self::CreateShop => ApiRoute::ShopCreate,
            Self::UpdateShop(_) => ApiRoute::ShopUpdate,
        }
    }
}

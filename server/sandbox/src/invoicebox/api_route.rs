//! The names of the calls in the control call.

use serde::{Deserialize, Serialize};

/// A call of the API, by the name that control uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiRoute {
    /// Every route.
    Any,
    /// `GET security/api/auth/auth`
    Auth,
    /// `POST billing/api/order/order`
    Create,
    /// `GET filter/api/order/order`
    List,
    /// `GET billing/api/order/order/{id}`
    Get,
    /// `PUT billing/api/order/order/{id}`
    Update,
    /// `DELETE billing/api/order/order/{id}`
    Cancel,
    /// `PUT billing/api/order/{id}/status`
    Status,
    /// `PUT billing/api/order/order-merchant-move`
    Move,
    /// `POST marketplace/api/shop`
    ShopCreate,
    /// `POST marketplace/api/shop/{id}`
    ShopUpdate,
    /// `POST billing/api/order/shipment`
    Ship,
    /// `GET {filter|billing}/api/order/shipment`
    Shipments,
    /// `GET billing/api/order/order/{id}/refund-basket-item`
    RefundItems,
    /// `POST billing/api/order/refund-order`
    Refund,
    /// `GET filter/api/order/refund-order`
    Refunds,
    /// `POST billing/api/order/correction-order`
    Correct,
    /// `GET filter/api/counterparty-detail`
    Lookup,
    /// `POST marketplace/api/special-offer`
    Offer,
    /// `POST billing/api/order/{id}/payment-method-action/…`
    Guarantee,
}

//! Orders in answers. Unknown properties are ignored, optional ones may be missing.

use serde_json::Value;

use super::value::{kopecks, read_instant, text};
use crate::invoicebox::provider_order::{ProviderOrder, ProviderStatus};

/// One order; `None` when it lacks what every order has.
pub fn order(value: &Value) -> Option<ProviderOrder> {
    Some(ProviderOrder {
        provider_id: text(value, "id")?,
        container_id: text(value, "orderContainerId"),
        merchant_id: text(value, "merchantId"),
        merchant_order_id: text(value, "merchantOrderId"),
        status: ProviderStatus::parse(&text(value, "status")?),
        amount: kopecks(value, "amount").ok().flatten(),
        currency: text(value, "currencyId"),
        payment_url: text(value, "paymentUrl"),
        created_at: read_instant(value, "createdAt"),
        paid_at: read_instant(value, "paidAt"),
    })
}

/// A list of orders; `None` when one of them is not an order.
pub fn orders(rows: &[Value]) -> Option<Vec<ProviderOrder>> {
    rows.iter().map(order).collect()
}

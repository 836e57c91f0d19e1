//! Calls after the payment: shipments and refunds.

use domain::{
    money::Kopecks,
    order::{
        Order,
        settlement::{Return, Shipment},
    },
};
use reqwest::Method;
use serde_json::Value;
use time::Date;

use super::{
    client::{InvoiceboxClient, order_path},
    errors::CallError,
    pricing::{PaymentType, UnitPriceScale},
    provider_settlement::{ProviderRefund, ProviderShipment},
    transport::InvoiceboxReply,
    wire::settlement as wire,
};

const SHIPMENT_PATH: &str = "/billing/api/order/shipment";
const SHIPMENTS_PATH: &str = "/filter/api/order/shipment";
const REFUND_PATH: &str = "/billing/api/order/refund-order";
const REFUNDS_PATH: &str = "/filter/api/order/refund-order";

impl InvoiceboxClient {
    /// Records what was delivered, once, as the last shipment of its order. After [`CallError::is_outcome_unknown`]
    /// look with [`InvoiceboxClient::shipments`] before sending again.
    ///
    /// # Errors
    /// See [`CallError`]; `wrong_order_status` for an order that is not paid or is closed already.
    pub async fn create_shipment(
        &self,
        provider_id: &str,
        shipment: &Shipment,
        date: Date,
        scale: UnitPriceScale,
    ) -> Result<(), CallError> {
        let body = wire::shipment(provider_id, shipment, date, scale, self.excise_type);
        let reply = self.transport.write(Method::POST, SHIPMENT_PATH, Some(&body)).await?;
        data(&reply)
            .and_then(wire::read_shipment)
            .map(drop)
            .ok_or_else(|| CallError::unusable(reply.status, "no shipment in `data`"))
    }

    /// Lists the shipments of an order. The filter path is documented beside a billing path that older installations
    /// have.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn shipments(&self, provider_id: &str) -> Result<Vec<ProviderShipment>, CallError> {
        let query = [("orderId", provider_id), ("_pageSize", "50")];
        let reply = match self.transport.read(SHIPMENTS_PATH, &query).await {
            Err(error) if error.is_missing_path() => self.transport.read(SHIPMENT_PATH, &query).await?,
            reply => reply?,
        };
        let mut rows = list(&reply, wire::read_shipment, "no list of shipments in `data`")?;
        // A filter that the server does not know may be ignored.
        rows.retain(|row| row.order_id.eq_ignore_ascii_case(provider_id));
        Ok(rows)
    }

    /// Reads how much of a paid order may still be returned.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn refundable(&self, provider_id: &str) -> Result<Kopecks, CallError> {
        let path = format!("{}/refund-basket-item", order_path(provider_id));
        let reply = self.transport.read(&path, &[]).await?;
        let lines = list(&reply, wire::available, "no list of items in `data`")?;
        Ok(lines.into_iter().sum())
    }

    /// Returns money, once, under the number of `back`. After [`CallError::is_outcome_unknown`] or
    /// [`CallError::is_duplicate_number`] look with [`InvoiceboxClient::find_refund`].
    ///
    /// # Errors
    /// See [`CallError`]; `wrong_order_status` for an order that is not paid.
    pub async fn create_refund(
        &self,
        provider_id: &str,
        order: &Order,
        back: &Return,
        scale: UnitPriceScale,
        payment: PaymentType,
    ) -> Result<ProviderRefund, CallError> {
        let body = wire::refund(provider_id, order, back, scale, payment, self.excise_type);
        let reply = self.transport.write(Method::POST, REFUND_PATH, Some(&body)).await?;
        data(&reply)
            .and_then(wire::read_refund)
            .ok_or_else(|| CallError::unusable(reply.status, "no refund in `data`"))
    }

    /// Finds the refund under our number.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn find_refund(&self, number: &str) -> Result<Option<ProviderRefund>, CallError> {
        let query = [("merchantOrderId", number), ("_pageSize", "20")];
        let reply = self.transport.read(REFUNDS_PATH, &query).await?;
        let rows = list(&reply, wire::read_refund, "no list of refunds in `data`")?;
        Ok(rows.into_iter().find(|row| row.number.as_deref() == Some(number)))
    }
}

/// The object in `data`, or the first of a list with one.
fn data(reply: &InvoiceboxReply) -> Option<&Value> {
    let data = reply.body.get("data")?;
    data.as_array().map_or(Some(data), |rows| rows.first())
}

fn list<T>(
    reply: &InvoiceboxReply,
    read: impl Fn(&Value) -> Option<T>,
    missing: &'static str,
) -> Result<Vec<T>, CallError> {
    let rows = reply.body.get("data").and_then(Value::as_array);
    rows.and_then(|rows| rows.iter().map(read).collect())
        .ok_or_else(|| CallError::unusable(reply.status, missing))
}

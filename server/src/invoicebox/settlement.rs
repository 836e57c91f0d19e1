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
    provider_settlement::{ProviderRefund, ProviderShipment, Refundable, RefundableLine, WholeRefund},
    transport::InvoiceboxReply,
    wire::settlement as wire,
};

const SHIPMENT_PATH: &str = "/billing/api/order/shipment";
const SHIPMENTS_PATH: &str = "/filter/api/order/shipment";
const REFUND_PATH: &str = "/billing/api/order/refund-order";
const REFUNDS_PATH: &str = "/filter/api/order/refund-order";
const NO_LIST_OF_SHIPMENTS: &str = "no list of shipments in `data`";
const NO_LIST_OF_REFUNDS: &str = "no list of refunds in `data`";
const NO_LIST_OF_ITEMS: &str = "no list of items in `data`";

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

    /// Lists all shipments of an order. The filter path is documented beside a billing path that older installations
    /// have.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn shipments(&self, provider_id: &str) -> Result<Vec<ProviderShipment>, CallError> {
        let filter = [("orderId", provider_id)];
        let read = |path| self.read_pages(path, &filter, NO_LIST_OF_SHIPMENTS, |_| false);
        let rows = match read(SHIPMENTS_PATH).await {
            Err(error) if error.is_missing_path() => read(SHIPMENT_PATH).await?,
            rows => rows?,
        };
        let mut rows = parse(&rows, wire::read_shipment, NO_LIST_OF_SHIPMENTS)?;
        // A filter that the server does not know may be ignored.
        rows.retain(|row| row.order_id.eq_ignore_ascii_case(provider_id));
        Ok(rows)
    }

    /// Reads how much of each line of a paid order may still be returned. Older installations answer with plain items:
    /// then the refunds of the order, ours and others, are subtracted from them line by line.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn refundable(&self, provider_id: &str) -> Result<Refundable, CallError> {
        let rows = self.basket_rows(provider_id).await?;
        self.refundable_of_rows(provider_id, &rows).await
    }

    async fn basket_rows(&self, provider_id: &str) -> Result<Vec<Value>, CallError> {
        let path = format!("{}/refund-basket-item", order_path(provider_id));
        self.read_pages(&path, &[], NO_LIST_OF_ITEMS, |_| false).await
    }

    async fn refundable_of_rows(&self, provider_id: &str, rows: &[Value]) -> Result<Refundable, CallError> {
        let items = parse(rows, wire::read_basket_item, NO_LIST_OF_ITEMS)?;
        let is_plain = items.iter().any(|item| item.available.is_none());
        let refunds = if is_plain { self.find_refunds(provider_id).await? } else { Vec::new() };
        Ok(refundable_of(&items, &refunds))
    }

    /// Returns a payment as a whole, in the lines that Invoicebox has: they need not be those of our order, and may come to more
    /// than was paid. Nothing is sent where less than `amount` is left.
    ///
    /// # Errors
    /// As [`InvoiceboxClient::create_refund`].
    pub async fn refund_whole(
        &self,
        provider_id: &str,
        number: &str,
        amount: Kopecks,
        order_number: u32,
    ) -> Result<WholeRefund, CallError> {
        let rows = self.basket_rows(provider_id).await?;
        let refundable = self.refundable_of_rows(provider_id, &rows).await?;
        // A list without lines says nothing of what is left of them.
        if refundable.total == Kopecks::ZERO && !rows.is_empty() {
            return Ok(WholeRefund::NothingLeft);
        }
        let mut left = amount;
        let lines = rows.iter().zip(&refundable.lines);
        let items: Vec<Value> =
            lines.filter_map(|(row, line)| wire::part_of_item(row, line, &mut left)).collect();
        let body = wire::whole_refund(provider_id, number, amount, &items, order_number);
        let Some(body) = body.filter(|_| refundable.total >= amount) else {
            return Ok(WholeRefund::OtherSum(refundable.total));
        };
        self.send_refund(&body).await.map(|_| WholeRefund::Sent)
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
        self.send_refund(&body).await
    }

    async fn send_refund(&self, body: &Value) -> Result<ProviderRefund, CallError> {
        let reply = self.transport.write(Method::POST, REFUND_PATH, Some(body)).await?;
        data(&reply)
            .and_then(wire::read_refund)
            .ok_or_else(|| CallError::unusable(reply.status, "no refund in `data`"))
    }

    /// Finds the refund under our number. `None` is no proof after [`CallError::is_duplicate_number`]: then look for it
    /// among [`InvoiceboxClient::find_refunds`] of its order.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn find_refund(&self, number: &str) -> Result<Option<ProviderRefund>, CallError> {
        let is_it =
            |row: &Value| wire::read_refund(row).is_some_and(|it| it.number.as_deref() == Some(number));
        let filter = [("merchantOrderId", number)];
        let rows = self.read_pages(REFUNDS_PATH, &filter, NO_LIST_OF_REFUNDS, is_it).await?;
        Ok(rows.iter().find(|row| is_it(row)).and_then(wire::read_refund))
    }

    /// Lists all refunds of an order, ours and those that were made in the merchant's office: ours are known by number.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn find_refunds(&self, provider_id: &str) -> Result<Vec<ProviderRefund>, CallError> {
        let filter = [("parentId", provider_id)];
        let rows = self.read_pages(REFUNDS_PATH, &filter, NO_LIST_OF_REFUNDS, |_| false).await?;
        let mut rows = parse(&rows, wire::read_refund, NO_LIST_OF_REFUNDS)?;
        // A filter that the server does not know may be ignored.
        rows.retain(|row| {
            row.parent_id.as_deref().is_none_or(|parent| parent.eq_ignore_ascii_case(provider_id))
        });
        Ok(rows)
    }
}

/// What is left of the lines of an order: as they say themselves, otherwise their totals without the refunds.
fn refundable_of(items: &[wire::RefundBasketItem], refunds: &[ProviderRefund]) -> Refundable {
    let live = || refunds.iter().filter(|refund| !refund.is_canceled());
    let lines: Vec<RefundableLine> = items
        .iter()
        .map(|item| {
            if let Some(available) = item.available {
                let (sku, available_vat) = (item.sku.clone(), item.available_vat);
                return RefundableLine { sku, available, available_vat };
            }
            let parts = || live().flat_map(|refund| &refund.lines).filter(|part| part.sku == item.sku);
            let returned: Kopecks = parts().map(|part| part.amount).sum();
            let returned_vat: Option<Kopecks> = parts().map(|part| part.vat).sum();
            RefundableLine {
                sku: item.sku.clone(),
                available: item.total.unwrap_or_default().minus_at_least_zero(returned),
                available_vat: item
                    .total_vat
                    .zip(returned_vat)
                    .map(|(vat, returned)| vat.minus_at_least_zero(returned)),
            }
        })
        .collect();
    // The sum of a refund that does not show its lines is missing in the lines only.
    let unshown: Kopecks = live()
        .map(|refund| {
            let shown: Kopecks = refund.lines.iter().map(|part| part.amount).sum();
            refund.amount.unwrap_or(shown).minus_at_least_zero(shown)
        })
        .sum();
    let total: Kopecks = lines.iter().map(|line| line.available).sum();
    let is_exact = items.iter().all(|item| item.available.is_some());
    Refundable { lines, total: total.minus_at_least_zero(unshown), is_exact }
}

/// The object in `data`, or the first of a list with one.
fn data(reply: &InvoiceboxReply) -> Option<&Value> {
    let data = reply.body.get("data")?;
    data.as_array().map_or(Some(data), |rows| rows.first())
}

fn parse<T>(
    rows: &[Value],
    read: impl Fn(&Value) -> Option<T>,
    missing: &'static str,
) -> Result<Vec<T>, CallError> {
    rows.iter().map(read).collect::<Option<_>>().ok_or_else(|| CallError::unusable(200, missing))
}

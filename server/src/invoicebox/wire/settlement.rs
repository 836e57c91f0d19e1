//! Shipments and refunds: bodies of requests, and reading of answers.

use domain::{
    money::Kopecks,
    order::{
        Order,
        settlement::{Cause, Return, Shipment},
    },
    quote::Line,
    vat::Vat,
};
use serde_json::{Value, json};
use time::Date;

use super::{
    order::item,
    value::{kopecks, number, read_instant, text, truncate_chars},
};
use crate::invoicebox::{
    pricing::{PaymentType, UnitPriceScale},
    provider_settlement::{ProviderLine, ProviderRefund, ProviderShipment, RefundStatus, RefundableLine},
};

/// Longest description of a refund.
const MAX_DESCRIPTION_CHARS: usize = 1000;

/// The body of «create shipment». Always the last one of its order: what is not in it stays with the payer.
pub fn shipment(
    provider_id: &str,
    shipment: &Shipment,
    date: Date,
    scale: UnitPriceScale,
    excise: bool,
) -> Value {
    json!({
        "orderId": provider_id,
        "documentNumber": shipment.number,
        "documentDate": date.to_string(),
        "final": true,
        "basketItems": items(&shipment.lines, scale, excise),
    })
}

/// The body of «create refund».
pub fn refund(
    provider_id: &str,
    order: &Order,
    back: &Return,
    scale: UnitPriceScale,
    payment: PaymentType,
    excise: bool,
) -> Value {
    let lines = back.lines.iter().map(|line| item(line, scale, payment, excise)).collect::<Vec<_>>();
    json!({
        "parentId": provider_id,
        "merchantOrderId": back.number,
        "amount": number(&back.amount.to_decimal()),
        "vatAmount": number(&back.vat().to_decimal()),
        "basketItems": lines,
        "description": truncate_chars(&description(order, back), MAX_DESCRIPTION_CHARS),
    })
}

/// The body of «create refund» for these items as Invoicebox has them; `None` where they are not of this sum.
pub fn whole_refund(
    provider_id: &str,
    refund_number: &str,
    amount: Kopecks,
    items: &[Value],
    order_number: u32,
) -> Option<Value> {
    let sum = |name| items.iter().map(|item| kopecks(item, name).ok().flatten()).sum::<Option<Kopecks>>();
    let (total, vat) = (sum("totalAmount")?, sum("totalVatAmount")?);
    (total == amount).then(|| {
        json!({
            "parentId": provider_id,
            "merchantOrderId": refund_number,
            "amount": number(&amount.to_decimal()),
            "vatAmount": number(&vat.to_decimal()),
            "basketItems": items,
            "description": format!("Заказ № {order_number}: оплата возвращается целиком"),
        })
    })
}

/// What is available of an item of «refund-basket-item» within what is left to return, which it takes, as an item of a
/// refund: as it is, or as one unit at the price of the part. `None` for nothing.
pub fn part_of_item(row: &Value, line: &RefundableLine, left: &mut Kopecks) -> Option<Value> {
    let part = line.available.min(*left);
    if part <= Kopecks::ZERO {
        return None;
    }
    *left = left.minus_at_least_zero(part);
    let mut item = row.as_object()?.clone();
    item.retain(|name, _| !matches!(name.as_str(), "availableAmount" | "availableVatAmount"));
    if kopecks(row, "totalAmount").ok().flatten() != Some(part) {
        let by_rate = text(row, "vatCode").and_then(|code| Vat::parse(&code)?.included_in(part));
        let vat = by_rate.or(line.available_vat)?;
        let vat = line.available_vat.map_or(vat, |available| available.min(vat));
        let sums = [
            ("quantity", Value::from(1)),
            ("amount", number(&part.to_decimal())),
            ("amountWoVat", number(&part.minus_at_least_zero(vat).to_decimal())),
            ("totalAmount", number(&part.to_decimal())),
            ("totalVatAmount", number(&vat.to_decimal())),
        ];
        item.extend(sums.map(|(name, sum)| (name.to_owned(), sum)));
    }
    Some(Value::Object(item))
}

/// Lines of a shipment: goods that are delivered now are paid in full, whatever the order's lines say.
fn items(lines: &[Line], scale: UnitPriceScale, excise: bool) -> Vec<Value> {
    lines.iter().map(|line| item(line, scale, PaymentType::FullPayment, excise)).collect()
}

fn description(order: &Order, back: &Return) -> String {
    let number = order.number;
    match &back.cause {
        Cause::Rest => format!("Заказ № {number}: отпущено меньше, чем оплачено"),
        Cause::Operator { reason } if !reason.trim().is_empty() => format!("Заказ № {number}: {reason}"),
        Cause::Operator { .. } => format!("Заказ № {number}: возврат оформлен оператором"),
        Cause::Everything | Cause::Reversed | Cause::Elsewhere => {
            format!("Заказ № {number}: заказ не выполнен")
        }
    }
}

/// One shipment of an answer; `None` when it names no order.
pub fn read_shipment(value: &Value) -> Option<ProviderShipment> {
    let lines = value.get("basketItems").and_then(Value::as_array).into_iter().flatten();
    Some(ProviderShipment {
        order_id: text(value, "orderId")?,
        document_number: text(value, "documentNumber"),
        canceled: matches!(text(value, "status").as_deref(), Some("canceled" | "cancelled")),
        amount: kopecks(value, "amount").ok().flatten(),
        lines: lines.filter_map(read_line).collect(),
    })
}

/// One refund of an answer; `None` when it has no id.
pub fn read_refund(value: &Value) -> Option<ProviderRefund> {
    let lines = value.get("basketItems").and_then(Value::as_array).into_iter().flatten();
    Some(ProviderRefund {
        id: text(value, "id")?,
        parent_id: text(value, "parentId"),
        number: text(value, "merchantOrderId"),
        status: RefundStatus::parse(text(value, "status").as_deref()),
        amount: kopecks(value, "amount").ok().flatten(),
        created_at: read_instant(value, "createdAt"),
        lines: lines.filter_map(read_line).collect(),
    })
}

fn read_line(value: &Value) -> Option<ProviderLine> {
    Some(ProviderLine {
        sku: text(value, "sku")?,
        amount: kopecks(value, "totalAmount").ok().flatten()?,
        vat: kopecks(value, "totalVatAmount").ok().flatten(),
    })
}

/// One line of a paid order, with what may still be returned of it where the answer says so.
pub struct RefundBasketItem {
    pub sku: String,
    pub total: Option<Kopecks>,
    pub total_vat: Option<Kopecks>,
    /// `None`: a plain item, of which every part that no refund has returned may be returned.
    pub available: Option<Kopecks>,
    pub available_vat: Option<Kopecks>,
}

/// One line of «refund-basket-item»; `None` when it shows no sum or one that cannot be read.
pub fn read_basket_item(value: &Value) -> Option<RefundBasketItem> {
    let item = RefundBasketItem {
        sku: text(value, "sku").unwrap_or_default(),
        total: kopecks(value, "totalAmount").ok()?,
        total_vat: kopecks(value, "totalVatAmount").ok()?,
        available: kopecks(value, "availableAmount").ok()?,
        available_vat: kopecks(value, "availableVatAmount").ok()?,
    };
    (item.total.is_some() || item.available.is_some()).then_some(item)
}

//! What the merchant does in its office at Invoicebox, past the system that made the order: refunds and shipments under
//! numbers of the office. Asked for by the control call.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    arithmetic,
    auth::Account,
    basket::Basket,
    emulator::InvoiceboxSandbox,
    wire::{self, JsonObject, text_of},
};

/// Documents that one call makes at most.
const MAX_DOCUMENTS: u8 = 100;

/// One action of the office.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OfficeControl {
    /// The order, by id or by number.
    pub id: Option<String>,
    pub merchant_order_id: Option<String>,
    action: OfficeAction,
    /// Number of the document; a new one by default. With `count` a running number follows it.
    number: Option<String>,
    /// One line only; all lines by default.
    sku: Option<String>,
    /// Sum of each document, taken from the lines in their order; all that is left by default.
    amount: Option<Value>,
    /// Documents of this kind.
    count: Option<u8>,
    /// The shipment is the last of its order.
    #[serde(rename = "final", default)]
    is_final: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OfficeAction {
    Refund,
    Ship,
}

impl InvoiceboxSandbox {
    /// Carries an action out on an order. Returns the documents.
    pub(super) fn act_in_office(&self, order_id: &str, control: &OfficeControl) -> Result<Value, String> {
        let count = control.count.unwrap_or(1);
        if !(1..=MAX_DOCUMENTS).contains(&count) {
            return Err(format!("count takes 1 to {MAX_DOCUMENTS}"));
        }
        let asked = match &control.amount {
            Some(amount) => Some(wire::decimal(amount).ok_or("amount is no number")?),
            None => None,
        };
        (1..=count).map(|index| self.make_document(order_id, control, asked, index)).collect()
    }

    fn make_document(
        &self,
        order_id: &str,
        control: &OfficeControl,
        asked: Option<Decimal>,
        index: u8,
    ) -> Result<Value, String> {
        let now = self.now();
        let (order, left, fresh) = {
            let mut state = self.state();
            let order = state.order(order_id, now).ok_or("no such order")?.clone();
            let left = match control.action {
                OfficeAction::Refund => state.ledger.refundable(&order),
                OfficeAction::Ship => state.ledger.shippable(&order),
            };
            (order, left, state.new_id(now))
        };
        let number = match &control.number {
            Some(number) if control.count.is_some() => format!("{number}-{index}"),
            Some(number) => number.clone(),
            // At most 36 characters, and later ones differ in the middle.
            None => format!("office-{}", fresh.get(..18).unwrap_or_default()),
        };
        let items = parts(&order.request(), &left, control.sku.as_deref(), asked);
        if items.is_empty() {
            return Err("nothing is left".to_owned());
        }
        let account = Account::of_merchant(&order.merchant_id);
        let sum = |name: &str| -> Decimal { items.iter().map(|item| arithmetic::amount(item, name)).sum() };
        let made = match control.action {
            OfficeAction::Refund => {
                let body = json!({
                    "parentId": order.id, "merchantOrderId": number, "amount": wire::number(sum("totalAmount")),
                    "vatAmount": wire::number(sum("totalVatAmount")), "basketItems": items,
                    "description": "Возврат из личного кабинета",
                });
                self.refund(&account, &as_object(body))
            }
            OfficeAction::Ship => {
                let body = json!({
                    "orderId": order.id, "documentNumber": number, "final": control.is_final, "basketItems": items,
                });
                self.ship(&account, &as_object(body))
            }
        };
        made.map(|mut answer| answer["data"].take()).map_err(|refusal| refusal.message)
    }
}

/// Parts of the ordered lines, up to the sum that is asked for: whole lines as they were ordered, parts as one unit at
/// the price of the part.
fn parts(order: &JsonObject, left: &Basket, sku: Option<&str>, asked: Option<Decimal>) -> Vec<JsonObject> {
    let mut open = asked;
    let mut items = Vec::new();
    for line in arithmetic::lines(order).filter(|line| sku.is_none_or(|sku| text_of(line, "sku") == sku)) {
        let rest = left.portion(&text_of(line, "sku"));
        let amount = open.map_or(rest.amount, |open| open.min(rest.amount));
        if amount <= Decimal::ZERO {
            continue;
        }
        open = open.map(|open| open - amount);
        if amount == arithmetic::amount(line, "totalAmount") {
            items.push(line.clone());
            continue;
        }
        let vat = arithmetic::tax_of(line, amount).min(rest.vat);
        let mut item = line.clone();
        for (name, value) in [
            ("quantity", Decimal::ONE),
            ("amount", amount),
            ("totalAmount", amount),
            ("totalVatAmount", vat),
            ("amountWoVat", amount - vat),
        ] {
            item.insert(name.to_owned(), wire::number(value));
        }
        items.push(item);
    }
    items
}

fn as_object(body: Value) -> JsonObject {
    match body {
        Value::Object(body) => body,
        _ => JsonObject::new(),
    }
}

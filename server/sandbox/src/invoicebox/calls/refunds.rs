//! The calls on refunds, and the order that withholds a fee from one.

use serde_json::{Value, json};

use super::orders::{check_number, check_values, find};
use crate::invoicebox::{
    arithmetic,
    auth::Account,
    emulator::InvoiceboxSandbox,
    filters::{FilterField, FilterValue, ListRow},
    ledger::{Refund, RefundStatus},
    order::{Instrument, Order, OrderStatus},
    validate,
    wire::{self, ApiRefusal, FieldError, JsonObject, text_of},
};

/// A line of a paid order. The list of them has pages and no filters.
struct RefundItem(Value);

impl ListRow for RefundItem {
    const FIELDS: &'static [FilterField] = &[];

    fn value(&self, _: FilterField) -> Option<FilterValue> {
        None
    }
}

impl InvoiceboxSandbox {
    /// The lines of a paid order with what may still be returned of each.
    pub(crate) fn refund_items(
        &self,
        account: &Account,
        id: &str,
        raw_query: &str,
    ) -> Result<Value, ApiRefusal> {
        let query = self.list_query::<RefundItem>(raw_query)?;
        let mut state = self.state();
        let order = find(&mut state, account, id, self.now())?;
        if !matches!(order.status, OrderStatus::Completed { .. }) {
            return Err(ApiRefusal::wrong_status());
        }
        let left = state.ledger.refundable(&order);
        let request = order.request();
        let items: Vec<RefundItem> = arithmetic::lines(&request)
            .map(|line| {
                let mut item = line.clone();
                if !state.switches.plain_refund_items {
                    let rest = left.portion(&text_of(line, "sku"));
                    item.insert("availableAmount".to_owned(), wire::number(rest.amount));
                    item.insert("availableVatAmount".to_owned(), wire::number(rest.vat));
                }
                RefundItem(Value::Object(item))
            })
            .collect();
        let (page, total) = query.page_of(items.iter().collect());
        let page = page.into_iter().map(|item| item.0.clone()).collect();
        Ok(wire::list(page, total, query.page, query.page_size))
    }

    pub(crate) fn refund(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let mut request = validate::check(validate::REFUND_FIELDS, body).map_err(ApiRefusal::validation)?;
        let now = self.now();
        let mut state = self.state();
        let order = find(&mut state, account, &text_of(&request, "parentId"), now)?;
        let number = text_of(&request, "merchantOrderId");
        if state.ledger.has_number(&order.merchant_id, &number) {
            return Err(ApiRefusal::field(
                "merchant_order_id_duplicate",
                "Merchant order id duplicate",
                "merchantOrderId",
            ));
        }
        if !matches!(order.status, OrderStatus::Completed { .. }) || !order.processable {
            return Err(ApiRefusal::wrong_status());
        }
        let switches = &state.switches;
        let left = state.ledger.refundable(&order);
        left.check_part(&request, switches.profile, switches.refund_vat)?;
        arithmetic::check_totals(&request)?;
        let is_whole =
            arithmetic::amount(&request, "amount") == arithmetic::amount(&order.request(), "amount");
        let is_unshipped_guarantee =
            matches!(order.status, OrderStatus::Completed { by: Instrument::Guarantee, .. })
                && !state.ledger.is_shipped(&order.id);
        if switches.whole_guarantees && is_unshipped_guarantee && !is_whole {
            return Err(ApiRefusal::wrong_status());
        }
        let status = match request.remove("status") {
            Some(Value::String(word)) if word == "draft" => RefundStatus::Draft,
            _ => RefundStatus::Created,
        };
        let refund = Refund {
            id: state.new_id(now),
            order_id: order.id.clone(),
            merchant_id: order.merchant_id.clone(),
            merchant_order_id: number,
            created_at: now,
            started_at: now,
            currency: order.request().get("currencyId").cloned().unwrap_or_default(),
            request,
            status,
        };
        let answer = refund.json();
        state.ledger.refund(refund);
        Ok(wire::single(answer))
    }

    pub(crate) fn refunds(&self, account: &Account, raw_query: &str) -> Result<Value, ApiRefusal> {
        let query = self.list_query::<Refund>(raw_query)?;
        for merchant_id in query.merchant_ids() {
            account.require(merchant_id)?;
        }
        let now = self.now();
        let mut state = self.state();
        let switches = state.switches.clone();
        let rows = state.ledger.refunds(&switches, now).filter(|row| account.owns(&row.merchant_id));
        let (page, total) = query.page_of(rows.collect());
        let mut page: Vec<Value> = page.into_iter().map(Refund::json).collect();
        if switches.refunds_without_lines {
            for row in page.iter_mut().filter_map(Value::as_object_mut) {
                row.remove("basketItems");
            }
        }
        Ok(wire::list(page, total, query.page, query.page_size))
    }

    /// The fee of a draft refund: an order that is paid out of it. The refund starts with it.
    pub(crate) fn correct(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let request = validate::check(validate::CREATE_FIELDS, body).map_err(ApiRefusal::validation)?;
        let Some(refund_id) = request.get("parentId").and_then(Value::as_str) else {
            return Err(ApiRefusal::validation(vec![wrong("parentId", "This value should not be null.")]));
        };
        let merchant_id = text_of(&request, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let now = self.now();
        let mut state = self.state();
        let switches = state.switches.clone();
        check_values(&request, &switches, now)?;
        check_number(&state, &merchant_id, &text_of(&request, "merchantOrderId"))?;
        let refund = state.ledger.refund_mut(refund_id, &switches, now).ok_or_else(ApiRefusal::not_found)?;
        account.require(&refund.merchant_id)?;
        if refund.status != RefundStatus::Draft {
            return Err(ApiRefusal::wrong_status());
        }
        if arithmetic::amount(&request, "amount") > arithmetic::amount(&refund.request, "amount") {
            let problem = wrong("amount", "The fee is larger than the refund.");
            return Err(ApiRefusal::validation(vec![problem]));
        }
        refund.status = RefundStatus::Created;
        refund.started_at = now;
        let container_id = state.new_id(now);
        let mut order = Order::new(state.new_id(now), container_id, &request, true, now);
        order.status = OrderStatus::Completed { at: now, by: Instrument::Money };
        order.subtype = "correction";
        let answer = order.json(&self.settings().public_url);
        state.insert(order);
        Ok(wire::single(answer))
    }

    /// Sets a refund to another status, for the control call.
    pub(crate) fn set_refund(&self, id: &str, status: RefundStatus) -> Result<Value, String> {
        let now = self.now();
        let mut state = self.state();
        let switches = state.switches.clone();
        let refund = state.ledger.refund_mut(id, &switches, now).ok_or("no such refund")?;
        if refund.status == RefundStatus::Canceled {
            return Err("the refund is canceled".to_owned());
        }
        refund.status = status;
        Ok(json!(refund.json()))
    }
}

fn wrong(name: &str, message: &str) -> FieldError {
    FieldError { name: name.to_owned(), code: "wrong_value", message: message.to_owned() }
}

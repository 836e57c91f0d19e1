//! The calls on orders: create, list, read, change, cancel.

use rust_decimal::Decimal;
use serde_json::Value;
use time::OffsetDateTime;

use crate::invoicebox::{
    arithmetic,
    auth::Account,
    emulator::InvoiceboxSandbox,
    filters::{FilterField, FilterValue, ListRow},
    notify::NotificationStart,
    order::{Instrument, Order, OrderStatus},
    state::InvoiceboxState,
    switches::EmulatorSwitches,
    validate,
    wire::{self, ApiRefusal, JsonObject, text_of},
};

impl InvoiceboxSandbox {
    pub(crate) fn create(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let request = validate::check(validate::CREATE_FIELDS, body).map_err(ApiRefusal::validation)?;
        let merchant_id = text_of(&request, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let now = self.now();
        let mut state = self.state();
        check_values(&request, &state.switches, now)?;
        check_number(&state, &merchant_id, &text_of(&request, "merchantOrderId"))?;
        let container_id = match request.get("orderContainerId").and_then(Value::as_str) {
            Some(id) => open_container(&mut state, id, now)?,
            None => state.new_id(now),
        };
        let processable = request.get("processable") != Some(&Value::Bool(false))
            && !state.switches.unprocessable_merchants.iter().any(|id| id.eq_ignore_ascii_case(&merchant_id));
        let order = Order::new(state.new_id(now), container_id, &request, processable, now);
        let answer = order.json(&self.settings().public_url);
        state.insert(order);
        Ok(wire::single(answer))
    }

    pub(crate) fn list(&self, account: &Account, raw_query: &str) -> Result<Value, ApiRefusal> {
        let query = self.list_query::<Order>(raw_query)?;
        for merchant_id in query.merchant_ids() {
            account.require(merchant_id)?;
        }
        let mut state = self.state();
        let rows = state.orders(account.merchants(), query.merchant_order_id(), self.now());
        let (page, total) = query.page_of(rows);
        let page = page.into_iter().map(|order| order.json(&self.settings().public_url)).collect();
        Ok(wire::list(page, total, query.page, query.page_size))
    }

    pub(crate) fn get(&self, account: &Account, id: &str) -> Result<Value, ApiRefusal> {
        let order = find(&mut self.state(), account, id, self.now())?;
        Ok(wire::single(order.json(&self.settings().public_url)))
    }

    /// Makes an order cost a kopeck less than it was created for, and shows it.
    pub(crate) fn cheapen(&self, account: &Account, id: &str) -> Result<Value, ApiRefusal> {
        let now = self.now();
        let mut state = self.state();
        let order = state.order(id, now).ok_or_else(ApiRefusal::not_found)?;
        account.require(&order.merchant_id)?;
        let mut request = order.request();
        request.insert("amount".to_owned(), wire::number(order.amount - Decimal::new(1, 2)));
        order.replace_request(&request);
        Ok(wire::single(order.json(&self.settings().public_url)))
    }

    /// The answer to a cancellation that is not carried out.
    pub(crate) fn pretend_cancelled(&self, account: &Account, id: &str) -> Result<Value, ApiRefusal> {
        let mut answer = self.get(account, id)?;
        answer["data"]["status"] = Value::from("canceled");
        Ok(answer)
    }

    pub(crate) fn update(&self, account: &Account, id: &str, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let now = self.now();
        let mut state = self.state();
        let mut order = find(&mut state, account, id, now)?;
        let changes = validate::check(validate::UPDATE_FIELDS, body).map_err(ApiRefusal::validation)?;
        if order.status != OrderStatus::Created {
            return Err(ApiRefusal::wrong_status());
        }
        let mut request = order.request();
        request.extend(changes);
        check_values(&request, &state.switches, now)?;
        order.replace_request(&request);
        let answer = order.json(&self.settings().public_url);
        if let Some(stored) = state.order(id, now) {
            *stored = order;
        }
        Ok(wire::single(answer))
    }

    pub(crate) fn cancel(&self, account: &Account, id: &str) -> Result<Value, ApiRefusal> {
        let now = self.now();
        let answer = {
            let mut state = self.state();
            let shows_nothing = state.switches.delete_answers_null;
            let mut order = find(&mut state, account, id, now)?;
            if !is_cancelable(&order, &state) {
                return Err(ApiRefusal::wrong_status());
            }
            order.status = OrderStatus::Canceled;
            let answer = order.json(&self.settings().public_url);
            if let Some(stored) = state.order(id, now) {
                *stored = order;
            }
            if shows_nothing { wire::null_data() } else { wire::single(answer) }
        };
        self.notify(id, NotificationStart::AfterRedirect);
        Ok(answer)
    }

    pub(crate) fn set_status(
        &self,
        account: &Account,
        id: &str,
        body: &JsonObject,
    ) -> Result<Value, ApiRefusal> {
        let now = self.now();
        let mut state = self.state();
        let order = find(&mut state, account, id, now)?;
        let request = validate::check(validate::STATUS_FIELDS, body).map_err(ApiRefusal::validation)?;
        if order.processable {
            return Err(ApiRefusal::wrong_status());
        }
        let status = match text_of(&request, "status").as_str() {
            "completed" => OrderStatus::Completed { at: now, by: Instrument::Money },
            "expired" => OrderStatus::Expired,
            "canceled" | "cancelled" => OrderStatus::Canceled,
            _ => OrderStatus::Created,
        };
        let stored = state.order(id, now).ok_or_else(ApiRefusal::not_found)?;
        stored.status = status;
        Ok(wire::single(stored.json(&self.settings().public_url)))
    }

    pub(crate) fn move_order(&self, account: &Account, body: &JsonObject) -> Result<Value, ApiRefusal> {
        let now = self.now();
        let request = validate::check(validate::MOVE_FIELDS, body).map_err(ApiRefusal::validation)?;
        let (id, merchant_id) = (text_of(&request, "orderId"), text_of(&request, "merchantId"));
        let mut state = self.state();
        let order = find(&mut state, account, &id, now)?;
        account.require(&merchant_id)?;
        if order.status != OrderStatus::Created {
            return Err(ApiRefusal::wrong_status());
        }
        check_number(&state, &merchant_id.to_ascii_lowercase(), &order.merchant_order_id)?;
        state.reassign(&order, &merchant_id);
        let order = find(&mut state, account, &id, now)?;
        Ok(wire::single(order.json(&self.settings().public_url)))
    }
}

impl ListRow for Order {
    const FIELDS: &'static [FilterField] = &[
        FilterField::Id,
        FilterField::Status,
        FilterField::MerchantOrderId,
        FilterField::MerchantId,
        FilterField::OrderContainerId,
        FilterField::Amount,
        FilterField::CreatedAt,
        FilterField::ExpirationDate,
        FilterField::PaidAt,
    ];

    fn value(&self, field: FilterField) -> Option<FilterValue> {
        match field {
            FilterField::Id => Some(FilterValue::text(&self.id)),
            FilterField::Status => Some(FilterValue::text(self.status.as_str())),
            FilterField::MerchantOrderId => Some(FilterValue::text(&self.merchant_order_id)),
            FilterField::MerchantId => Some(FilterValue::text(&self.merchant_id)),
            FilterField::OrderContainerId => Some(FilterValue::text(&self.container_id)),
            FilterField::Amount => Some(FilterValue::Number(self.amount)),
            FilterField::CreatedAt => FilterValue::at(self.created_at),
            FilterField::ExpirationDate => FilterValue::at(self.expires_at),
            FilterField::PaidAt => match self.status {
                OrderStatus::Completed { at, .. } => FilterValue::at(at),
                _ => None,
            },
            FilterField::OrderId | FilterField::ParentId | FilterField::VatNumber => None,
        }
    }
}

pub(super) fn find(
    state: &mut InvoiceboxState,
    account: &Account,
    id: &str,
    now: OffsetDateTime,
) -> Result<Order, ApiRefusal> {
    let order = state.order(id, now).ok_or_else(ApiRefusal::not_found)?;
    account.require(&order.merchant_id)?;
    Ok(order.clone())
}

pub(super) fn check_values(
    request: &JsonObject,
    switches: &EmulatorSwitches,
    now: OffsetDateTime,
) -> Result<(), ApiRefusal> {
    if !["RUB", "USD", "EUR", "GBP", "CNY", "UZS"].contains(&text_of(request, "currencyId").as_str()) {
        return Err(ApiRefusal::field("wrong_currency", "Wrong currency", "currencyId"));
    }
    if request.contains_key("languageId") && !["ru", "en"].contains(&text_of(request, "languageId").as_str())
    {
        return Err(ApiRefusal::field("language_not_found", "Language not found", "languageId"));
    }
    if wire::parse_timestamp(&text_of(request, "expirationDate")).is_none_or(|at| at <= now) {
        return Err(ApiRefusal::field("wrong_expiration_date", "Wrong expiration date", "expirationDate"));
    }
    arithmetic::check(request, switches.profile)
}

pub(super) fn check_number(
    state: &InvoiceboxState,
    merchant_id: &str,
    number: &str,
) -> Result<(), ApiRefusal> {
    let duplicates_allowed =
        state.switches.duplicates_allowed.iter().any(|id| id.eq_ignore_ascii_case(merchant_id));
    if !duplicates_allowed && !state.ids_of_number(merchant_id, number).is_empty() {
        return Err(ApiRefusal::field(
            "merchant_order_id_duplicate",
            "Merchant order id duplicate",
            "merchantOrderId",
        ));
    }
    Ok(())
}

fn open_container(state: &mut InvoiceboxState, id: &str, now: OffsetDateTime) -> Result<String, ApiRefusal> {
    let orders = state.orders_in(id, now);
    let first = orders.first().ok_or_else(ApiRefusal::not_found)?;
    if orders.iter().any(|order| order.status == OrderStatus::Created) {
        Ok(first.container_id.clone())
    } else {
        Err(ApiRefusal::wrong_status())
    }
}

// Money that has really moved, and everything after a delivery, comes back by a refund only.
fn is_cancelable(order: &Order, state: &InvoiceboxState) -> bool {
    match order.status {
        OrderStatus::Created => true,
        OrderStatus::Hold { .. } | OrderStatus::Completed { by: Instrument::Guarantee, .. } => {
            let untouched = !state.ledger.is_shipped(&order.id) && !state.ledger.is_refunded(&order.id);
            untouched && (order.shipping_refused || !state.switches.cancel_needs_shipping_unavailable)
        }
        OrderStatus::Completed { by: Instrument::Money | Instrument::Captured, .. }
        | OrderStatus::Expired
        | OrderStatus::Canceled => false,
    }
}

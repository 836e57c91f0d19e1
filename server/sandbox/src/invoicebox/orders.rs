//! The calls on orders: create, list, read, change, cancel.

use serde_json::Value;
use time::OffsetDateTime;

use super::auth::Account;
use super::filters::{Field, Operand, Query, Row};
use super::knobs::Knobs;
use super::notify::Start;
use super::order::{Instrument, Order, Status};
use super::state::State;
use super::wire::{self, Object, Refusal};
use super::{InvoiceboxSandbox, arithmetic, validate};

impl InvoiceboxSandbox {
    pub(super) fn create(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
        let request = validate::check(validate::CREATE, body).map_err(Refusal::validation)?;
        let merchant_id = text(&request, "merchantId").to_ascii_lowercase();
        account.require(&merchant_id)?;
        let now = self.now();
        let mut state = self.state();
        check_values(&request, &state.knobs, now)?;
        check_number(&state, &merchant_id, &text(&request, "merchantOrderId"))?;
        let container_id = match request.get("orderContainerId").and_then(Value::as_str) {
            Some(id) => open_container(&mut state, id, now)?,
            None => state.new_id(now),
        };
        let processable = request.get("processable") != Some(&Value::Bool(false))
            && !state.knobs.unprocessable_merchants.iter().any(|id| id.eq_ignore_ascii_case(&merchant_id));
        let order = Order::new(state.new_id(now), container_id, &request, processable, now);
        let answer = order.json(&self.inner.settings.public_url);
        state.insert(order);
        Ok(wire::single(answer))
    }

    pub(super) fn list(&self, account: &Account, raw_query: &str) -> Result<Value, Refusal> {
        let query = Query::parse::<Order>(raw_query)?;
        for merchant_id in query.merchant_ids() {
            account.require(merchant_id)?;
        }
        let mut state = self.state();
        let rows = state.orders(account.merchants(), query.merchant_order_id(), self.now());
        let (page, total) = query.page_of(rows);
        let page = page.into_iter().map(|order| order.json(&self.inner.settings.public_url)).collect();
        Ok(wire::list(page, total, query.page, query.page_size))
    }

    pub(super) fn get(&self, account: &Account, id: &str) -> Result<Value, Refusal> {
        let order = find(&mut self.state(), account, id, self.now())?;
        Ok(wire::single(order.json(&self.inner.settings.public_url)))
    }

    pub(super) fn update(&self, account: &Account, id: &str, body: &Object) -> Result<Value, Refusal> {
        let now = self.now();
        let mut state = self.state();
        let mut order = find(&mut state, account, id, now)?;
        let changes = validate::check(validate::UPDATE, body).map_err(Refusal::validation)?;
        if order.status != Status::Created {
            return Err(Refusal::wrong_status());
        }
        let mut request = order.request();
        request.extend(changes);
        check_values(&request, &state.knobs, now)?;
        order.replace_request(&request);
        let answer = order.json(&self.inner.settings.public_url);
        if let Some(stored) = state.order(id, now) {
            *stored = order;
        }
        Ok(wire::single(answer))
    }

    pub(super) fn cancel(&self, account: &Account, id: &str) -> Result<Value, Refusal> {
        let now = self.now();
        let answer = {
            let mut state = self.state();
            let shows_nothing = state.knobs.delete_answers_null;
            let mut order = find(&mut state, account, id, now)?;
            if !is_cancelable(&order, &state) {
                return Err(Refusal::wrong_status());
            }
            order.status = Status::Canceled;
            let answer = order.json(&self.inner.settings.public_url);
            if let Some(stored) = state.order(id, now) {
                *stored = order;
            }
            if shows_nothing { wire::nothing() } else { wire::single(answer) }
        };
        self.announce(id, Start::AfterRedirect);
        Ok(answer)
    }

    pub(super) fn set_status(&self, account: &Account, id: &str, body: &Object) -> Result<Value, Refusal> {
        let now = self.now();
        let mut state = self.state();
        let order = find(&mut state, account, id, now)?;
        let request = validate::check(validate::STATUS, body).map_err(Refusal::validation)?;
        if order.processable {
            return Err(Refusal::wrong_status());
        }
        let status = match text(&request, "status").as_str() {
            "completed" => Status::Completed { at: now, by: Instrument::Money },
            "expired" => Status::Expired,
            "canceled" | "cancelled" => Status::Canceled,
            _ => Status::Created,
        };
        let stored = state.order(id, now).ok_or_else(Refusal::not_found)?;
        stored.status = status;
        Ok(wire::single(stored.json(&self.inner.settings.public_url)))
    }

    pub(super) fn move_order(&self, account: &Account, body: &Object) -> Result<Value, Refusal> {
        let now = self.now();
        let request = validate::check(validate::MOVE, body).map_err(Refusal::validation)?;
        let (id, merchant_id) = (text(&request, "orderId"), text(&request, "merchantId"));
        let mut state = self.state();
        let order = find(&mut state, account, &id, now)?;
        account.require(&merchant_id)?;
        if order.status != Status::Created {
            return Err(Refusal::wrong_status());
        }
        check_number(&state, &merchant_id.to_ascii_lowercase(), &order.merchant_order_id)?;
        state.reassign(&order, &merchant_id);
        let order = find(&mut state, account, &id, now)?;
        Ok(wire::single(order.json(&self.inner.settings.public_url)))
    }
}

impl Row for Order {
    const FIELDS: &'static [Field] = &[
        Field::Id,
        Field::Status,
        Field::MerchantOrderId,
        Field::MerchantId,
        Field::OrderContainerId,
        Field::Amount,
        Field::CreatedAt,
        Field::ExpirationDate,
        Field::PaidAt,
    ];

    fn value(&self, field: Field) -> Option<Operand> {
        match field {
            Field::Id => Some(Operand::text(&self.id)),
            Field::Status => Some(Operand::text(self.status.word())),
            Field::MerchantOrderId => Some(Operand::text(&self.merchant_order_id)),
            Field::MerchantId => Some(Operand::text(&self.merchant_id)),
            Field::OrderContainerId => Some(Operand::text(&self.container_id)),
            Field::Amount => Some(Operand::Number(self.amount)),
            Field::CreatedAt => Operand::at(self.created_at),
            Field::ExpirationDate => Operand::at(self.expires_at),
            Field::PaidAt => match self.status {
                Status::Completed { at, .. } => Operand::at(at),
                _ => None,
            },
            Field::OrderId | Field::ParentId | Field::VatNumber => None,
        }
    }
}

pub(super) fn find(
    state: &mut State,
    account: &Account,
    id: &str,
    now: OffsetDateTime,
) -> Result<Order, Refusal> {
    let order = state.order(id, now).ok_or_else(Refusal::not_found)?;
    account.require(&order.merchant_id)?;
    Ok(order.clone())
}

pub(super) fn check_values(request: &Object, knobs: &Knobs, now: OffsetDateTime) -> Result<(), Refusal> {
    if !["RUB", "USD", "EUR", "GBP", "CNY", "UZS"].contains(&text(request, "currencyId").as_str()) {
        return Err(Refusal::field("wrong_currency", "Wrong currency", "currencyId"));
    }
    if request.contains_key("languageId") && !["ru", "en"].contains(&text(request, "languageId").as_str()) {
        return Err(Refusal::field("language_not_found", "Language not found", "languageId"));
    }
    if wire::instant(&text(request, "expirationDate")).is_none_or(|at| at <= now) {
        return Err(Refusal::field("wrong_expiration_date", "Wrong expiration date", "expirationDate"));
    }
    arithmetic::check(request, knobs.profile)
}

pub(super) fn check_number(state: &State, merchant_id: &str, number: &str) -> Result<(), Refusal> {
    let twins_allowed = state.knobs.duplicates_allowed.iter().any(|id| id.eq_ignore_ascii_case(merchant_id));
    if !twins_allowed && !state.ids_of_number(merchant_id, number).is_empty() {
        return Err(Refusal::field(
            "merchant_order_id_duplicate",
            "Merchant order id duplicate",
            "merchantOrderId",
        ));
    }
    Ok(())
}

fn open_container(state: &mut State, id: &str, now: OffsetDateTime) -> Result<String, Refusal> {
    let orders = state.orders_in(id, now);
    let first = orders.first().ok_or_else(Refusal::not_found)?;
    if orders.iter().any(|order| order.status == Status::Created) {
        Ok(first.container_id.clone())
    } else {
        Err(Refusal::wrong_status())
    }
}

// Money that has really moved, and everything after a delivery, comes back by a refund only.
fn is_cancelable(order: &Order, state: &State) -> bool {
    match order.status {
        Status::Created => true,
        Status::Hold { .. } | Status::Completed { by: Instrument::Guarantee, .. } => {
            let untouched = !state.ledger.is_shipped(&order.id) && !state.ledger.is_refunded(&order.id);
            untouched && (order.shipping_refused || !state.knobs.cancel_needs_shipping_unavailable)
        }
        Status::Completed { by: Instrument::Money | Instrument::Captured, .. }
        | Status::Expired
        | Status::Canceled => false,
    }
}

pub(super) fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

//! The calls on orders: create, list, read, change, cancel.

use axum::http::{Method, StatusCode};
use serde_json::Value;
use time::OffsetDateTime;

use super::auth::Account;
use super::filters::Query;
use super::knobs::Knobs;
use super::notify::Start;
use super::state::{Instrument, Order, State, Status};
use super::wire::{self, Object, Refusal};
use super::{InvoiceboxSandbox, arithmetic, faults::Route, validate};

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
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
    /// Gives an order to another merchant.
    Move,
    /// New shop.
    CreateShop,
    /// Changes a shop.
    UpdateShop(String),
}

impl Call {
    /// Reads method and path (without the version).
    ///
    /// # Errors
    /// 404 for an unknown path, 405 for another method on a known one.
    pub fn recognise(method: &Method, path: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = path.split('/').collect();
        let wrong_method =
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed");
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
            (["marketplace", "api", "shop"], &Method::POST) => Ok(Self::CreateShop),
            (["marketplace", "api", "shop", id], &Method::POST) => Ok(Self::UpdateShop((*id).to_owned())),
            (
                ["security", "api", "auth", "auth"]
                | ["marketplace", "api", "shop"]
                | ["marketplace", "api", "shop", _]
                | ["billing" | "filter", "api", "order", "order"]
                | ["billing", "api", "order", "order-merchant-move"]
                | ["billing", "api", "order", "order", _]
                | ["billing", "api", "order", _, "status"],
                _,
            ) => Err(wrong_method),
            _ => Err(Refusal::not_found()),
        }
    }

    /// The name that control uses.
    pub fn route(&self) -> Route {
        match self {
            Self::Auth => Route::Auth,
            Self::Create => Route::Create,
            Self::List => Route::List,
            Self::Get(_) => Route::Get,
            Self::Update(_) => Route::Update,
            Self::Cancel(_) => Route::Cancel,
            Self::SetStatus(_) => Route::Status,
            Self::Move => Route::Move,
            Self::CreateShop => Route::ShopCreate,
            Self::UpdateShop(_) => Route::ShopUpdate,
        }
    }
}

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
        let query = Query::parse(raw_query)?;
        for merchant_id in query.merchant_ids() {
            account.require(merchant_id)?;
        }
        let mut state = self.state();
        let mut rows = state.orders(account.merchants(), query.merchant_order_id(), self.now());
        rows.retain(|order| query.matches(order));
        query.sort(&mut rows);
        let skip = (query.page - 1).saturating_mul(query.page_size);
        let page = rows.iter().skip(skip).take(query.page_size);
        let page = page.map(|order| order.json(&self.inner.settings.public_url)).collect();
        Ok(wire::list(page, rows.len(), query.page, query.page_size))
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
            let mut order = find(&mut state, account, id, now)?;
            if !is_cancelable(&order, &state.knobs) {
                return Err(Refusal::wrong_status());
            }
            order.status = Status::Canceled;
            let answer = order.json(&self.inner.settings.public_url);
            if let Some(stored) = state.order(id, now) {
                *stored = order;
            }
            answer
        };
        self.announce(id, Start::AfterRedirect);
        Ok(wire::single(answer))
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

fn find(state: &mut State, account: &Account, id: &str, now: OffsetDateTime) -> Result<Order, Refusal> {
    let order = state.order(id, now).ok_or_else(Refusal::not_found)?;
    account.require(&order.merchant_id)?;
    Ok(order.clone())
}

fn check_values(request: &Object, knobs: &Knobs, now: OffsetDateTime) -> Result<(), Refusal> {
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

fn check_number(state: &State, merchant_id: &str, number: &str) -> Result<(), Refusal> {
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

// Money that has really moved comes back by a refund only.
fn is_cancelable(order: &Order, knobs: &Knobs) -> bool {
    match order.status {
        Status::Created => true,
        Status::Hold { .. } | Status::Completed { by: Instrument::Guarantee, .. } => {
            order.shipping_refused || !knobs.cancel_needs_shipping_unavailable
        }
        Status::Completed { by: Instrument::Money, .. } | Status::Expired | Status::Canceled => false,
    }
}

fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

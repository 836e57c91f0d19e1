//! Stored state of the emulator: orders, the containers that payers pay, and the log.
//!
//! Memory is bounded: beyond [`MAX_ORDERS`] the oldest order is forgotten, and the logs keep the
//! last [`MAX_LOG_ENTRIES`] entries each.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    ledger::Ledger,
    limits::RequestWindows,
    notification::Notification,
    offers::Offers,
    order::{Order, OrderStatus},
    payment_codes::SentCode,
    shops::Shops,
    sockets::OpenSockets,
    switches::EmulatorSwitches,
    wire::{self, ApiRefusal},
};

/// Orders kept at once.
pub const MAX_ORDERS: usize = 100_000;
/// Entries kept in each log.
pub const MAX_LOG_ENTRIES: usize = 1_000;

/// Orders that are paid together.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// Ids of the orders; the first one opened the container.
    pub orders: Vec<String>,
    /// Set while the payment page asks the merchants whether they can deliver.
    pub shipping: Option<Shipping>,
}

/// The question of «контроль отгрузки» on the payment page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shipping {
    /// Number of answers that are still missing.
    pub waiting: usize,
    /// Whether a merchant cannot deliver.
    pub refused: bool,
}

/// Everything behind the lock.
#[derive(Default)]
pub struct InvoiceboxState {
    /// Switches.
    pub switches: EmulatorSwitches,
    /// The marketplace.
    pub shops: Shops,
    /// Shipments and refunds.
    pub ledger: Ledger,
    /// Special offers.
    pub offers: Offers,
    /// Codes of guarantee payments, by order.
    pub codes: HashMap<String, SentCode>,
    /// WebSockets of merchants.
    pub sockets: OpenSockets,
    /// Request counts.
    pub windows: RequestWindows,
    /// Notifications held back so that they arrive after a later one.
    pub withheld: Vec<Notification>,
    /// Raised by a reset, so that deliveries begun before it stop.
    pub generation: u64,
    orders: BTreeMap<String, Order>,
    containers: HashMap<String, Container>,
    numbers: HashMap<(String, String), Vec<String>>,
    requests: VecDeque<Value>,
    tries: VecDeque<Value>,
    sequence: u16,
}

impl InvoiceboxState {
    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Self { generation: self.generation + 1, sequence: self.sequence, ..Self::default() };
    }

    /// A new identifier. The first 48 bits are the time in milliseconds, the next 16 a sequence, so
    /// ids sort by age; version and variant bits mean nothing, as with the service.
    pub fn new_id(&mut self, now: OffsetDateTime) -> String {
        self.sequence = self.sequence.wrapping_add(1);
        let millis =
            u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default() & 0xffff_ffff_ffff;
        wire::dashed(&format!("{millis:012x}{:04x}{:016x}", self.sequence, rand::random::<u64>()))
    }

    /// Stores a new order and puts it into its container.
    pub fn insert(&mut self, order: Order) {
        if self.orders.len() >= MAX_ORDERS
            && let Some((_, oldest)) = self.orders.pop_first()
        {
            self.unlink(&oldest);
        }
        self.containers.entry(order.container_id.clone()).or_default().orders.push(order.id.clone());
        self.number(&order.merchant_id, &order.merchant_order_id).push(order.id.clone());
        self.orders.insert(order.id.clone(), order);
    }

    /// One order as of now.
    pub fn order(&mut self, id: &str, now: OffsetDateTime) -> Option<&mut Order> {
        let order = self.orders.get_mut(&id.to_ascii_lowercase())?;
        order.refresh(now);
        Some(order)
    }

    /// All orders of some merchants as of now, oldest first; of one number only, if it is given.
    pub fn orders(&mut self, merchants: &[String], number: Option<&str>, now: OffsetDateTime) -> Vec<&Order> {
        let ids: Option<Vec<String>> = number.map(|number| {
            let of = |merchant: &String| {
                self.numbers
                    .get(&(merchant.to_ascii_lowercase(), number.to_owned()))
                    .cloned()
                    .unwrap_or_default()
            };
            merchants.iter().flat_map(of).collect()
        });
        let Some(ids) = ids else {
            self.orders.values_mut().for_each(|order| order.refresh(now));
            let mine =
                |order: &&Order| merchants.iter().any(|id| id.eq_ignore_ascii_case(&order.merchant_id));
            return self.orders.values().filter(mine).collect();
        };
        for id in &ids {
            self.order(id, now);
        }
        let mut found: Vec<&Order> = ids.iter().filter_map(|id| self.orders.get(id)).collect();
        found.sort_by(|left, right| left.id.cmp(&right.id));
        found
    }

    /// Ids of the orders under one number, oldest first.
    pub fn ids_of_number(&self, merchant_id: &str, number: &str) -> Vec<String> {
        let key = (merchant_id.to_ascii_lowercase(), number.to_owned());
        self.numbers.get(&key).cloned().unwrap_or_default()
    }

    /// Moves an order to another merchant.
    pub fn reassign(&mut self, order: &Order, merchant_id: &str) {
        self.number(&order.merchant_id, &order.merchant_order_id).retain(|id| *id != order.id);
        self.number(merchant_id, &order.merchant_order_id).push(order.id.clone());
        if let Some(stored) = self.orders.get_mut(&order.id) {
            stored.merchant_id = merchant_id.to_ascii_lowercase();
            let mut request = stored.request();
            request.insert("merchantId".to_owned(), Value::from(stored.merchant_id.clone()));
            stored.replace_request(&request);
        }
    }

    /// A container.
    pub fn container(&mut self, id: &str) -> Option<&mut Container> {
        self.containers.get_mut(&id.to_ascii_lowercase())
    }

    /// The orders of a container as of now.
    pub fn orders_in(&mut self, container_id: &str, now: OffsetDateTime) -> Vec<Order> {
        let ids = self.container(container_id).map(|found| found.orders.clone()).unwrap_or_default();
        ids.iter().filter_map(|id| self.order(id, now).cloned()).collect()
    }

    /// Sets the status of every unpaid order of a container. Returns their ids.
    ///
    /// # Errors
    /// 404 for an unknown container, 422 `wrong_order_status` when nothing in it waits for payment.
    pub fn settle(
        &mut self,
        container_id: &str,
        to: OrderStatus,
        now: OffsetDateTime,
    ) -> Result<Vec<String>, ApiRefusal> {
        let orders = self.orders_in(container_id, now);
        if orders.is_empty() {
            return Err(ApiRefusal::not_found());
        }
        let payable = |order: &Order| order.status == OrderStatus::Created && order.processable;
        let ids: Vec<String> = orders.into_iter().filter(payable).map(|order| order.id).collect();
        if ids.is_empty() {
            return Err(ApiRefusal::wrong_status());
        }
        for id in &ids {
            if let Some(order) = self.order(id, now) {
                order.status = to;
            }
        }
        Ok(ids)
    }

    /// Ends the lifetime of every unpaid order of a container now.
    pub fn expire(&mut self, container_id: &str, now: OffsetDateTime) {
        for order in self.orders_in(container_id, now) {
            if let Some(order) =
                self.order(&order.id, now).filter(|order| order.status == OrderStatus::Created)
            {
                let mut request = order.request();
                request.insert("expirationDate".to_owned(), Value::from(wire::format_timestamp(now)));
                order.replace_request(&request);
                order.status = OrderStatus::Expired;
            }
        }
    }

    /// Time until which a reserve made now is kept.
    pub fn hold_until(&self, now: OffsetDateTime) -> OffsetDateTime {
        now + Duration::from_secs(self.switches.hold_minutes.saturating_mul(60))
    }

    /// Logs a request.
    pub fn log_request(&mut self, entry: Value) {
        push(&mut self.requests, entry);
    }

    /// Logs a try to deliver a notification.
    pub fn log_try(&mut self, entry: Value) {
        push(&mut self.tries, entry);
    }

    /// Both logs, oldest first.
    pub fn log(&self) -> Value {
        json!({"requests": self.requests, "notifications": self.tries})
    }

    fn number(&mut self, merchant_id: &str, number: &str) -> &mut Vec<String> {
        self.numbers.entry((merchant_id.to_ascii_lowercase(), number.to_owned())).or_default()
    }

    fn unlink(&mut self, order: &Order) {
        self.ledger.forget(&order.id);
        self.codes.remove(&order.id);
        let key = (order.merchant_id.clone(), order.merchant_order_id.clone());
        if let Some(ids) = self.numbers.get_mut(&key) {
            ids.retain(|id| *id != order.id);
            if ids.is_empty() {
                self.numbers.remove(&key);
            }
        }
        if let Some(container) = self.containers.get_mut(&order.container_id) {
            container.orders.retain(|id| *id != order.id);
            if container.orders.is_empty() {
                self.containers.remove(&order.container_id);
            }
        }
    }
}

fn push(log: &mut VecDeque<Value>, entry: Value) {
    if log.len() >= MAX_LOG_ENTRIES {
        log.pop_front();
    }
    log.push_back(entry);
}

//! One order of the emulator: its status, its normalised request, and its JSON.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::wire::{self, JsonObject};

/// Status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// Waits for payment.
    Created,
    /// Money is reserved until the instant, then it is released.
    Hold { until: OffsetDateTime },
    /// Paid.
    Completed { at: OffsetDateTime, by: Instrument },
    /// `expirationDate` has passed.
    Expired,
    /// Cancelled before payment, or the payment was reversed.
    Canceled,
}

/// Means by which an order was paid; it decides whether cancelling can reverse the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// Real money: only a refund returns it.
    Money,
    /// A reserve of which the shipments took their part; a refund returns no more than that.
    Captured,
    /// An instant promise of payment, reversible by cancelling.
    Guarantee,
}

impl OrderStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Hold { .. } => "hold",
            Self::Completed { .. } => "completed",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }
}

/// One order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Own id.
    pub id: String,
    /// The invoice that the payer pays.
    pub container_id: String,
    /// Owner.
    pub merchant_id: String,
    /// Number in the system of the owner.
    pub merchant_order_id: String,
    pub status: OrderStatus,
    /// Time of creation.
    pub created_at: OffsetDateTime,
    /// Time at which it stops being payable.
    pub expires_at: OffsetDateTime,
    /// Sum with tax.
    pub amount: Decimal,
    /// `false`: bookkeeping only, no money moves.
    pub processable: bool,
    /// The merchant has answered a notification with `shipping_unavailable`.
    pub shipping_refused: bool,
    /// Time until which the rest of a partly captured reserve is kept.
    pub reserved_until: Option<OffsetDateTime>,
    /// Time at which a shipment of a reserve takes its sum.
    pub captured_at: Option<OffsetDateTime>,
    /// Whether no more deliveries can follow.
    pub closed: bool,
    /// `order` or `correction`.
    pub subtype: &'static str,
    /// The clock has released the reserve, and no notification has been sent yet.
    pub released_silently: bool,
    // The normalised request as text: a parsed tree takes several times the memory.
    request: String,
}

impl Order {
    /// An unpaid order from a normalised request.
    pub fn new(
        id: String,
        container_id: String,
        request: &JsonObject,
        processable: bool,
        now: OffsetDateTime,
    ) -> Self {
        let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut order = Self {
            id,
            container_id,
            merchant_id: text("merchantId").to_ascii_lowercase(),
            merchant_order_id: text("merchantOrderId"),
            status: OrderStatus::Created,
            created_at: now,
            expires_at: now,
            amount: Decimal::ZERO,
            processable,
            shipping_refused: false,
            reserved_until: None,
            captured_at: None,
            closed: false,
            subtype: "order",
            released_silently: false,
            request: String::new(),
        };
        order.replace_request(request);
        order
    }

    /// The normalised request.
    pub fn request(&self) -> JsonObject {
        serde_json::from_str(&self.request).unwrap_or_default()
    }

    /// Replaces the request and what is derived from it.
    pub fn replace_request(&mut self, request: &JsonObject) {
        self.amount = request.get("amount").and_then(wire::decimal).unwrap_or_default();
        if let Some(at) =
            request.get("expirationDate").and_then(Value::as_str).and_then(wire::parse_timestamp)
        {
            self.expires_at = at;
        }
        self.request = Value::Object(request.clone()).to_string();
    }

    /// A text property of the request.
    pub fn address(&self, name: &str) -> Option<String> {
        self.request().get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// The order as the service shows it. Optional properties that were not sent are missing.
    pub fn json(&self, public_url: &str) -> Value {
        let mut order = self.request();
        order.entry("languageId").or_insert_with(|| "ru".into());
        if let Some(customer) = order.get_mut("customer").and_then(Value::as_object_mut) {
            customer.entry("countryId").or_insert_with(|| "RUS".into());
        }
        let visible = json!(self.merchant_order_id);
        order.entry("merchantOrderIdVisible").or_insert(visible);
        let mut set = |name: &str, value: Value| order.insert(name.to_owned(), value);
        set("id", json!(self.id));
        set("status", json!(self.status.as_str()));
        set("orderContainerId", json!(self.container_id));
        set("paymentUrl", json!(payment_url(public_url, &self.container_id)));
        set("createdAt", json!(wire::format_timestamp(self.created_at)));
        set("subtype", json!(self.subtype));
        set("processingStatus", json!(""));
        set("fileIds", json!([]));
        set("processable", json!(self.processable));
        if let OrderStatus::Completed { at, .. } = self.status {
            set("paidAt", json!(wire::format_timestamp(at)));
        }
        Value::Object(order)
    }

    // No timer runs over all orders: an order is brought up to date when it is read.
    pub fn refresh(&mut self, now: OffsetDateTime) {
        match self.status {
            OrderStatus::Created if self.expires_at <= now => self.status = OrderStatus::Expired,
            OrderStatus::Hold { until } if until <= now => {
                self.status = OrderStatus::Canceled;
                self.released_silently = true;
            }
            _ => {}
        }
        let is_held = matches!(self.status, OrderStatus::Hold { .. });
        if let Some(at) = self.captured_at.take_if(|at| *at <= now)
            && is_held
        {
            self.status = OrderStatus::Completed { at, by: Instrument::Captured };
        }
        if self.reserved_until.is_some_and(|until| until <= now) {
            self.reserved_until = None;
            self.closed = true;
        }
    }
}

/// Address of the payment page of a container.
pub fn payment_url(public_url: &str, container_id: &str) -> String {
    format!("{}/sandbox/pay/{container_id}", public_url.trim_end_matches('/'))
}

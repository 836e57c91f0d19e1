//! Shipments and refunds of paid orders, and what is left for either.
//!
//! A reserve is captured by the shipments, each by its own sum; `final` and the clock release what is left of it.
//! Parts are matched to the ordered lines by `sku`.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    arithmetic,
    basket::Basket,
    filters::{FilterField, FilterValue, ListRow},
    order::{Instrument, Order, OrderStatus},
    switches::EmulatorSwitches,
    wire::{self, JsonObject},
};

/// One shipment.
#[derive(Clone, Debug)]
pub struct Shipment {
    pub id: u64,
    pub order_id: String,
    pub merchant_id: String,
    pub created_at: OffsetDateTime,
    /// Id of its closing document.
    pub document_id: String,
    /// The normalised request.
    pub request: JsonObject,
    /// Status when it was last read.
    pub status: &'static str,
}

/// Money on its way back.
#[derive(Clone, Debug)]
pub struct Refund {
    pub id: String,
    pub order_id: String,
    pub merchant_id: String,
    pub merchant_order_id: String,
    pub created_at: OffsetDateTime,
    /// Time at which it stopped being a draft.
    pub started_at: OffsetDateTime,
    pub currency: Value,
    /// The normalised request.
    pub request: JsonObject,
    pub status: RefundStatus,
}

/// Status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Waits for the order of its fee.
    Draft,
    /// On its way.
    Created,
    /// With the payer.
    Completed,
    /// Cancelled by the control call.
    Canceled,
}

/// All shipments and refunds.
#[derive(Debug, Default)]
pub struct Ledger {
    shipments: BTreeMap<u64, Shipment>,
    refunds: BTreeMap<String, Refund>,
    /// Refunds by merchant and number: these never repeat.
    numbers: HashMap<(String, String), String>,
    by_order: HashMap<String, OrderParts>,
    last_shipment: u64,
}

/// Shipments and refunds of one order.
#[derive(Debug, Default)]
struct OrderParts {
    shipments: Vec<u64>,
    refunds: Vec<String>,
}

impl Ledger {
    /// Records a shipment under a new number.
    pub fn ship(&mut self, mut shipment: Shipment) -> &Shipment {
        self.last_shipment += 1;
        shipment.id = self.last_shipment;
        self.by_order.entry(shipment.order_id.clone()).or_default().shipments.push(shipment.id);
        self.shipments.entry(shipment.id).or_insert(shipment)
    }

    /// Records a refund.
    pub fn refund(&mut self, refund: Refund) {
        let number = (refund.merchant_id.clone(), refund.merchant_order_id.clone());
        self.numbers.insert(number, refund.id.clone());
        self.by_order.entry(refund.order_id.clone()).or_default().refunds.push(refund.id.clone());
        self.refunds.insert(refund.id.clone(), refund);
    }

    /// Whether a merchant has used a number for a refund.
    pub fn has_number(&self, merchant_id: &str, number: &str) -> bool {
        self.numbers.contains_key(&(merchant_id.to_owned(), number.to_owned()))
    }

    /// One refund as of now.
    pub fn refund_mut(
        &mut self,
        id: &str,
        switches: &EmulatorSwitches,
        now: OffsetDateTime,
    ) -> Option<&mut Refund> {
        let refund = self.refunds.get_mut(&id.to_ascii_lowercase())?;
        refund.refresh(switches, now);
        Some(refund)
    }

    /// The refund of a merchant under a number.
    pub fn refund_id(&self, merchant_id: &str, number: &str) -> Option<String> {
        self.numbers.get(&(merchant_id.to_owned(), number.to_owned())).cloned()
    }

    /// All shipments as of now, oldest first.
    pub fn shipments(
        &mut self,
        switches: &EmulatorSwitches,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &Shipment> {
        self.shipments.values_mut().for_each(|shipment| shipment.refresh(switches, now));
        self.shipments.values()
    }

    /// All refunds as of now, oldest first.
    pub fn refunds(
        &mut self,
        switches: &EmulatorSwitches,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &Refund> {
        self.refunds.values_mut().for_each(|refund| refund.refresh(switches, now));
        self.refunds.values()
    }

    /// Whether something of an order has been delivered.
    pub fn is_shipped(&self, order_id: &str) -> bool {
        self.by_order.get(order_id).is_some_and(|parts| !parts.shipments.is_empty())
    }

    /// Whether money of an order is on its way back.
    pub fn is_refunded(&self, order_id: &str) -> bool {
        self.live_refunds(order_id).next().is_some()
    }

    /// The part of an order that can still be delivered.
    pub fn shippable(&self, order: &Order) -> Basket {
        let mut left = Basket::from_request(&order.request());
        left.take(&self.shipped(&order.id));
        left
    }

    /// The part of an order that can still be refunded: of a captured reserve only what was captured.
    pub fn refundable(&self, order: &Order) -> Basket {
        let mut left = match order.status {
            OrderStatus::Completed { by: Instrument::Captured, .. } => self.shipped(&order.id),
            _ => Basket::from_request(&order.request()),
        };
        for refund in self.live_refunds(&order.id) {
            left.take(&Basket::from_request(&refund.request));
        }
        left
    }

    /// Removes the shipments and refunds of a removed order.
    pub fn forget(&mut self, order_id: &str) {
        let Some(parts) = self.by_order.remove(order_id) else { return };
        for id in parts.shipments {
            self.shipments.remove(&id);
        }
        for id in parts.refunds {
            if let Some(refund) = self.refunds.remove(&id) {
                self.numbers.remove(&(refund.merchant_id, refund.merchant_order_id));
            }
        }
    }

    fn shipped(&self, order_id: &str) -> Basket {
        let mut shipped = Basket::default();
        let ids = self.by_order.get(order_id).into_iter().flat_map(|parts| &parts.shipments);
        for shipment in ids.filter_map(|id| self.shipments.get(id)) {
            shipped.add(&Basket::from_request(&shipment.request));
        }
        shipped
    }

    fn live_refunds(&self, order_id: &str) -> impl Iterator<Item = &Refund> {
        let ids = self.by_order.get(order_id).into_iter().flat_map(|parts| &parts.refunds);
        ids.filter_map(|id| self.refunds.get(id)).filter(|refund| refund.status != RefundStatus::Canceled)
    }
}

impl Shipment {
    /// The sum of its lines, with tax.
    pub fn amount(&self) -> Decimal {
        arithmetic::lines(&self.request).map(|line| arithmetic::amount(line, "totalAmount")).sum()
    }

    /// The shipment as the service shows it.
    pub fn json(&self) -> Value {
        let vat: Decimal =
            arithmetic::lines(&self.request).map(|line| arithmetic::amount(line, "totalVatAmount")).sum();
        let mut shipment = self.request.clone();
        let mut set = |name: &str, value: Value| shipment.insert(name.to_owned(), value);
        set("id", json!(self.id));
        set("merchantId", json!(self.merchant_id));
        set("status", json!(self.status));
        set("type", json!("shipment"));
        set("amount", wire::number(self.amount()));
        set("vatAmount", wire::number(vat));
        set("createdAt", json!(wire::format_timestamp(self.created_at)));
        set("fileIds", if self.status == "completed" { json!([self.document_id]) } else { json!([]) });
        Value::Object(shipment)
    }

    // The closing documents are made step by step.
    fn refresh(&mut self, switches: &EmulatorSwitches, now: OffsetDateTime) {
        let age = now - self.created_at;
        self.status = if age >= Duration::from_secs(switches.shipment_completed_s) {
            "completed"
        } else if age >= Duration::from_secs(switches.shipment_pending_s) {
            "pending"
        } else {
            "draft"
        };
    }
}

impl RefundStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Created => "created",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }
}

impl Refund {
    /// The refund as the service shows it.
    pub fn json(&self) -> Value {
        let mut refund = self.request.clone();
        let mut set = |name: &str, value: Value| refund.insert(name.to_owned(), value);
        set("id", json!(self.id));
        set("merchantId", json!(self.merchant_id));
        set("currencyId", self.currency.clone());
        set("createdAt", json!(wire::format_timestamp(self.created_at)));
        set("status", json!(self.status.as_str()));
        Value::Object(refund)
    }

    fn refresh(&mut self, switches: &EmulatorSwitches, now: OffsetDateTime) {
        let there = self.started_at + Duration::from_secs(switches.refund_minutes.saturating_mul(60));
        if self.status == RefundStatus::Created && there <= now {
            self.status = RefundStatus::Completed;
        }
    }
}

impl ListRow for Shipment {
    const FIELDS: &'static [FilterField] = &[
        FilterField::Id,
        FilterField::OrderId,
        FilterField::MerchantId,
        FilterField::Status,
        FilterField::CreatedAt,
    ];

    fn value(&self, field: FilterField) -> Option<FilterValue> {
        match field {
            FilterField::Id => Some(FilterValue::text(&self.id.to_string())),
            FilterField::OrderId => Some(FilterValue::text(&self.order_id)),
            FilterField::MerchantId => Some(FilterValue::text(&self.merchant_id)),
            FilterField::Status => Some(FilterValue::text(self.status)),
            FilterField::CreatedAt => FilterValue::at(self.created_at),
            _ => None,
        }
    }
}

impl ListRow for Refund {
    const FIELDS: &'static [FilterField] = &[
        FilterField::Id,
        FilterField::ParentId,
        FilterField::Status,
        FilterField::MerchantOrderId,
        FilterField::MerchantId,
        FilterField::CreatedAt,
    ];

    fn value(&self, field: FilterField) -> Option<FilterValue> {
        match field {
            FilterField::Id => Some(FilterValue::text(&self.id)),
            FilterField::ParentId => Some(FilterValue::text(&self.order_id)),
            FilterField::Status => Some(FilterValue::text(self.status.as_str())),
            FilterField::MerchantOrderId => Some(FilterValue::text(&self.merchant_order_id)),
            FilterField::MerchantId => Some(FilterValue::text(&self.merchant_id)),
            FilterField::CreatedAt => FilterValue::at(self.created_at),
            _ => None,
        }
    }
}

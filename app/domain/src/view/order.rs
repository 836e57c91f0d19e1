use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    geo::Point,
    id::{OrderId, PumpNumber, Sku, StationId},
    locale::Locale,
    money::Kopecks,
    order::{Order, StartReason, Status, start::MAX_START_TRIES},
    quantity::Centi,
    quote::{Line, LineKind, Quote},
    station::PumpState,
    texts,
    unit::Unit,
    vat::Vat,
};

/// The answer of `quote`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteView {
    pub lines: Vec<LineView>,
    #[serde(rename = "total_kopecks")]
    pub total: Kopecks,
    #[serde(rename = "vat_kopecks")]
    pub vat: Kopecks,
    /// Sentences that do not stop an order.
    pub warnings: Vec<String>,
}

/// One line of a quote or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineView {
    /// Its place among the lines, from 1; a refund or a hand-over may name it.
    #[serde(default)]
    pub line: u32,
    pub sku: Sku,
    pub name: String,
    pub kind: String,
    pub unit: Unit,
    #[serde(rename = "quantity_centi")]
    pub quantity: Centi,
    #[serde(rename = "price_kopecks")]
    pub price: Kopecks,
    #[serde(rename = "total_kopecks")]
    pub total: Kopecks,
    #[serde(rename = "vat_kopecks")]
    pub vat_sum: Kopecks,
    pub vat: Vat,
}

impl LineView {
    /// Lines in their order, titled in the reader's language.
    #[must_use]
    pub fn from_lines(lines: &[Line], locale: Locale) -> Vec<Self> {
        (1..).zip(lines).map(|(place, line)| Self::from_line(place, line, locale)).collect()
    }

    fn from_line(place: u32, line: &Line, locale: Locale) -> Self {
        let kind = match line.kind {
            LineKind::Fuel(_) => "fuel",
            LineKind::Service => "service",
            LineKind::Goods => "goods",
        };
        Self {
            line: place,
            sku: line.sku.clone(),
            name: line.localized_name(locale),
            kind: kind.to_owned(),
            unit: line.unit,
            quantity: line.quantity,
            price: line.price,
            total: line.total,
            vat_sum: line.vat_sum,
            vat: line.vat,
        }
    }
}

impl QuoteView {
    /// A quote in the reader's language.
    #[must_use]
    pub fn from_quote(quote: &Quote, locale: Locale) -> Self {
        let warnings = quote.warnings.iter().map(|warning| texts::describe_warning(*warning, locale));
        Self {
            lines: LineView::from_lines(&quote.lines, locale),
            total: quote.total,
            vat: quote.vat,
            warnings: warnings.collect(),
        }
    }
}

/// The answer of `place`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedView {
    pub order_id: OrderId,
    pub payment_url: String,
    pub view: OrderView,
}

/// An order as its customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderView {
    pub id: OrderId,
    pub number: String,
    pub status: Status,
    pub station: StationBriefView,
    pub pump: Option<PumpNumber>,
    pub lines: Vec<LineView>,
    /// The fuel line is a ceiling: the pump runs until the nozzle cuts off, and the rest comes back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full_tank: bool,
    /// Nothing links us to the pump: the cashier releases it, and after the payment only the operator cancels.
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_hand: bool,
    #[serde(rename = "total_kopecks")]
    pub total: Kopecks,
    #[serde(rename = "vat_kopecks")]
    pub vat: Kopecks,
    pub payment_url: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    #[serde(rename = "dispensed_centi")]
    pub dispensed: Option<Centi>,
    #[serde(rename = "final_kopecks")]
    pub final_total: Option<Kopecks>,
    #[serde(rename = "refund_kopecks")]
    pub refund: Option<Kopecks>,
    pub message: Option<String>,
    /// Why it ended, or why the last start came to nothing: a stable code.
    #[serde(default)]
    pub reason: Option<String>,
    /// Starting its pump; `None` without fuel, where a person releases it, and after the end.
    #[serde(default)]
    pub start: Option<StartView>,
    /// The driver must not fuel, or not any more, whatever the status: `message` says why.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stop: bool,
    /// The customer may cancel it now; a server of the previous version does not say.
    #[serde(default)]
    pub cancelable: Option<bool>,
    /// Closing documents of it are made; a server of the previous version does not say.
    #[serde(default)]
    pub documents: Option<bool>,
    pub history: Vec<StepView>,
}

/// What the driver needs to start a pump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartView {
    /// A pump may be started now.
    pub allowed: bool,
    /// Until when; `None` before the payment.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Why the last start came to nothing, as a sentence.
    pub reason: Option<String>,
    pub tries_left: u32,
    /// The pumps that sell the grade.
    pub pumps: Vec<StartPump>,
}

/// A pump that may be started, with what the station says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartPump {
    pub number: PumpNumber,
    pub state: PumpState,
}

impl StartView {
    fn from_order(order: &Order, locale: Locale) -> Option<Self> {
        if !order.needs_release() || order.status.is_final() {
            return None;
        }
        let until = order.start_until;
        let tries_left = MAX_START_TRIES.saturating_sub(order.tries());
        Some(Self {
            // Whether the time is over the reader sees: the order ends a moment later.
            allowed: order.is_startable(OffsetDateTime::UNIX_EPOCH),
            until,
            reason: order.start_reason.as_ref().map(|reason| texts::describe_start_failure(reason, locale)),
            tries_left: u32::try_from(tries_left).unwrap_or_default(),
            pumps: Vec::new(),
        })
    }
}

/// Whether a flag is left out of the JSON: most orders have none set.
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StationBriefView {
    pub id: StationId,
    pub name: String,
    pub brand: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub phone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepView {
    pub seq: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub status: Status,
}

impl OrderView {
    /// The view of an order, with its sentence in the reader's language. The payment link is shown only while it
    /// can be used.
    #[must_use]
    pub fn from_order(order: &Order, locale: Locale) -> Self {
        let payable = order.status == Status::AwaitingPayment;
        let Point { lat, lon } = order.station.point;
        Self {
            id: order.id,
            number: order.number.to_string(),
            status: order.status,
            station: StationBriefView {
                id: order.station.id.clone(),
                name: order.station.name.clone(),
                brand: order.station.brand.clone(),
                address: order.station.address.clone(),
                lat,
                lon,
                phone: order.station.phone.clone(),
            },
            pump: order.pump,
            lines: LineView::from_lines(&order.lines, locale),
            full_tank: order.full_tank,
            by_hand: order.by_hand,
            total: order.total,
            vat: order.vat,
            payment_url: order
                .invoice
                .as_ref()
                .filter(|_| payable)
                .map(|invoice| invoice.payment_url.clone()),
            expires_at: order.expires_at,
            dispensed: order.dispensed,
            final_total: order.final_total(),
            refund: order.refund(),
            message: texts::describe_order(order, locale),
            reason: code_of(order).map(str::to_owned),
            start: StartView::from_order(order, locale),
            stop: order.is_stop_required(),
            cancelable: Some(order.is_cancelable()),
            documents: Some(order.has_documents()),
            history: order
                .history
                .iter()
                .map(|step| StepView { seq: step.seq, at: step.at, status: step.status })
                .collect(),
        }
    }
}

/// The code of the end, or of the start that came to nothing.
fn code_of(order: &Order) -> Option<&'static str> {
    match &order.reason {
        Some(reason) => Some(reason.code()),
        None => order.start_reason.as_ref().map(StartReason::code),
    }
}

impl OrderView {
    /// The view of an order whose station nothing links to us any more: whoever waits for a start asks the cashier.
    #[must_use]
    pub fn without_link(mut self) -> Self {
        self.start = None;
        self.by_hand |= matches!(self.status, Status::AwaitingPayment | Status::Paid);
        self
    }

    /// The view with the pumps that may be started.
    #[must_use]
    pub fn with_pumps(mut self, pumps: Vec<StartPump>) -> Self {
        if let Some(start) = &mut self.start {
            start.pumps = pumps;
        }
        self
    }
}

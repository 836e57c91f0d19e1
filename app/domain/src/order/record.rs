//! An order as it is stored: what was asked for, at what price, and its progress.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    discrepancy::{Discrepancy, RecordedDiscrepancy},
    ending::{Cancellation, Canceller, Reason},
    release::Release,
    settlement::{Payment, Progress, Settlement},
    start::{MAX_START_TRIES, StartMode, StartReason},
    status::Status,
};
use crate::{
    draft::{Customer, Host, Vehicle},
    geo::Point,
    id::{OrderId, PumpNumber, Sku, StationId},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    quote::{Line, Quote},
};

/// One order. Prices are frozen when it is placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    /// Short enough to read aloud to a cashier.
    pub number: u32,
    /// Our number at Invoicebox: at most 36 ASCII characters, one per attempt to sell, never the secret id.
    pub merchant_order_id: String,
    /// Earlier ones, oldest first, which Invoicebox called taken: an invoice under them may be ours all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_numbers: Vec<String>,
    pub status: Status,
    /// Grows by one with every visible change; the SSE event id.
    pub seq: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    pub locale: Locale,
    pub station: StationBrief,
    pub merchant_id: String,
    /// The pump that was ordered or started last.
    pub pump: Option<PumpNumber>,
    /// When its pump is released.
    #[serde(default)]
    pub start: StartMode,
    pub lines: Vec<Line>,
    /// The fuel line is a ceiling: the pump runs until the nozzle cuts off.
    #[serde(default)]
    pub full_tank: bool,
    /// Nothing links us to the station's pumps: the cashier releases the fuel.
    #[serde(default)]
    pub by_hand: bool,
    pub total: Kopecks,
    pub vat: Kopecks,
    pub customer: Customer,
    pub vehicle: Option<Vehicle>,
    pub host: Host,
    /// The invoice of the order, once Invoicebox has made it.
    pub invoice: Option<Invoice>,
    /// Nobody knew at first whether a creation of the invoice was carried out: others are looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub creation_unanswered: bool,
    /// Ids of other invoices under our number; to be withdrawn.
    #[serde(default, rename = "twins")]
    pub duplicate_invoices: Vec<String>,
    pub dispensed: Option<Centi>,
    pub reason: Option<Reason>,
    /// Cancellation under way of a paid order: the station has been asked to withdraw its release.
    #[serde(default, rename = "calling_off")]
    pub cancellation: Option<Cancellation>,
    /// Why an operator cancelled it, in their words; also where the cancellation came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// When the payment was made and learned of; `None` until it is.
    #[serde(default)]
    pub paid_at: Option<PaidAt>,
    /// The end of the time in which the pump may be started.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub start_until: Option<OffsetDateTime>,
    /// Why the last start came to nothing.
    #[serde(default)]
    pub start_reason: Option<StartReason>,
    /// Releases of its pump, oldest first; only the last may be open.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Goods and services that a person said to have handed over; `None` while nobody has.
    #[serde(default)]
    pub handed_over: Option<Vec<HandedItem>>,
    /// The fuelling gave nothing, and until then a cashier may say that the goods beside it were handed over.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub goods_until: Option<OffsetDateTime>,
    /// Fuel that the station has reported before anybody had paid, until a person has said what it means for the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaid_fuel: Option<RecordedDiscrepancy>,
    /// Nobody knows how much fuel has flowed: what has not left yet waits for a person.
    #[serde(default)]
    pub hold: Option<MoneyHold>,
    /// The money: payment, shipment, returns.
    #[serde(default)]
    pub settlement: Settlement,
    /// Discrepancies that an operator has to look at; those that are dealt with are in the database only.
    #[serde(default)]
    pub discrepancies: Vec<RecordedDiscrepancy>,
    pub history: Vec<Step>,
    #[serde(default)]
    pub origin: Origin,
}

/// Origin of an order: whoever put it together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The customer, in the app: paid before anything is handed over.
    #[default]
    Customer,
    /// A cashier, or the back office of the network, which may know the order by a number of its own: paid together
    /// with the goods.
    #[serde(rename = "till")]
    Cashier { external_id: Option<String> },
}

/// The station as it was when the order was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationBrief {
    pub id: StationId,
    pub name: String,
    pub brand: String,
    pub address: String,
    pub city: String,
    pub point: Point,
    pub phone: Option<String>,
}

/// The invoice at Invoicebox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub provider_id: String,
    pub container_id: Option<String>,
    /// Opaque: shown as a button or a QR code, never taken apart.
    pub payment_url: String,
}

/// When an order was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidAt {
    /// When we learned of it.
    #[serde(with = "time::serde::rfc3339")]
    pub learned: OffsetDateTime,
    /// Invoicebox's own time, where it says so.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub provider: Option<OffsetDateTime>,
}

/// Money that waits for a person, since nobody knows how much fuel has flowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyHold {
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The discrepancy that an operator sees for it.
    pub cause: Discrepancy,
}

/// What was handed over of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedItem {
    pub sku: Sku,
    pub quantity: Centi,
}

/// A change of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub seq: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub status: Status,
}

/// Facts that [`Order::place`] needs beside the draft.
pub struct Placement {
    pub id: OrderId,
    pub number: u32,
    pub merchant_order_id: String,
    pub merchant_id: String,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub station: StationBrief,
    pub pump: Option<PumpNumber>,
    /// As [`Order::start`].
    pub start: StartMode,
    /// As [`Order::full_tank`].
    pub full_tank: bool,
    /// As [`Order::by_hand`].
    pub by_hand: bool,
    pub quote: Quote,
    pub customer: Customer,
    pub vehicle: Option<Vehicle>,
    pub host: Host,
}

impl Order {
    /// A new order in [`Status::Placing`].
    #[must_use]
    pub fn place(p: Placement) -> Self {
        Self {
            id: p.id,
            number: p.number,
            merchant_order_id: p.merchant_order_id,
            earlier_numbers: Vec::new(),
            status: Status::Placing,
            seq: 1,
            placed_at: p.now,
            expires_at: p.expires_at,
            locale: p.host.locale,
            station: p.station,
            merchant_id: p.merchant_id,
            pump: p.pump,
            start: p.start,
            lines: p.quote.lines,
            full_tank: p.full_tank,
            by_hand: p.by_hand,
            total: p.quote.total,
            vat: p.quote.vat,
            customer: p.customer,
            vehicle: p.vehicle,
            host: p.host,
            invoice: None,
            creation_unanswered: false,
            duplicate_invoices: Vec::new(),
            dispensed: None,
            reason: None,
            cancellation: None,
            cancel_reason: None,
            paid_at: None,
            start_until: None,
            start_reason: None,
            releases: Vec::new(),
            handed_over: None,
            goods_until: None,
            unpaid_fuel: None,
            hold: None,
            settlement: Settlement::default(),
            discrepancies: Vec::new(),
            history: vec![Step { seq: 1, at: p.now, status: Status::Placing }],
            origin: Origin::Customer,
        }
    }

    /// Marks the order as put together by a cashier.
    #[must_use]
    pub fn into_cashier_sale(self, external_id: Option<String>) -> Self {
        Self { origin: Origin::Cashier { external_id }, ..self }
    }

    /// The number under which the back office of the network knows the order.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        match &self.origin {
            Origin::Customer => None,
            Origin::Cashier { external_id } => external_id.as_deref(),
        }
    }

    /// The line that comes out of a pump.
    #[must_use]
    pub fn fuel_line(&self) -> Option<&Line> {
        self.lines.iter().find(|line| line.fuel().is_some())
    }

    /// Whether automation gives its fuel: a pump has to be started and released for it.
    #[must_use]
    pub fn needs_release(&self) -> bool {
        self.fuel_line().is_some() && !self.by_hand
    }

    /// Number of the last history entry: what a start has to name.
    #[must_use]
    pub fn history_seq(&self) -> u32 {
        self.history.last().map_or(0, |step| step.seq)
    }

    /// Whether a pump may be started for it now. An order that is not started in time ends by itself, a moment later.
    #[must_use]
    pub fn is_startable(&self, now: OffsetDateTime) -> bool {
        self.status == Status::Paid
            && self.needs_release()
            && self.open_release().is_none()
            && self.hold.is_none()
            && self.cancellation.is_none()
            && !self.settlement.is_reversed()
            && self.settlement.returns.is_empty()
            && self.tries() < MAX_START_TRIES
            && self.start_until.is_none_or(|until| now < until)
    }

    /// Whether the decided shipment has to wait: of a reserve it would let the rest go while fuel is uncertain.
    #[must_use]
    pub fn is_shipment_held(&self) -> bool {
        self.hold.is_some() && self.settlement.payment == Some(Payment::Held)
    }

    /// Whether a held shipment may be decided anew: Invoicebox is not known to have it.
    #[must_use]
    pub fn is_shipment_undecided(&self) -> bool {
        self.is_shipment_held() && self.settlement.shipment.is_some() && !self.is_shipped()
    }

    /// Whether the driver must not fuel, or not any more, though the status alone would let them: the order is being
    /// cancelled, its payment was reversed, the station has interrupted the fuelling, or fuel has flowed under another
    /// release.
    #[must_use]
    pub fn is_stop_required(&self) -> bool {
        match self.status {
            Status::Authorising | Status::Ready => {
                self.cancellation.is_some() || self.hold.is_some() || self.settlement.is_reversed()
            }
            Status::Fuelling => self.settlement.is_reversed() || self.interruption_reason().is_some(),
            Status::Paid => self.hold.is_some(),
            Status::Completed => self.settlement.is_reversed(),
            _ => false,
        }
    }

    /// Whether its customer may cancel it: also while the clock has a pump released that nobody uses.
    #[must_use]
    pub fn is_cancelable(&self) -> bool {
        let is_asked = self.cancellation.is_some_and(|cancellation| cancellation.by != Canceller::Clock);
        match self.status {
            Status::Placing | Status::AwaitingPayment => true,
            Status::Paid => self.hold.is_none(),
            Status::Authorising | Status::Ready => {
                self.open_release().is_some()
                    && !is_asked
                    && self.hold.is_none()
                    && !self.settlement.is_reversed()
            }
            _ => false,
        }
    }

    /// Whether Invoicebox makes closing documents of it: something was delivered, and their shipment was not refused.
    #[must_use]
    pub fn has_documents(&self) -> bool {
        self.status == Status::Completed
            && self.final_total().is_some_and(|total| total > Kopecks::ZERO)
            && self.discrepancy(Discrepancy::ShipmentRefused).is_none()
            && !self.settlement.is_reversed()
    }

    /// The reason for which the station cancelled while fuel was flowing, until its end is known.
    #[must_use]
    pub fn interruption_reason(&self) -> Option<&str> {
        self.open_release().and_then(|release| release.interrupted.as_deref())
    }

    /// The line of this place, counted from 1.
    #[must_use]
    pub fn line_at(&self, place: u32) -> Option<&Line> {
        let index = usize::try_from(place.checked_sub(1)?).ok()?;
        self.lines.get(index)
    }

    /// The line of this product.
    #[must_use]
    pub fn line_of(&self, sku: &Sku) -> Option<&Line> {
        self.lines.iter().find(|line| line.sku == *sku)
    }

    /// The first discrepancy of this kind.
    #[must_use]
    pub fn discrepancy(&self, what: Discrepancy) -> Option<&RecordedDiscrepancy> {
        self.discrepancies.iter().find(|recorded| recorded.what == what)
    }

    /// Whether Invoicebox has recorded what was delivered.
    #[must_use]
    pub fn is_shipped(&self) -> bool {
        self.settlement.shipment.as_ref().is_some_and(|shipment| shipment.state == Progress::Done)
    }
}

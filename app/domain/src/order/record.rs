//! An order as it is stored: what was asked for, at what price, and its progress.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    discrepancy::{Discrepancy, RecordedDiscrepancy},
    ending::{Cancellation, Reason},
    settlement::{Progress, Settlement},
    status::Status,
};
use crate::{
    draft::{Customer, Host, Vehicle},
    geo::Point,
    id::{OrderId, PumpNumber, StationId},
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
    pub pump: Option<PumpNumber>,
    pub lines: Vec<Line>,
    /// The fuel line is a ceiling: the pump runs until the nozzle cuts off.
    #[serde(default)]
    pub full_tank: bool,
    /// Nothing links us to the pump: the cashier releases it.
    #[serde(default)]
    pub by_hand: bool,
    pub total: Kopecks,
    pub vat: Kopecks,
    pub customer: Customer,
    pub vehicle: Option<Vehicle>,
    pub host: Host,
    /// The invoice of the order, once Invoicebox has made it.
    pub invoice: Option<Invoice>,
    /// Ids of other invoices under our number; to be withdrawn.
    #[serde(default, rename = "twins")]
    pub duplicate_invoices: Vec<String>,
    pub dispensed: Option<Centi>,
    pub reason: Option<Reason>,
    /// Cancellation under way of a paid order: the station has been asked to withdraw its release.
    #[serde(default, rename = "calling_off")]
    pub cancellation: Option<Cancellation>,
    /// The money: payment, shipment, returns.
    #[serde(default)]
    pub settlement: Settlement,
    /// Discrepancies that an operator has to look at.
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
            status: Status::Placing,
            seq: 1,
            placed_at: p.now,
            expires_at: p.expires_at,
            locale: p.host.locale,
            station: p.station,
            merchant_id: p.merchant_id,
            pump: p.pump,
            lines: p.quote.lines,
            full_tank: p.full_tank,
            by_hand: p.by_hand,
            total: p.quote.total,
            vat: p.quote.vat,
            customer: p.customer,
            vehicle: p.vehicle,
            host: p.host,
            invoice: None,
            duplicate_invoices: Vec::new(),
            dispensed: None,
            reason: None,
            cancellation: None,
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

    /// Whether it names a pump and fuel: its release is asked of the station link, also where that leaves it to the cashier
    /// (`by_hand`).
    #[must_use]
    pub fn names_pump(&self) -> bool {
        self.pump.is_some() && self.fuel_line().is_some()
    }

    /// Whether the station was asked to release a pump.
    #[must_use]
    pub fn is_release_requested(&self) -> bool {
        self.history.iter().any(|step| step.status == Status::Authorising)
    }

    /// Whether the driver must not fuel, or not any more, though the status alone would let them: the order is being
    /// cancelled, its payment was reversed, or the station has interrupted the fuelling.
    #[must_use]
    pub fn is_stop_required(&self) -> bool {
        match self.status {
            Status::Authorising | Status::Ready => {
                self.cancellation.is_some() || self.settlement.is_reversed()
            }
            Status::Fuelling => self.settlement.is_reversed() || self.interruption_reason().is_some(),
            Status::Completed => self.settlement.is_reversed(),
            _ => false,
        }
    }

    /// The reason for which the station cancelled while fuel was flowing, until its end comes. An end that came with a
    /// volume that cannot be read is the operator's to close.
    #[must_use]
    pub fn interruption_reason(&self) -> Option<&str> {
        let waits =
            self.status == Status::Fuelling && self.discrepancy(Discrepancy::VolumeUnreadable).is_none();
        self.discrepancy(Discrepancy::FuellingCancelledByStation)
            .filter(|_| waits)
            .map(|recorded| recorded.detail.as_str())
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

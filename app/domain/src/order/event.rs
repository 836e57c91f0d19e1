//! What can happen to an order, and what the status machine answers.

use super::{effect::Effect, ending::Canceller, record::Invoice, settlement::ReturnedBy};
use crate::{money::Kopecks, quantity::Centi};

/// A fact from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Invoicebox made the invoice. A second one under our number is a duplicate, which is withdrawn.
    InvoiceCreated(Invoice),
    /// Invoicebox refused for good: nothing was created there.
    InvoiceRefused,
    /// Our number belongs to something else there: the invoice is made under this one.
    NumberTaken {
        next: String,
    },
    /// A signed notification, or a read of the API, says that this invoice is paid; `held`: the money is reserved,
    /// not taken.
    Paid {
        provider_id: String,
        held: bool,
    },
    /// The same, and the station has just said that it cannot serve; its own words.
    PaidUnservable {
        provider_id: String,
        held: bool,
        reason: String,
    },
    /// The same sources say that it was cancelled.
    PaymentCanceled,
    /// The life of the unpaid order is over.
    TimeOver,
    CancelRequested {
        by: Canceller,
    },
    /// The station confirmed that the pump is not released for this order any more.
    Withdrawn,
    /// The station did not take the release back: most likely fuelling has begun.
    WithdrawalRefused,
    /// The station was asked again and again, and does not answer.
    WithdrawalUnanswered,
    /// The request to release the pump is on its way.
    ReleaseRequested,
    /// The station released the pump.
    StationAccepted,
    /// The station cannot serve; its own words.
    StationRefused {
        reason: String,
    },
    /// The station did not say anything for too long.
    StationSilent,
    /// Released, and for half an hour the station has not said anything of it.
    ReleaseLapsed,
    /// The station called off while fuel was flowing, and the end has not come since.
    EndMissing,
    /// Released long ago, and nobody has reported the end.
    Overdue,
    FuellingStarted,
    /// Running volume; may arrive out of order.
    Volume(Centi),
    /// The meter stopped. The truth about the volume.
    Dispensed(Centi),
    /// The meter stopped, and nobody can read the volume that was told; the words as they came.
    DispensedUnreadable {
        text: String,
    },
    /// Goods and services were handed over.
    HandedOver,
    /// The operator closes the order: with the volume that was dispensed, or with all that was ordered.
    CompletedByOperator(Option<Centi>),
    /// The operator gives money of an ended order back: this sum, or all that is left.
    RefundRequested {
        amount: Option<Kopecks>,
        reason: String,
    },
    /// Invoicebox recorded the shipment.
    ShipmentRecorded {
        number: String,
    },
    /// Invoicebox refused the shipment for good; its own words.
    ShipmentRefused {
        number: String,
        reason: String,
    },
    /// Invoicebox gives, or gave, this money back.
    RefundRecorded {
        number: String,
        by: ReturnedBy,
    },
    /// Invoicebox refused for good to give it back; its own words.
    RefundRefused {
        number: String,
        reason: String,
    },
}

/// What an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order changed; carry these out, in this order.
    Changed(Vec<Effect>),
    /// Known already, or too late to matter: nothing changed.
    Unchanged,
    /// It does not fit the order's status: refused, nothing changed.
    Refused,
}

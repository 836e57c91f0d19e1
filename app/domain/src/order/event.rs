//! Events that may happen to an order, and the outcomes of the state machine.

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
    /// Paid, and the station has just said that it cannot serve, for this reason.
    PaidUnservable {
        provider_id: String,
        held: bool,
        reason: String,
    },
    /// A notification or a read of the API says that the payment was cancelled.
    PaymentCanceled,
    /// The life of the unpaid order is over.
    TimeOver,
    CancelRequested {
        by: Canceller,
    },
    /// The station confirmed that the pump is not released for this order any more.
    Withdrawn,
    /// The station did not withdraw the release: most likely fuelling has begun.
    WithdrawalRefused,
    /// The station was asked again and again, and does not answer.
    WithdrawalUnanswered,
    /// The request to release the pump is about to be sent: recorded before the call.
    ReleaseRequested,
    /// The station has accepted the order and reserved the pump; also where the cashier releases it by hand.
    StationAccepted,
    /// The station cannot serve, for this reason.
    StationRefused {
        reason: String,
    },
    /// The station has not answered for too long.
    StationSilent,
    /// Released, and the station has reported nothing for half an hour.
    ReleaseLapsed,
    /// The station cancelled while fuel was flowing, and has not reported the end since.
    EndMissing,
    /// Released long ago, and nobody has reported the end.
    Overdue,
    FuellingStarted,
    /// Running volume; may arrive out of order.
    Volume(Centi),
    /// The meter stopped. This volume counts.
    Dispensed(Centi),
    /// The meter stopped, and the reported volume cannot be read; the text as it came.
    DispensedUnreadable {
        text: String,
    },
    /// Goods and services were handed over.
    HandedOver,
    /// The operator closes the order: with the volume that was dispensed, or with all that was ordered.
    CompletedByOperator(Option<Centi>),
    /// The operator returns money of an ended order: this sum, or all that is left.
    RefundRequested {
        amount: Option<Kopecks>,
        reason: String,
    },
    /// Invoicebox recorded the shipment.
    ShipmentRecorded {
        number: String,
    },
    /// Invoicebox refused the shipment for good, for this reason.
    ShipmentRefused {
        number: String,
        reason: String,
    },
    /// Invoicebox returns, or has returned, this money.
    RefundRecorded {
        number: String,
        by: ReturnedBy,
    },
    /// Invoicebox refused for good to return the money, for this reason.
    RefundRefused {
        number: String,
        reason: String,
    },
}

/// Outcome of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order changed; carry these out, in this order.
    Changed(Vec<Effect>),
    /// Known already, or too late to matter: nothing changed.
    Unchanged,
    /// It does not fit the order's status: refused, nothing changed.
    Refused,
}

//! Events that may happen to an order, and the outcomes of the state machine.

use time::OffsetDateTime;

use super::{
    Discrepancy,
    effect::Effect,
    ending::Canceller,
    record::{HandedItem, Invoice},
    settlement::{RefundRequest, ReturnedBy},
    start::{StartReason, Starter},
};
use crate::{
    id::{PumpNumber, Sku},
    money::Kopecks,
    quantity::Centi,
};

/// A fact from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Invoicebox made the invoice. A second one under our number is a duplicate, which is withdrawn.
    InvoiceCreated(Invoice),
    /// Invoicebox refused for good: nothing was created there.
    InvoiceRefused,
    /// Our number belongs to something else there: the invoice is made under this one.
    NumberTaken { next: String },
    /// A signed notification, or a read of the API, says that this invoice is paid; `held`: the money is reserved,
    /// not taken. `paid_at` is the time of Invoicebox.
    Paid {
        provider_id: String,
        held: bool,
        paid_at: Option<OffsetDateTime>,
        /// What was paid; `None`: the order's total.
        amount: Option<Kopecks>,
    },
    /// Invoicebox names this sum for an unpaid invoice, which is not the order's; with the invoice where it was just made.
    SumDiffers { amount: Kopecks, invoice: Option<Invoice> },
    /// Invoicebox names an address for the payment of this invoice where nobody may be sent.
    LinkRefused { invoice: Invoice },
    /// A read of Invoicebox before a start names this sum for the payment, which is not what was paid.
    PaidSumDiffers { amount: Kopecks },
    /// Nobody knows whether a creation of the invoice was carried out: there may be more than one.
    CreationUnanswered,
    /// A read of the API says that a payment which was cancelled, by Invoicebox or by us, is there again.
    PaymentRestored { held: bool },
    /// A notification or a read of the API says that the payment was cancelled.
    PaymentCanceled,
    /// The life of the unpaid order is over.
    TimeOver,
    CancelRequested {
        by: Canceller,
        /// Why, in the operator's words.
        reason: Option<String>,
    },
    /// The station confirmed that the pump is not released any more. The answer names its release: the next one may be
    /// under way when it arrives.
    Withdrawn { release: u32 },
    /// The station did not withdraw the release: most likely fuelling has begun.
    WithdrawalRefused { release: u32 },
    /// The station was asked again and again, and does not answer.
    WithdrawalUnanswered { release: u32 },
    /// The driver or the cashier starts this pump, having seen the history up to `seq`.
    StartRequested { pump: PumpNumber, seq: u32, by: Starter },
    /// The request to release the pump is about to be sent: recorded before the call.
    ReleaseRequested,
    /// The request certainly did not arrive: the station has nothing of this release yet, and it is sent again.
    ReleaseUnreached { release: u32 },
    /// This release was not sent, for this reason: the order waits for another start.
    StartNotSent { release: u32, reason: StartReason },
    /// The time in which the pump may be started is over.
    StartTimeOver,
    /// A paid order of an earlier version: it may be started from now on.
    StartOffered,
    /// A cashier releases the pump by hand, and an earlier version had asked nobody: the order is ready.
    ReadyByHand,
    /// A report of the station about this release.
    Station { release: u32, report: StationReport },
    /// A release was sent, and the station has reported nothing for half an hour.
    ReleaseLapsed,
    /// Released long ago, and nobody has reported the end.
    Overdue,
    /// Nobody has handed over the goods beside a fuelling that gave nothing.
    GoodsTimeOver,
    /// The operator closes the order: with the volume that was dispensed, or with all that was ordered. Items alone say what
    /// was handed over beside fuel that a pump gives, and close nothing.
    CompletedByOperator {
        dispensed: Option<Centi>,
        /// What was handed over beside the fuel, where it is said.
        items: Option<Vec<HandedItem>>,
    },
    /// The operator returns money of an ended order.
    RefundRequested(RefundRequest),
    /// The operator has the shipment sent again that Invoicebox refused.
    ShipmentRetried,
    /// The operator has the returns tried again that Invoicebox refused.
    RefundsRetried,
    /// An operator has dealt with the open discrepancy of this kind and detail, or with all of the kind.
    DiscrepancySettled { what: Discrepancy, detail: Option<String> },
    /// Money that has to move has not for too long: the number of the return or shipment, and what the other side says.
    MoneyDelayed { number: String, says: String },
    /// Invoicebox has accepted this refund long ago, and has not carried it out.
    RefundOverdue { number: String },
    /// Money that has to move, and that no effect moves: the number of the return, refund or shipment.
    MoneyUntried { number: String },
    /// An invoice that nobody may pay has not been withdrawn for too long; what the other side says.
    InvoiceNotWithdrawn { says: String },
    /// The invoices that nobody may pay are withdrawn.
    InvoicesWithdrawn,
    /// A read of Invoicebox shows a refund that is not ours.
    RefundFound {
        number: String,
        amount: Kopecks,
        /// By line, where Invoicebox says so.
        lines: Vec<(Sku, Kopecks)>,
        /// Invoicebox's time of it.
        at: Option<OffsetDateTime>,
        /// It changes no more.
        is_confirmed: bool,
    },
    /// A read of Invoicebox shows a refund that is not ours, of a payment through another invoice.
    SecondRefundFound {
        provider_id: String,
        number: String,
        amount: Kopecks,
        /// Invoicebox's time of it.
        at: Option<OffsetDateTime>,
        /// It changes no more.
        is_confirmed: bool,
    },
    /// A reserve was taken before our shipment, and only this sum of it: the rest, if any, was never there to be returned.
    ReserveTaken { amount: Kopecks },
    /// Invoicebox has a shipment of what was delivered. `taken`: what a reserve has given in all, where that is known: more than
    /// was delivered where others took it, or another sum where the shipment left before its volume was decided anew.
    ShipmentRecorded { number: String, taken: Option<Kopecks> },
    /// Invoicebox refused the shipment for good, for this reason.
    ShipmentRefused { number: String, reason: String },
    /// The call that returns this money is about to be sent: recorded before it.
    RefundSent { number: String },
    /// Invoicebox does not have this return, which was decided anew, and no call for it is under way any more.
    RefundAbsent { number: String },
    /// Invoicebox returns, or has returned, this money.
    RefundRecorded { number: String, by: ReturnedBy },
    /// Invoicebox has carried the refund out.
    RefundConfirmed { number: String },
    /// Invoicebox names this time for a refund that it has taken: its day in the registry.
    RefundDated { number: String, at: OffsetDateTime },
    /// Invoicebox refused for good to return the money, or has cancelled the refund, for this reason.
    RefundRefused { number: String, reason: String },
}

/// What a station reports of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StationReport {
    /// It has accepted the order and reserved the pump.
    Accepted,
    /// It does not release the pump, or not any more.
    Refused {
        reason: String,
        kind: RefusalKind,
    },
    FuellingStarted,
    /// Running volume; may arrive out of order.
    Volume(Centi),
    /// The meter stopped. This volume counts.
    Dispensed(Centi),
    /// The meter stopped, and the reported volume cannot be read; the text as it came.
    DispensedUnreadable {
        text: String,
    },
}

/// Kind of a station's refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The answer to the request: another pump may be tried.
    Answer,
    /// A callback: the station has cancelled by itself.
    Callback,
    /// The grade is sold out: no pump will give it.
    SoldOut,
    /// The price that was paid is refused: no pump will give it.
    Price,
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

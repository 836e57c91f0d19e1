//! The status machine: one event at a time, as a pure function.
//!
//! Every adapter (notification, station, clock, customer) turns what it heard into an [`Event`]; the answer says what
//! changed and which [`Effect`]s must be carried out afterwards, at least once.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Discrepancy, Invoice, Order, Reason, Status, Step};
use crate::quantity::Centi;

/// A fact from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Invoicebox made the invoice.
    InvoiceCreated(Invoice),
    /// Invoicebox refused for good: nothing was created there.
    InvoiceRefused,
    /// A signed notification, or a read of the API, says that this invoice is paid.
    Paid {
        provider_id: String,
    },
    /// The same sources say that it was cancelled.
    PaymentCanceled,
    /// The life of the unpaid order is over.
    TimeOver,
    CancelRequested {
        by: Canceller,
    },
    /// The request to release the pump is on its way.
    AuthorisationSent,
    /// The station released the pump.
    StationAccepted,
    /// The station cannot serve; its own words.
    StationRefused {
        reason: String,
    },
    /// The station did not say anything for too long.
    StationSilent,
    FuellingStarted,
    /// Running volume; may arrive out of order.
    Volume(Centi),
    /// The meter stopped. The truth about the volume.
    Dispensed(Centi),
    /// Goods and services were handed over.
    HandedOver,
    /// Invoicebox refused to give the money back by itself.
    ReturnRefused,
}

/// Who called an order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canceller {
    Customer,
    Operator,
}

/// Something to be done in the world, after the change is durable. Each is safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Create the invoice at Invoicebox.
    CreateInvoice,
    /// Withdraw the unpaid invoice, so that nobody pays it.
    CancelInvoice,
    /// Ask the station to release the pump.
    Authorise,
    /// Tell the station that a released pump is not needed any more.
    WithdrawAuthorisation,
    /// Tell the station that paid goods and services may be handed over.
    Announce,
    /// Give all the money back.
    ReturnMoney,
}

/// What an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order changed; carry these out.
    Changed(Vec<Effect>),
    /// Known already, or too late to matter: nothing changed.
    Unchanged,
    /// It does not fit the order's status: refused, nothing changed.
    Refused,
}

/// Overrun of the meter that is nobody's fault: 0.05 of a unit.
pub const METER_OVERRUN: Centi = Centi::new(5);

impl Effect {
    /// The name in the outbox.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateInvoice => "create_invoice",
            Self::CancelInvoice => "cancel_invoice",
            Self::Authorise => "authorise",
            Self::WithdrawAuthorisation => "withdraw_authorisation",
            Self::Announce => "announce",
            Self::ReturnMoney => "return_money",
        }
    }

    /// Reads a name; exact.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::CreateInvoice,
            Self::CancelInvoice,
            Self::Authorise,
            Self::WithdrawAuthorisation,
            Self::Announce,
            Self::ReturnMoney,
        ];
        all.into_iter().find(|effect| effect.name() == name)
    }
}

/// Applies one event.
#[must_use]
pub fn apply(order: &mut Order, event: Event, now: OffsetDateTime) -> Outcome {
    use Status as S;
    match (order.status, event) {
        (S::Placing, Event::InvoiceCreated(invoice)) => {
            order.invoice = Some(invoice);
            to(order, S::AwaitingPayment, now, [])
        }
        // Cancelled, expired or given up while the answer was under way: nobody may pay it.
        (S::Canceled | S::Expired | S::Failed, Event::InvoiceCreated(invoice)) if order.invoice.is_none() => {
            order.invoice = Some(invoice);
            noted(order, [Effect::CancelInvoice])
        }
        // The notification of the payment may overtake the answer to the creation.
        (_, Event::InvoiceCreated(invoice)) if order.invoice.is_none() => {
            order.invoice = Some(invoice);
            noted(order, [])
        }
        (_, Event::InvoiceCreated(_)) => Outcome::Unchanged,

        (S::Placing, Event::InvoiceRefused) => ends(order, S::Failed, Reason::ProviderRefused, now, []),
        (_, Event::InvoiceRefused) => Outcome::Unchanged,

        (S::Placing | S::AwaitingPayment, Event::Paid { .. }) => paid(order, now),
        (S::Canceled | S::Expired | S::Failed, Event::Paid { .. }) => {
            order.discrepancies.push(Discrepancy::PaidAfterEnd);
            ends(order, S::Unavailable, Reason::PaidTooLate, now, [Effect::ReturnMoney])
        }
        (_, Event::Paid { .. }) => Outcome::Unchanged,

        (S::Placing | S::AwaitingPayment, Event::PaymentCanceled) => {
            ends(order, S::Canceled, Reason::PaymentCanceled, now, [])
        }
        (S::Paid | S::Authorising | S::Ready, Event::PaymentCanceled) => {
            discrepancy(order, Discrepancy::PaymentReversed);
            let withdraw = order.fuel_line().map(|_| Effect::WithdrawAuthorisation);
            ends(order, S::Unavailable, Reason::PaymentCanceled, now, withdraw)
        }
        (S::Fuelling | S::Completed, Event::PaymentCanceled) => {
            noted_discrepancy(order, Discrepancy::PaymentReversed)
        }
        (_, Event::PaymentCanceled) => Outcome::Unchanged,

        (S::Placing | S::AwaitingPayment, Event::TimeOver) => {
            let withdraw = order.invoice.is_some().then_some(Effect::CancelInvoice);
            ends(order, S::Expired, Reason::PaymentTimeOver, now, withdraw)
        }
        (_, Event::TimeOver) => Outcome::Unchanged,

        (S::Placing | S::AwaitingPayment, Event::CancelRequested { by }) => {
            let reason = match by {
                Canceller::Customer => Reason::CanceledByCustomer,
                Canceller::Operator => Reason::CanceledByOperator,
            };
            let withdraw = order.invoice.is_some().then_some(Effect::CancelInvoice);
            ends(order, S::Canceled, reason, now, withdraw)
        }
        (S::Canceled, Event::CancelRequested { .. }) => Outcome::Unchanged,
        (_, Event::CancelRequested { .. }) => Outcome::Refused,

        (S::Paid, Event::AuthorisationSent) => to(order, S::Authorising, now, []),
        (_, Event::AuthorisationSent) => Outcome::Unchanged,

        (S::Authorising, Event::StationAccepted) => to(order, S::Ready, now, []),
        (_, Event::StationAccepted) => Outcome::Unchanged,

        (S::Paid | S::Authorising | S::Ready, Event::StationRefused { reason }) => {
            ends(order, S::Unavailable, Reason::StationRefused(reason), now, [Effect::ReturnMoney])
        }
        (S::Paid | S::Authorising, Event::StationSilent) => {
            let effects = [Effect::WithdrawAuthorisation, Effect::ReturnMoney];
            ends(order, S::Unavailable, Reason::StationSilent, now, effects)
        }
        (_, Event::StationRefused { .. } | Event::StationSilent) => Outcome::Unchanged,

        (S::Authorising | S::Ready, Event::FuellingStarted) if order.fuel_line().is_some() => {
            to(order, S::Fuelling, now, [])
        }
        (_, Event::FuellingStarted) => Outcome::Unchanged,

        (S::Authorising | S::Ready, Event::Volume(volume)) if order.fuel_line().is_some() => {
            order.dispensed = Some(volume.max(Centi::ZERO));
            to(order, S::Fuelling, now, [])
        }
        // Reports may overtake each other: the meter never runs backwards.
        (S::Fuelling, Event::Volume(volume)) if order.dispensed.is_none_or(|shown| shown < volume) => {
            order.dispensed = Some(volume.max(Centi::ZERO));
            noted(order, [])
        }
        (_, Event::Volume(_)) => Outcome::Unchanged,

        (S::Paid | S::Authorising | S::Ready | S::Fuelling, Event::Dispensed(volume))
            if order.fuel_line().is_some() =>
        {
            dispensed(order, volume.max(Centi::ZERO), now)
        }
        (S::Completed, Event::Dispensed(volume)) if order.dispensed == Some(volume.max(Centi::ZERO)) => {
            Outcome::Unchanged
        }
        (_, Event::Dispensed(_)) => noted_discrepancy(order, Discrepancy::DispensedAfterEnd),

        // Fuel that no automation releases is handed over by the cashier, like goods.
        (S::Ready, Event::HandedOver) if order.fuel_line().is_none() || order.pump.is_none() => {
            to(order, S::Completed, now, [])
        }
        (S::Completed, Event::HandedOver) => Outcome::Unchanged,
        (_, Event::HandedOver) => Outcome::Refused,

        (_, Event::ReturnRefused) => noted_discrepancy(order, Discrepancy::ReturnRefused),
    }
}

fn paid(order: &mut Order, now: OffsetDateTime) -> Outcome {
    let _ = to(order, Status::Paid, now, []);
    match (order.fuel_line(), order.pump) {
        (Some(_), Some(_)) => Outcome::Changed(vec![Effect::Authorise]),
        // Sold at the till without naming a pump: the cashier releases the fuel, no automation is asked.
        (Some(_), None) => to(order, Status::Ready, now, []),
        (None, _) => to(order, Status::Ready, now, [Effect::Announce]),
    }
}

fn dispensed(order: &mut Order, volume: Centi, now: OffsetDateTime) -> Outcome {
    order.dispensed = Some(volume);
    let ordered = order.fuel_line().map_or(Centi::ZERO, |line| line.quantity);
    if volume.get() > ordered.get().saturating_add(METER_OVERRUN.get()) {
        discrepancy(order, Discrepancy::DispensedMoreThanPaid);
    }
    to(order, Status::Completed, now, [])
}

/// Moves to a status and records the step.
fn to(
    order: &mut Order,
    status: Status,
    now: OffsetDateTime,
    effects: impl IntoIterator<Item = Effect>,
) -> Outcome {
    order.status = status;
    order.seq += 1;
    order.history.push(Step { seq: order.seq, at: now, status });
    Outcome::Changed(effects.into_iter().collect())
}

fn ends(
    order: &mut Order,
    status: Status,
    reason: Reason,
    now: OffsetDateTime,
    effects: impl IntoIterator<Item = Effect>,
) -> Outcome {
    order.reason = Some(reason);
    to(order, status, now, effects)
}

/// Something visible changed, the status did not.
fn noted(order: &mut Order, effects: impl IntoIterator<Item = Effect>) -> Outcome {
    order.seq += 1;
    Outcome::Changed(effects.into_iter().collect())
}

fn noted_discrepancy(order: &mut Order, what: Discrepancy) -> Outcome {
    if discrepancy(order, what) { noted(order, []) } else { Outcome::Unchanged }
}

/// Each is recorded once.
fn discrepancy(order: &mut Order, what: Discrepancy) -> bool {
    let new = !order.discrepancies.contains(&what);
    if new {
        order.discrepancies.push(what);
    }
    new
}

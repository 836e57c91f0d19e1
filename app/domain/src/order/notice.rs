//! Notices: what the customer has to know about an order beside its status, as data. The sentences are in
//! [`crate::texts`].

use super::{
    Discrepancy, Order, Reason, StartReason, Status,
    machine::Canceller,
    settlement::{Cause, ReturnedBy},
};
use crate::{money::Kopecks, quantity::Centi};

/// What happened, and what the money does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNotice<'a> {
    pub happened: Happened<'a>,
    /// In the order in which they are read.
    pub money: Vec<MoneyNotice>,
}

/// What happened to an order; `reason` is the text that the station gave, and may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened<'a> {
    /// While fuel was flowing.
    PaymentReversedInFuelling,
    FuellingInterrupted {
        reason: &'a str,
    },
    /// The clock is withdrawing a release that nobody used.
    WithdrawingRelease,
    /// Somebody is cancelling an order that the station knows.
    Cancelling,
    PaymentReversedAfterFuelling,
    RefundedByOperator,
    SettledAtLastReading,
    NothingDispensed,
    LessDispensed,
    CanceledByCustomer,
    CanceledByOperator,
    PaymentReversed,
    PaymentCanceled,
    PaymentTimeOver,
    ProviderRefused,
    /// The address of the payment leads elsewhere than to Invoicebox.
    LinkRefused,
    /// The grade has been sold out since the order was placed.
    SoldOut,
    StationRefused {
        reason: &'a str,
    },
    StationSilent,
    NotBegun,
    TriesUsedUp {
        reason: &'a str,
    },
    PaidOtherSum,
    PaidTooLate,
    /// Paid: the last start came to nothing.
    StartFailed(&'a StartReason),
    /// Nobody knows how much fuel has flowed: an operator decides.
    FuelUncertain,
    /// Less of the payment is there than the order costs: an operator decides before any fuel flows.
    PaymentUncertain,
}

/// What the money of an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyNotice {
    NothingCharged,
    /// Invoicebox returns it.
    Coming(Kopecks),
    /// It has to go back and does not move: an operator knows.
    Delayed {
        sum: Kopecks,
        order_number: u32,
    },
    /// Reserved and never taken.
    Released(Kopecks),
    /// An operator has to return it.
    Owed {
        sum: Kopecks,
        order_number: u32,
    },
}

impl<'a> OrderNotice<'a> {
    /// The notice of an order; `None` where there is nothing to say.
    #[must_use]
    pub fn from_order(order: &'a Order) -> Option<Self> {
        let happened = Happened::from_order(order)?;
        let money = match happened {
            // Their own sentences say it.
            Happened::ProviderRefused
            | Happened::LinkRefused
            | Happened::StartFailed(_)
            | Happened::FuelUncertain
            | Happened::PaymentUncertain => Vec::new(),
            _ => MoneyNotice::from_order(order),
        };
        Some(Self { happened, money })
    }
}

impl<'a> Happened<'a> {
    fn from_order(order: &'a Order) -> Option<Self> {
        let lapsed = order.cancellation.is_some_and(|cancellation| cancellation.by == Canceller::Clock);
        let held = order.hold.and_then(|hold| Self::from_hold(hold.cause));
        match order.status {
            Status::Fuelling if order.settlement.is_reversed() => Some(Self::PaymentReversedInFuelling),
            Status::Fuelling if order.interruption_reason().is_some() => {
                order.interruption_reason().map(|reason| Self::FuellingInterrupted { reason })
            }
            _ if held.is_some() => held,
            Status::Completed => Self::from_completed(order),
            Status::Paid => order.start_reason.as_ref().map(Self::StartFailed),
            Status::Authorising | Status::Ready if lapsed => Some(Self::WithdrawingRelease),
            Status::Authorising | Status::Ready if order.cancellation.is_some() => Some(Self::Cancelling),
            _ => Self::from_ended(order),
        }
    }

    fn from_hold(cause: Discrepancy) -> Option<Self> {
        match cause {
            // It is being withdrawn: the order itself says more.
            Discrepancy::ReleaseNotWithdrawn => None,
            Discrepancy::RefundedElsewhere | Discrepancy::SumDiffers => Some(Self::PaymentUncertain),
            _ => Some(Self::FuelUncertain),
        }
    }

    /// A completed order has a notice only when money is returned.
    fn from_completed(order: &Order) -> Option<Self> {
        order.refund().filter(|refund| *refund > Kopecks::ZERO)?;
        let by_operator = |cause: &Cause| matches!(cause, Cause::Operator { .. });
        Some(if order.settlement.is_reversed() {
            Self::PaymentReversedAfterFuelling
        } else if order.settlement.returns.iter().any(|back| by_operator(&back.cause)) {
            Self::RefundedByOperator
        } else if order.discrepancy(Discrepancy::SettledAtLastReading).is_some() {
            Self::SettledAtLastReading
        } else if order.dispensed == Some(Centi::ZERO) {
            Self::NothingDispensed
        } else {
            Self::LessDispensed
        })
    }

    fn from_ended(order: &'a Order) -> Option<Self> {
        Some(match order.reason.as_ref()? {
            Reason::CanceledByCustomer => Self::CanceledByCustomer,
            Reason::CanceledByOperator => Self::CanceledByOperator,
            Reason::PaymentCanceled if order.settlement.payment.is_some() => Self::PaymentReversed,
            Reason::PaymentCanceled => Self::PaymentCanceled,
            Reason::PaymentTimeOver => Self::PaymentTimeOver,
            Reason::ProviderRefused => Self::ProviderRefused,
            Reason::LinkRefused => Self::LinkRefused,
            Reason::SoldOut => Self::SoldOut,
            Reason::StationRefused(reason) => Self::StationRefused { reason },
            Reason::StationSilent => Self::StationSilent,
            Reason::NotBegun => Self::NotBegun,
            Reason::TriesUsedUp(reason) => Self::TriesUsedUp { reason },
            Reason::PaidOtherSum => Self::PaidOtherSum,
            Reason::PaidTooLate => Self::PaidTooLate,
        })
    }
}

impl MoneyNotice {
    fn from_order(order: &Order) -> Vec<Self> {
        let settlement = &order.settlement;
        let nothing_charged = settlement.payment.is_none() && order.status.is_final();
        let owed = settlement.refused_total();
        let released = settlement.returns.iter().filter(|back| back.by == Some(ReturnedBy::Release));
        let released = released.map(|back| back.amount).sum::<Kopecks>();
        let waits = |number: &str| order.is_reserve_unshipped() && order.waits_for_shipment(number);
        let delayed = settlement
            .pending_returns()
            .filter(|back| order.is_delay_reported(&back.number) || waits(&back.number));
        let delayed = delayed.map(|back| back.amount).sum::<Kopecks>();
        let coming = if order.status.is_final() && !settlement.is_reversed() {
            settlement.returned().minus_at_least_zero(settlement.refused_returns() + released + delayed)
        } else {
            Kopecks::ZERO
        };
        let some = |sum: Kopecks, notice| (sum > Kopecks::ZERO).then_some(notice);
        [
            nothing_charged.then_some(Self::NothingCharged),
            some(coming, Self::Coming(coming)),
            some(delayed, Self::Delayed { sum: delayed, order_number: order.number }),
            some(released, Self::Released(released)),
            some(owed, Self::Owed { sum: owed, order_number: order.number }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

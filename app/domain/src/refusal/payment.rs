use super::Code;
use crate::{money::Kopecks, quantity::Centi, unit::Unit};

/// Why money does not move, or a paid order does not end, as asked.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentRefusal {
    /// There is nothing to pay: paid, cancelled, or too late.
    NotAwaitingPayment,
    NotCancelable,
    /// The operator closes an order that is not paid, or has ended otherwise.
    NotCompletable,
    /// More was reported as dispensed than was paid.
    VolumeNotPaid {
        paid: Centi,
        unit: Unit,
    },
    /// Nothing of this order can be refunded.
    NotRefundable,
    /// The money waits for a decision about fuel or goods: all of it goes back, or nothing yet.
    Undecided,
    /// The station has not confirmed that the pump of the order is closed.
    PumpStillReleased,
    /// The money is reserved and its shipment was refused: all of it goes back, or nothing yet.
    ReserveUnshipped,
    RefundTooLarge {
        left: Kopecks,
    },
    /// More of a line than is left; `index` counts the items of the request from 0.
    ItemTooLarge {
        index: usize,
        field: &'static str,
        left: Kopecks,
    },
    /// More of a line was handed over than was ordered; `index` counts the items of the request from 0.
    HandedTooMuch {
        index: usize,
        ordered: Centi,
        unit: Unit,
    },
    /// Of an order with several lines a part of the sum needs them named.
    LinesRequired,
    ProviderRefused,
    /// The address of the payment leads elsewhere than to Invoicebox.
    LinkRefused,
    ProviderTimeout,
    ProviderDown,
}

impl PaymentRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotAwaitingPayment
            | Self::NotCompletable
            | Self::VolumeNotPaid { .. }
            | Self::NotRefundable
            | Self::Undecided
            | Self::PumpStillReleased
            | Self::ReserveUnshipped
            | Self::RefundTooLarge { .. }
            | Self::ItemTooLarge { .. }
            | Self::HandedTooMuch { .. } => Code::Conflict,
            Self::LinesRequired => Code::BadRequest,
            Self::NotCancelable => Code::OrderNotCancelable,
            Self::ProviderRefused | Self::LinkRefused | Self::ProviderDown => Code::PaymentProviderError,
            Self::ProviderTimeout => Code::PaymentProviderTimeout,
        }
    }

    /// Path of the field that the operator has to mend, as in the request.
    #[must_use]
    pub fn field(&self) -> Option<String> {
        match self {
            Self::VolumeNotPaid { .. } => Some("dispensed_centi".to_owned()),
            Self::RefundTooLarge { .. } => Some("amount_kopecks".to_owned()),
            Self::LinesRequired => Some("items".to_owned()),
            Self::ItemTooLarge { index, field, .. } => Some(format!("items[{index}].{field}")),
            Self::HandedTooMuch { index, .. } => Some(format!("items[{index}].quantity_centi")),
            _ => None,
        }
    }
}

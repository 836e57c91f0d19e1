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
    RefundTooLarge {
        left: Kopecks,
    },
    /// Of an order with several lines a part of the sum needs them named.
    LinesRequired,
    ProviderRefused,
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
            | Self::RefundTooLarge { .. } => Code::Conflict,
            Self::LinesRequired => Code::BadRequest,
            Self::NotCancelable => Code::OrderNotCancelable,
            Self::ProviderRefused | Self::ProviderDown => Code::PaymentProviderError,
            Self::ProviderTimeout => Code::PaymentProviderTimeout,
        }
    }
}

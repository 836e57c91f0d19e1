//! Forms of prices in the lines of an order, a shipment or a refund.

/// Decimals of the unit price without tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitPriceScale {
    /// As in all recorded traffic. Over many litres the rounded price drifts from the total by some kopecks.
    #[default]
    Two,
    /// Agrees with the total within a kopeck. To be used once, under the same number, after
    /// [`CallError::is_unit_price_refused`](super::CallError::is_unit_price_refused).
    Six,
}

impl UnitPriceScale {
    /// The number of decimals.
    #[must_use]
    pub fn decimals(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Six => 6,
        }
    }
}

/// Order of payment and delivery, for the receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaymentType {
    /// Paid before the pump is released.
    #[default]
    FullPrepayment,
    /// Paid at the till, together with the goods or after them.
    FullPayment,
}

impl PaymentType {
    /// The value of `paymentType`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FullPrepayment => "full_prepayment",
            Self::FullPayment => "full_payment",
        }
    }
}

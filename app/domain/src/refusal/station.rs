/// A definite no of a station to a paid order, for which it has no words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationObjection {
    /// The grade has been sold out since the order was placed.
    FuelSoldOut,
    /// The pump is taken or switched off.
    PumpUnavailable,
    /// No automation can take the release back: the cashier decides.
    LeftToCashier,
}

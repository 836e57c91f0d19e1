/// A definite no of a station to a paid order, for which it gives no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationObjection {
    /// The grade has been sold out since the order was placed.
    FuelSoldOut,
    /// The pump is taken or switched off.
    PumpUnavailable,
    /// No automation can withdraw the release: the cashier decides.
    LeftToCashier,
}

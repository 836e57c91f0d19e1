/// A definite no of a station to a paid order, for which it gives no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationObjection {
    /// No automation can withdraw the release: the cashier decides.
    LeftToCashier,
}

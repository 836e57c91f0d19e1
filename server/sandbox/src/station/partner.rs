//! Whoever sells for the station: pushes orders, and is called about them.

/// Who pushes orders, and where the calls about them go.
#[derive(Clone, Debug)]
pub struct Partner {
    pub api_key: String,
    /// Base address: `/api/order/…` is below it.
    pub callback_url: String,
    pub callback_key: String,
}

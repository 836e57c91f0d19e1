//! The partner that sells for the station: pushes orders, and is called about them.

/// A partner that pushes orders, with the address of the calls about them.
#[derive(Clone, Debug)]
pub struct Partner {
    pub api_key: String,
    /// Base address: `/api/order/…` is below it.
    pub callback_url: String,
    pub callback_key: String,
}

use serde::{Deserialize, Serialize};

/// Stable codes of the error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Code {
    BadRequest,
    NotFound,
    Unauthorized,
    Forbidden,
    Conflict,
    PriceChanged,
    PumpUnavailable,
    FuelUnavailable,
    LimitExceeded,
    StationClosed,
    OrderNotCancelable,
    OrderNotStartable,
    RateLimited,
    Busy,
    PaymentProviderError,
    PaymentProviderTimeout,
    #[serde(rename = "forecourt_error")]
    StationUnavailable,
    Internal,
}

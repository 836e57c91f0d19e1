//! Expected refusals: what a customer or a cashier may be told, as data. The sentence is in [`crate::sentence`],
//! the HTTP status belongs to the server.

use serde::{Deserialize, Serialize};

use crate::{fuel::FuelId, id::PumpNumber, money::Kopecks, quantity::Centi, unit::Unit, view::QuoteView};

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
    RateLimited,
    PaymentProviderError,
    PaymentProviderTimeout,
    ForecourtError,
    Internal,
}

/// Why not.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    StationUnknown,
    OrderUnknown,
    StationClosed {
        reason: Option<String>,
    },
    /// Shown on the map, but nothing can be bought here from the app.
    NotPayable,
    /// The station's automation has not been heard of for minutes: nobody knows whether its pumps would start.
    StationSilent,
    EmptyBasket,
    PumpRequired,
    PumpUnknown {
        pump: PumpNumber,
    },
    PumpBusy {
        pump: PumpNumber,
    },
    PumpLacksFuel {
        pump: PumpNumber,
        fuel: FuelId,
    },
    FuelUnknown {
        fuel: FuelId,
    },
    FuelSoldOut {
        fuel: FuelId,
    },
    FullTankNotOffered,
    VolumeMissing,
    VolumeTooSmall {
        min: Centi,
        unit: Unit,
    },
    VolumeTooLarge {
        max: Centi,
        unit: Unit,
    },
    ProductUnknown {
        sku: String,
    },
    CountOutOfRange {
        sku: String,
    },
    TooManyLines,
    /// A field that is malformed; `field` is its path in the request.
    Field {
        field: &'static str,
        problem: FieldProblem,
    },
    /// A line of a till's order that is malformed; `index` counts from 0.
    Line {
        index: usize,
        field: &'static str,
        problem: FieldProblem,
    },
    /// The request as a whole is malformed; `problem` is English prose for developers.
    Malformed {
        problem: String,
    },
    /// The total that was expected is not ours any more.
    PriceChanged {
        was: Kopecks,
        quote: Box<QuoteView>,
    },
    /// The idempotency key belongs to another draft.
    KeyReused,
    /// The back office has given its number to another order.
    ExternalIdTaken,
    /// There is nothing to pay: paid, called off, or too late.
    NotAwaitingPayment,
    NotCancelable,
    /// A station wants to begin with an order that is not paid, has ended, or is being called off.
    NotServable,
    /// The operator closes an order that is not paid, or has ended otherwise.
    NotCompletable,
    /// More than was paid is said to have been dispensed.
    VolumeNotPaid {
        paid: Centi,
        unit: Unit,
    },
    /// Nothing of this order can be refunded.
    NotRefundable,
    RefundTooLarge {
        left: Kopecks,
    },
    RateLimited {
        retry_after_s: u64,
    },
    ProviderRefused,
    ProviderTimeout,
    ProviderDown,
    ForecourtSilent,
    ForecourtRefused {
        reason: String,
    },
    /// SIGTERM was received: nothing new is begun.
    Draining,
    Unauthorized,
    /// Another site's page wrote in the name of a signed-in cashier.
    ForeignOrigin,
    /// Our trouble; the cause is in the log under the request id.
    Internal,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    Missing,
    TooLong,
    BadInn,
    BadKpp,
    KppWithPerson,
    KppWithoutInn,
    BadPhone,
    BadEmail,
    BadPlate,
    OutOfRange,
    ContainerMissing,
    NotPositive,
    /// Volume, price and sum were told, and they are not one sale.
    SumDiffers,
    /// A measure that is not among those of [`crate::unit::Unit`].
    UnknownMeasure,
    UnknownVat,
    /// A tax that the seller is not under.
    VatNotUsed,
    BadExternalId,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::StationUnknown | Self::OrderUnknown => Code::NotFound,
            Self::StationClosed { .. } | Self::NotPayable => Code::StationClosed,
            Self::EmptyBasket
            | Self::PumpRequired
            | Self::FullTankNotOffered
            | Self::VolumeMissing
            | Self::ProductUnknown { .. }
            | Self::Field { .. }
            | Self::Line { .. }
            | Self::Malformed { .. } => Code::BadRequest,
            Self::PumpUnknown { .. } | Self::PumpBusy { .. } | Self::PumpLacksFuel { .. } => {
                Code::PumpUnavailable
            }
            Self::FuelUnknown { .. } | Self::FuelSoldOut { .. } => Code::FuelUnavailable,
            Self::VolumeTooSmall { .. }
            | Self::VolumeTooLarge { .. }
            | Self::CountOutOfRange { .. }
            | Self::TooManyLines => Code::LimitExceeded,
            Self::PriceChanged { .. } => Code::PriceChanged,
            Self::KeyReused | Self::ExternalIdTaken | Self::NotAwaitingPayment => Code::Conflict,
            Self::NotCancelable => Code::OrderNotCancelable,
            Self::NotServable
            | Self::NotCompletable
            | Self::VolumeNotPaid { .. }
            | Self::NotRefundable
            | Self::RefundTooLarge { .. } => Code::Conflict,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::ProviderRefused | Self::ProviderDown => Code::PaymentProviderError,
            Self::ProviderTimeout => Code::PaymentProviderTimeout,
            Self::StationSilent | Self::ForecourtSilent | Self::ForecourtRefused { .. } => {
                Code::ForecourtError
            }
            Self::Unauthorized => Code::Unauthorized,
            Self::ForeignOrigin => Code::Forbidden,
            Self::Draining | Self::Internal => Code::Internal,
        }
    }

    /// Path of the field that the customer has to mend, as in the request.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::PumpRequired
            | Self::PumpUnknown { .. }
            | Self::PumpBusy { .. }
            | Self::PumpLacksFuel { .. } => Some("draft.pump"),
            Self::FuelUnknown { .. } | Self::FuelSoldOut { .. } => Some("draft.fuel.id"),
            Self::FullTankNotOffered => Some("draft.fuel.by"),
            Self::VolumeMissing | Self::VolumeTooSmall { .. } | Self::VolumeTooLarge { .. } => {
                Some("draft.fuel.volume_centi")
            }
            Self::ProductUnknown { .. } | Self::CountOutOfRange { .. } | Self::TooManyLines => {
                Some("draft.items")
            }
            Self::Field { field, .. } => Some(field),
            _ => None,
        }
    }
}

use super::Code;
use crate::{fuel::FuelId, id::PumpNumber, money::Kopecks, quantity::Centi, quote::Quote, unit::Unit};

/// Why a draft cannot be ordered, or an order is not served: what the station sells, at which pump, how much, at what
/// price, under which key.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderRefusal {
    StationUnknown,
    OrderUnknown,
    StationClosed {
        reason: Option<String>,
    },
    /// Shown on the map, but nothing can be bought here from the app.
    NotPayable,
    /// The station's automation has given no sign of life for minutes: nobody knows whether its pumps would start.
    StationSilent,
    EmptyDraft,
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
    /// The total that was expected is not ours any more.
    PriceChanged {
        was: Kopecks,
        quote: Box<Quote>,
    },
    /// The idempotency key belongs to another draft.
    KeyReused,
    /// The idempotency key belongs to another action on this order, or to other content.
    RequestKeyReused,
    /// The back office has given its number to another order.
    ExternalIdTaken,
    DiscrepancyUnknown,
    /// The discrepancy is not open any more.
    DiscrepancyClosed,
    /// It has no shipment that could be sent.
    NoShipment,
    /// The money of the order waits because of the discrepancy: it ends with the decision about the money.
    DiscrepancyHoldsMoney,
    /// Nothing of this id waits to be done, or not any more.
    EffectUnknown,
    /// No pump can be started for the order now.
    NotStartable,
    /// A station wants to begin with an order that is not paid, has ended, or is being cancelled.
    NotServable,
    StationUnanswered,
    /// The station did not answer when a pump was to be started.
    StartUnanswered,
}

impl OrderRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::StationUnknown | Self::OrderUnknown => Code::NotFound,
            Self::DiscrepancyUnknown | Self::EffectUnknown => Code::NotFound,
            Self::DiscrepancyClosed | Self::DiscrepancyHoldsMoney | Self::NoShipment => Code::Conflict,
            Self::StationClosed { .. } | Self::NotPayable => Code::StationClosed,
            Self::EmptyDraft
            | Self::PumpRequired
            | Self::FullTankNotOffered
            | Self::VolumeMissing
            | Self::ProductUnknown { .. } => Code::BadRequest,
            Self::PumpUnknown { .. } | Self::PumpBusy { .. } | Self::PumpLacksFuel { .. } => {
                Code::PumpUnavailable
            }
            Self::FuelUnknown { .. } | Self::FuelSoldOut { .. } => Code::FuelUnavailable,
            Self::VolumeTooSmall { .. }
            | Self::VolumeTooLarge { .. }
            | Self::CountOutOfRange { .. }
            | Self::TooManyLines => Code::LimitExceeded,
            Self::PriceChanged { .. } => Code::PriceChanged,
            Self::KeyReused | Self::RequestKeyReused | Self::ExternalIdTaken | Self::NotServable => {
                Code::Conflict
            }
            Self::NotStartable => Code::OrderNotStartable,
            Self::StationSilent | Self::StationUnanswered | Self::StartUnanswered => Code::StationUnavailable,
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
            Self::RequestKeyReused => Some("idempotency_key"),
            Self::VolumeMissing | Self::VolumeTooSmall { .. } | Self::VolumeTooLarge { .. } => {
                Some("draft.fuel.volume_centi")
            }
            Self::ProductUnknown { .. } | Self::CountOutOfRange { .. } | Self::TooManyLines => {
                Some("draft.items")
            }
            _ => None,
        }
    }
}

//! Reasons to refuse a patch, and notes on a patch that is applied.

use std::fmt;

use domain::{
    fuel::FuelId,
    id::{PumpNumber, Sku},
    money::Kopecks,
};

/// Longest text of a field, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 300;

/// A patch that is refused, with the field at fault. `Display` is `field: problem`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct PatchError {
    /// As the columns of a file and the fields of the back office name it.
    pub field: &'static str,
    pub problem: PatchProblem,
}

/// Problems of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchProblem {
    #[error("missing")]
    Missing,
    #[error("0, 0 is in the Atlantic: the coordinates are missing")]
    PlaceNotFilledIn,
    #[error("not on the globe: −90…90 and −180…180 degrees are")]
    PlaceNotOnGlobe,
    #[error("longer than {MAX_TEXT_CHARS} characters")]
    TooLong,
    #[error("«{0}» is not a time zone such as Europe/Moscow")]
    UnknownTimeZone(String),
    #[error("{}: price_kopecks {} is not from 1 to 100000000", fuel.id(), price.get())]
    FuelPriceOutOfRange { fuel: FuelId, price: Kopecks },
    #[error("{}: price_kopecks {} is not from 1 to 100000000", sku.0, price.get())]
    GoodsPriceOutOfRange { sku: Sku, price: Kopecks },
    #[error("{}: max_centi must be above 0", fuel.id())]
    CapNotPositive { fuel: FuelId },
    #[error("names {}, which is not among the fuels", .0.id())]
    NotAmongFuels(FuelId),
    #[error("{} is not sold here", .0.id())]
    FuelNotSold(FuelId),
    #[error("{} is not sold here", .0.0)]
    GoodsNotSold(Sku),
    #[error("pumps are numbered from 1")]
    PumpZero,
    #[error("pump {0} has no fuels")]
    PumpWithoutFuels(PumpNumber),
    #[error("a pump number is listed twice")]
    PumpTwice,
    #[error("too many pumps")]
    TooManyPumps,
    #[error("a sku has 1 to 64 characters, all of which are seen")]
    SkuLength,
    #[error("the name of {} must have 1 to 128 characters", .0.0)]
    GoodsNameLength(Sku),
    #[error("the sku {} is listed twice", .0.0)]
    SkuTwice(Sku),
    #[error("too many products")]
    TooManyProducts,
}

impl PatchProblem {
    pub(super) fn of(self, field: &'static str) -> PatchError {
        PatchError { field, problem: self }
    }
}

/// Something in a patch that was repaired or not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchNote {
    CoordinatesSwapped,
    HoursRepaired {
        from: String,
        to: String,
    },
    /// With the reason.
    HoursUnreadable(String),
    UnknownServices(Vec<String>),
}

impl PatchNote {
    /// The field that it is about, named as in [`PatchError::field`].
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::CoordinatesSwapped => "lat",
            Self::HoursRepaired { .. } | Self::HoursUnreadable(_) => "opening_hours",
            Self::UnknownServices(_) => "services",
        }
    }
}

impl fmt::Display for PatchNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CoordinatesSwapped => f.write_str("latitude and longitude were swapped; put right"),
            Self::HoursRepaired { from, to } => write!(
                f,
                "in «{from}» the second times would cancel the first; read as «{to}», the station's breaks being between"
            ),
            Self::HoursUnreadable(reason) => write!(f, "{reason}; the station counts as open"),
            Self::UnknownServices(names) => write!(f, "unknown services left out: {}", names.join(", ")),
        }
    }
}

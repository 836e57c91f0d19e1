//! Units of measure, by ОКЕИ, the classifier that Invoicebox's `measureCode` follows.

use serde::{Deserialize, Serialize};

use crate::locale::Locale;

/// What a quantity counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Litre,
    CubicMetre,
    Kilogram,
    Piece,
    Hour,
}

impl Unit {
    /// ОКЕИ code, as text because leading zeros count.
    #[must_use]
    pub fn okei(self) -> &'static str {
        match self {
            Self::Litre => "112",
            Self::CubicMetre => "113",
            Self::Kilogram => "166",
            Self::Piece => "796",
            Self::Hour => "356",
        }
    }

    /// The sign that belongs to the code in ОКЕИ; must agree with [`Unit::okei`] where both are sent.
    #[must_use]
    pub fn okei_sign(self) -> &'static str {
        match self {
            Self::Litre => "л",
            Self::CubicMetre => "м3",
            Self::Kilogram => "кг",
            Self::Piece => "шт",
            Self::Hour => "ч",
        }
    }

    /// The sign on screen.
    #[must_use]
    pub fn sign(self, locale: Locale) -> &'static str {
        match self {
            Self::Litre => locale.pick("л", "l"),
            Self::CubicMetre => locale.pick("м³", "m³"),
            Self::Kilogram => locale.pick("кг", "kg"),
            Self::Piece => locale.pick("шт", "pcs"),
            Self::Hour => locale.pick("ч", "h"),
        }
    }
}

//! Units of measure, by ОКЕИ, the classifier that Invoicebox's `measureCode` follows.

use serde::{Deserialize, Serialize};

use crate::locale::Locale;

/// Unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Unit {
    Litre,
    CubicMetre,
    Kilogram,
    Piece,
    Hour,
    Gram,
    Tonne,
    Pack,
    Set,
}

impl Unit {
    /// Every unit that a station sells by.
    pub const ALL: [Self; 9] = [
        Self::Litre,
        Self::CubicMetre,
        Self::Kilogram,
        Self::Piece,
        Self::Hour,
        Self::Gram,
        Self::Tonne,
        Self::Pack,
        Self::Set,
    ];

    /// Reads an ОКЕИ code, exactly as written in [`Unit::okei`].
    #[must_use]
    pub fn from_okei(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.okei() == code)
    }

    /// ОКЕИ code, as text because leading zeros count.
    #[must_use]
    pub fn okei(self) -> &'static str {
        match self {
            Self::Litre => "112",
            Self::CubicMetre => "113",
            Self::Kilogram => "166",
            Self::Piece => "796",
            Self::Hour => "356",
            Self::Gram => "163",
            Self::Tonne => "168",
            Self::Pack => "778",
            Self::Set => "839",
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
            Self::Gram => "г",
            Self::Tonne => "т",
            Self::Pack => "упак",
            Self::Set => "компл",
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
            Self::Gram => locale.pick("г", "g"),
            Self::Tonne => locale.pick("т", "t"),
            Self::Pack => locale.pick("упак", "packs"),
            Self::Set => locale.pick("компл", "sets"),
        }
    }
}

//! Grades of fuel: ids, names, units.

use serde::{Deserialize, Serialize};

use crate::{locale::Locale, unit::Unit};

/// A fuel grade. The ids are those of the tanker contract between ordering services and stations, plus two of our
/// own that it lacks: winter diesel and AdBlue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FuelId {
    A80,
    A92,
    A92Premium,
    A95,
    A95Premium,
    A98,
    A98Premium,
    A100,
    A100Premium,
    Diesel,
    DieselPremium,
    DieselWinter,
    Propane,
    Metan,
    Adblue,
}

impl FuelId {
    /// Every grade, in the order in which people read them.
    pub const ALL: [Self; 15] = [
        Self::A80,
        Self::A92,
        Self::A92Premium,
        Self::A95,
        Self::A95Premium,
        Self::A98,
        Self::A98Premium,
        Self::A100,
        Self::A100Premium,
        Self::Diesel,
        Self::DieselPremium,
        Self::DieselWinter,
        Self::Propane,
        Self::Metan,
        Self::Adblue,
    ];

    /// The stable id in JSON, files and addresses.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::A80 => "a80",
            Self::A92 => "a92",
            Self::A92Premium => "a92_premium",
            Self::A95 => "a95",
            Self::A95Premium => "a95_premium",
            Self::A98 => "a98",
            Self::A98Premium => "a98_premium",
            Self::A100 => "a100",
            Self::A100Premium => "a100_premium",
            Self::Diesel => "diesel",
            Self::DieselPremium => "diesel_premium",
            Self::DieselWinter => "diesel_winter",
            Self::Propane => "propane",
            Self::Metan => "metan",
            Self::Adblue => "adblue",
        }
    }

    /// Reads an id; exact.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fuel| fuel.id() == id)
    }

    /// The name on buttons and pumps.
    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        match self {
            Self::A80 => locale.pick("АИ-80", "AI-80"),
            Self::A92 => locale.pick("АИ-92", "AI-92"),
            Self::A92Premium => locale.pick("АИ-92 премиум", "AI-92 premium"),
            Self::A95 => locale.pick("АИ-95", "AI-95"),
            Self::A95Premium => locale.pick("АИ-95 премиум", "AI-95 premium"),
            Self::A98 => locale.pick("АИ-98", "AI-98"),
            Self::A98Premium => locale.pick("АИ-98 премиум", "AI-98 premium"),
            Self::A100 => locale.pick("АИ-100", "AI-100"),
            Self::A100Premium => locale.pick("АИ-100 премиум", "AI-100 premium"),
            Self::Diesel => locale.pick("ДТ", "Diesel"),
            Self::DieselPremium => locale.pick("ДТ премиум", "Diesel premium"),
            Self::DieselWinter => locale.pick("ДТ зимнее", "Winter diesel"),
            Self::Propane => locale.pick("Газ (пропан)", "LPG"),
            Self::Metan => locale.pick("Метан", "CNG"),
            Self::Adblue => "AdBlue",
        }
    }

    /// The full name of the goods, as closing documents want it.
    #[must_use]
    pub fn goods_name(self) -> &'static str {
        match self {
            Self::A80 => "Бензин автомобильный АИ-80",
            Self::A92 => "Бензин автомобильный АИ-92-К5",
            Self::A92Premium => "Бензин автомобильный АИ-92-К5 премиум",
            Self::A95 => "Бензин автомобильный АИ-95-К5",
            Self::A95Premium => "Бензин автомобильный АИ-95-К5 премиум",
            Self::A98 => "Бензин автомобильный АИ-98-К5",
            Self::A98Premium => "Бензин автомобильный АИ-98-К5 премиум",
            Self::A100 => "Бензин автомобильный АИ-100-К5",
            Self::A100Premium => "Бензин автомобильный АИ-100-К5 премиум",
            Self::Diesel => "Топливо дизельное ДТ-Е-К5",
            Self::DieselPremium => "Топливо дизельное ДТ-Е-К5 премиум",
            Self::DieselWinter => "Топливо дизельное ДТ-З-К5",
            Self::Propane => "Газ углеводородный сжиженный (пропан-бутан)",
            Self::Metan => "Газ природный компримированный (метан)",
            Self::Adblue => "Реагент AdBlue",
        }
    }

    /// The unit it is usually sold by; a product of a station may say otherwise.
    #[must_use]
    pub fn unit(self) -> Unit {
        if self == Self::Metan { Unit::CubicMetre } else { Unit::Litre }
    }

    /// Motor petrol and diesel carry excise: their kind of goods on a receipt is another one.
    #[must_use]
    pub fn is_excisable(self) -> bool {
        !matches!(self, Self::Propane | Self::Metan | Self::Adblue)
    }
}

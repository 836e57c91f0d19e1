//! НДС (VAT): rates, and how much of a price is tax.

use serde::{Deserialize, Serialize};

use crate::money::{Kopecks, half_up};

/// Tax of a product, by the codes of Invoicebox. Retail prices include the tax, so the codes without `_ADDED` are
/// the ones to use; the arithmetic is the same for both, since a line total always includes the tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Vat {
    /// 22 %, the general rate since 2026-01-01.
    #[default]
    #[serde(rename = "RUS_VAT22")]
    Rus22,
    #[serde(rename = "RUS_VAT22_ADDED")]
    Rus22Added,
    /// 20 %: deliveries before 2026 and returns of them.
    #[serde(rename = "RUS_VAT20")]
    Rus20,
    #[serde(rename = "RUS_VAT20_ADDED")]
    Rus20Added,
    /// 10 %: food of the reduced list, children's goods.
    #[serde(rename = "RUS_VAT10")]
    Rus10,
    #[serde(rename = "RUS_VAT10_ADDED")]
    Rus10Added,
    /// 7 % and 5 %: sellers on the simplified system.
    #[serde(rename = "RUS_VAT7")]
    Rus7,
    #[serde(rename = "RUS_VAT7_ADDED")]
    Rus7Added,
    #[serde(rename = "RUS_VAT5")]
    Rus5,
    #[serde(rename = "RUS_VAT5_ADDED")]
    Rus5Added,
    #[serde(rename = "RUS_VAT0")]
    Rus0,
    /// Not taxed.
    #[serde(rename = "VATNONE")]
    None,
}

impl Vat {
    /// Every code, in the order of the rates.
    pub const ALL: [Self; 12] = [
        Self::Rus22,
        Self::Rus22Added,
        Self::Rus20,
        Self::Rus20Added,
        Self::Rus10,
        Self::Rus10Added,
        Self::Rus7,
        Self::Rus7Added,
        Self::Rus5,
        Self::Rus5Added,
        Self::Rus0,
        Self::None,
    ];

    /// The code in Invoicebox's `vatCode`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Rus22 => "RUS_VAT22",
            Self::Rus22Added => "RUS_VAT22_ADDED",
            Self::Rus20 => "RUS_VAT20",
            Self::Rus20Added => "RUS_VAT20_ADDED",
            Self::Rus10 => "RUS_VAT10",
            Self::Rus10Added => "RUS_VAT10_ADDED",
            Self::Rus7 => "RUS_VAT7",
            Self::Rus7Added => "RUS_VAT7_ADDED",
            Self::Rus5 => "RUS_VAT5",
            Self::Rus5Added => "RUS_VAT5_ADDED",
            Self::Rus0 => "RUS_VAT0",
            Self::None => "VATNONE",
        }
    }

    /// Reads a code, exactly as written in [`Vat::code`].
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vat| vat.code() == code)
    }

    /// Whether a seller whose catalogue uses these codes may put this one on a sale of today. A seller is under one system:
    /// the general one (22 %, 10 %) or the simplified one with 7 % or with 5 %; goods may be free of tax under each. Retail
    /// prices include the tax, so nothing is `_ADDED`, and 20 % ended with 2025. An empty catalogue means the general
    /// system.
    #[must_use]
    pub fn is_allowed_beside(self, used: impl IntoIterator<Item = Self>) -> bool {
        let system = |vat: Self| match vat {
            Self::Rus22 | Self::Rus22Added | Self::Rus20 | Self::Rus20Added => Some(22),
            Self::Rus10 | Self::Rus10Added => Some(22),
            Self::Rus7 | Self::Rus7Added => Some(7),
            Self::Rus5 | Self::Rus5Added => Some(5),
            Self::Rus0 | Self::None => None,
        };
        match self {
            Self::Rus0 | Self::None => true,
            Self::Rus22 | Self::Rus10 | Self::Rus7 | Self::Rus5 => {
                let mut used = used.into_iter().peekable();
                match used.peek() {
                    None => system(self) == Some(22),
                    Some(_) => used.any(|vat| system(vat) == system(self)),
                }
            }
            _ => false,
        }
    }

    /// Percent.
    #[must_use]
    pub fn rate(self) -> u8 {
        match self {
            Self::Rus22 | Self::Rus22Added => 22,
            Self::Rus20 | Self::Rus20Added => 20,
            Self::Rus10 | Self::Rus10Added => 10,
            Self::Rus7 | Self::Rus7Added => 7,
            Self::Rus5 | Self::Rus5Added => 5,
            Self::Rus0 | Self::None => 0,
        }
    }

    /// The tax inside a line total: `total × r / (100 + r)`, half up, from the rounded total. `None` on overflow.
    #[must_use]
    pub fn included_in(self, total: Kopecks) -> Option<Kopecks> {
        let rate = i64::from(self.rate());
        half_up(total.get().checked_mul(rate)?, 100 + rate).map(Kopecks::new)
    }

    /// The price of one unit without tax, `price × 100 / (100 + r)`, as a whole number of `10^-scale` roubles
    /// (`scale` from 2 to 6), half up. Two decimals are what all recorded traffic has; six make every control sum
    /// agree. `None` on overflow or another scale.
    #[must_use]
    pub fn unit_price_without(self, price: Kopecks, scale: u8) -> Option<i64> {
        let fineness = 10_i64.checked_pow(u32::from(scale.checked_sub(2).filter(|extra| *extra <= 4)?))?;
        let rate = i64::from(self.rate());
        half_up(price.get().checked_mul(100)?.checked_mul(fineness)?, 100 + rate)
    }
}

//! Quantities: whole hundredths of the product's unit, as the meter of a pump shows them.

use serde::{Deserialize, Serialize};

use crate::money::{Kopecks, half_up};

/// Hundredths of a unit: 37.41 l is `3741`, one piece is `100`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Centi(i64);

impl Centi {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn new(centi: i64) -> Self {
        Self(centi)
    }

    /// Whole units: pieces, litres.
    #[must_use]
    pub fn units(count: u32) -> Self {
        Self(i64::from(count) * 100)
    }

    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The price of this quantity: half up to the kopeck. `None` on overflow.
    #[must_use]
    pub fn cost(self, unit_price: Kopecks) -> Option<Kopecks> {
        half_up(self.0.checked_mul(unit_price.get())?, 100).map(Kopecks::new)
    }

    /// The largest quantity, in steps of 0.01, that costs no more than `sum`: what [`Centi::cost`] made of a quantity
    /// buys that quantity back. `None` for a price of zero or less, a negative sum, or overflow.
    #[must_use]
    pub fn affordable(sum: Kopecks, unit_price: Kopecks) -> Option<Self> {
        if unit_price.get() <= 0 || sum.get() < 0 {
            return None;
        }
        // The cost is rounded half up: all that stays below half a kopeck over the sum still costs the sum.
        Some(Self(sum.get().checked_mul(100)?.checked_add(49)? / unit_price.get()))
    }

    /// The exact decimal, without needless zeros after the point: `37.41`, `40`, `2.5`.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let (whole, rest) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let sign = if self.0 < 0 { "-" } else { "" };
        match (rest, rest % 10) {
            (0, _) => format!("{sign}{whole}"),
            (_, 0) => format!("{sign}{whole}.{}", rest / 10),
            _ => format!("{sign}{whole}.{rest:02}"),
        }
    }
}

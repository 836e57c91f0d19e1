//! Money: whole kopecks, checked, never a binary fraction.

use std::{iter::Sum, ops::Add};

use serde::{Deserialize, Serialize};

/// A sum in kopecks. Arithmetic that could overflow is offered as `checked_…` only; `+` saturates, which no order
/// inside the limits of [`crate::pricing`] can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kopecks(i64);

impl Kopecks {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn new(kopecks: i64) -> Self {
        Self(kopecks)
    }

    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// `self − other`, never below zero: what is left to give back.
    #[must_use]
    pub fn minus_at_least_zero(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// Roubles as an exact decimal, for JSON and documents: `2333.26`, `-0.05`.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl Add for Kopecks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Kopecks {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::ZERO, Add::add)
    }
}

/// `numerator / denominator`, half away from zero. The one rounding rule of the codebase.
///
/// `denominator` must be positive; zero or less gives `None`, as does an overflow.
#[must_use]
pub fn half_up(numerator: i64, denominator: i64) -> Option<i64> {
    if denominator <= 0 {
        return None;
    }
    let doubled = numerator.unsigned_abs().checked_mul(2)?.checked_add(denominator.unsigned_abs())?;
    let rounded = i64::try_from(doubled / denominator.unsigned_abs().checked_mul(2)?).ok()?;
    Some(if numerator < 0 { -rounded } else { rounded })
}

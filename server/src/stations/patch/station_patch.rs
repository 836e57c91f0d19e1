//! The patch itself: typed, and not yet checked against the station that it changes.

use std::collections::BTreeMap;

use domain::{
    fuel::FuelId,
    geo::Point,
    hidden::without_hidden,
    id::{PumpNumber, Sku},
    money::Kopecks,
    quantity::Centi,
    station::{Product, PumpState},
    unit::Unit,
    vat::Vat,
};

/// Facilities that the catalogue knows.
pub(in crate::stations) const AMENITIES: [&str; 8] =
    ["shop", "cafe", "car_wash", "tyre_air", "toilet", "atm", "wifi", "vacuum"];

/// Name of a station whose own is unknown.
pub(in crate::stations) const DEFAULT_STATION_NAME: &str = "АЗС";

/// Update of a value that a station may lack.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Update<T> {
    /// Not reported.
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Update<T> {
    /// Update by a reported value: sets it, or clears the old one.
    pub(crate) fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }

    /// Returns the value after this update.
    pub(super) fn apply_to(self, known: Option<T>) -> Option<T> {
        match self {
            Self::Keep => known,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl Update<String> {
    /// Without characters that are not seen: names come from maps and files of others.
    pub(super) fn shown(self) -> Self {
        match self {
            Self::Set(text) => Self::from_text(Some(&without_hidden(&text))),
            update => update,
        }
    }

    /// Update by a reported text, without blanks around it; clears the old one where nothing is left.
    pub(crate) fn from_text(text: Option<&str>) -> Self {
        Self::from_option(text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
    }
}

/// A change of a station, or all of a new one. What is not reported stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StationPatch {
    /// A new station needs one.
    pub point: Option<Point>,
    /// Where cleared, or missing for a new station, the name is composed of what else is known.
    pub name: Update<String>,
    /// The name is the network's own, and not that of a map, which mostly repeats the brand.
    pub is_own_name: bool,
    /// Who runs it: the name where there is no better one.
    pub operator: Option<String>,
    pub brand: Update<String>,
    pub number: Update<String>,
    pub city: Update<String>,
    pub address: Update<String>,
    pub opening_hours: Update<String>,
    /// That of the place where not reported.
    pub time_zone: Option<String>,
    /// Of several, separated by semicolons, the first counts.
    pub phone: Update<String>,
    pub enabled: Option<bool>,
    pub closed_reason: Update<String>,
    pub merchant_id: Update<String>,
    pub shop_id: Update<i64>,
    pub amenities: Option<Vec<String>>,
    pub trade: TradePatch,
}

/// A change of what a station sells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TradePatch {
    pub fuels: FuelsPatch,
    /// All prices: a grade without one here has none any more.
    pub prices: Option<BTreeMap<FuelId, Kopecks>>,
    /// All pumps. A pump keeps its state where none is reported.
    pub pumps: Option<Vec<PumpPatch>>,
    pub goods: GoodsPatch,
}

/// A change of the grades.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FuelsPatch {
    /// Prices and pumps may name further grades, which are then sold.
    #[default]
    Keep,
    /// All grades. Prices and pumps must not name others, unless the list is empty.
    Replace(Vec<FuelPatch>),
    /// Some grades, which must be on sale.
    Change(Vec<FuelPatch>),
}

/// Report of one grade.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelPatch {
    pub id: FuelId,
    pub name: Option<String>,
    pub unit: Option<Unit>,
    pub price: Update<Kopecks>,
    pub max: Update<Centi>,
    pub available: Option<bool>,
    pub vat: Option<Vat>,
}

impl FuelPatch {
    /// A grade of which nothing else is reported.
    #[must_use]
    pub fn new(id: FuelId) -> Self {
        Self {
            id,
            name: None,
            unit: None,
            price: Update::Keep,
            max: Update::Keep,
            available: None,
            vat: None,
        }
    }
}

/// Report of one pump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PumpPatch {
    pub number: PumpNumber,
    pub fuels: Vec<FuelId>,
    pub state: Option<PumpState>,
}

/// A change of services and goods.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum GoodsPatch {
    #[default]
    Keep,
    Replace(Vec<Product>),
    /// New prices of some, which must be on sale.
    Reprice(Vec<(Sku, Kopecks)>),
}

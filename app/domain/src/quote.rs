//! A priced draft: exact lines and their sums.

use crate::{
    fuel::FuelId,
    id::{PumpNumber, Sku},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    unit::Unit,
    vat::Vat,
};

/// A priced draft. Sums are exact: the total is the sum of the line totals, the tax the sum of the line taxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<Line>,
    pub total: Kopecks,
    pub vat: Kopecks,
    pub warnings: Vec<QuoteWarning>,
}

/// What the customer should know before paying, and what does not stop an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteWarning {
    /// The fuel line is a ceiling: what does not fit comes back.
    FullTank,
    /// The pump is taken or switched off at this moment.
    PumpBusy { pump: PumpNumber },
    /// The station is closed at this moment.
    ClosedNow,
}

/// One priced line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub sku: Sku,
    /// The name on documents.
    pub name: String,
    pub kind: LineKind,
    pub unit: Unit,
    pub quantity: Centi,
    /// Price of one unit, tax included.
    pub price: Kopecks,
    pub total: Kopecks,
    pub vat_sum: Kopecks,
    pub vat: Vat,
}

/// Kind of what a line sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Fuel(FuelId),
    Service,
    Goods,
}

impl Line {
    /// Prices a line: `total = half_up(price × quantity)`, tax from the rounded total.
    #[must_use]
    pub fn new(
        sku: Sku,
        name: String,
        kind: LineKind,
        unit: Unit,
        quantity: Centi,
        price: Kopecks,
        vat: Vat,
    ) -> Option<Self> {
        let total = quantity.cost(price)?;
        Some(Self { sku, name, kind, unit, quantity, price, total, vat_sum: vat.included_in(total)?, vat })
    }

    /// Part of the line by its worth: as a quantity at the line's price where that gives the sum exactly, otherwise as one
    /// unit at the price of the sum. Its tax follows from the sum, within what is left of the line's, as Invoicebox computes
    /// it. `None` for nothing.
    #[must_use]
    pub fn part_worth(&self, total: Kopecks, left_vat: Kopecks) -> Option<Self> {
        if total <= Kopecks::ZERO {
            return None;
        }
        let vat_sum = self.vat.included_in(total)?.min(left_vat);
        let quantity = Centi::affordable(total, self.price)
            .filter(|quantity| quantity.cost(self.price) == Some(total))
            .filter(|quantity| self.unit != Unit::Piece || quantity.get() % 100 == 0);
        let (quantity, price) = quantity.map_or((Centi::units(1), total), |quantity| (quantity, self.price));
        Some(Self { quantity, price, total, vat_sum, ..self.clone() })
    }

    /// The grade, when the line is fuel.
    #[must_use]
    pub fn fuel(&self) -> Option<FuelId> {
        match self.kind {
            LineKind::Fuel(id) => Some(id),
            LineKind::Service | LineKind::Goods => None,
        }
    }

    /// The name that the customer reads: of fuel the one on the pump, of everything else its own.
    #[must_use]
    pub fn localized_name(&self, locale: Locale) -> String {
        self.fuel().map_or_else(|| self.name.clone(), |fuel| fuel.name(locale).to_owned())
    }
}

impl Quote {
    /// Adds up lines.
    #[must_use]
    pub fn from_lines(lines: Vec<Line>) -> Self {
        let total = lines.iter().map(|line| line.total).sum();
        let vat = lines.iter().map(|line| line.vat_sum).sum();
        Self { lines, total, vat, warnings: Vec::new() }
    }
}

//! What an order costs in the end, and what comes back.

use super::{Order, Status, settlement::Payment};
use crate::{money::Kopecks, quantity::Centi, quote::Line};

impl Order {
    /// What the customer got for the money. Empty unless a paid order has ended.
    #[must_use]
    pub fn delivered(&self) -> Vec<Line> {
        let is_completed = self.status == Status::Completed;
        let is_handed_over = self.status.is_final() && self.handed_over.is_some();
        if !is_completed && !is_handed_over {
            return Vec::new();
        }
        let lines = self.lines.iter().filter_map(|line| match (line.fuel(), &self.handed_over) {
            (Some(_), _) if !is_completed => None,
            (Some(_), _) => Some(self.dispensed.map_or_else(|| line.clone(), |volume| part_of(line, volume))),
            (None, Some(items)) => {
                let item = items.iter().find(|item| item.sku == line.sku)?;
                Some(part_of(line, item.quantity))
            }
            // Whoever got no fuel may have left without the goods.
            (None, None) => (!self.has_dispensed_nothing()).then(|| line.clone()),
        });
        lines.filter(|line| line.total > Kopecks::ZERO).collect()
    }

    /// Whether the order has fuel, and its end is that none was dispensed.
    #[must_use]
    pub fn has_dispensed_nothing(&self) -> bool {
        self.fuel_line().is_some() && self.dispensed == Some(Centi::ZERO)
    }

    /// Whether it has anything beside the fuel.
    #[must_use]
    pub fn has_goods(&self) -> bool {
        self.lines.iter().any(|line| line.fuel().is_none())
    }

    /// What the customer pays in the end: paid less all that is returned. `None` while it is not known: before the end,
    /// while fuel is uncertain, and for an order that was never paid.
    #[must_use]
    pub fn final_total(&self) -> Option<Kopecks> {
        let payment = self.settlement.payment?;
        let is_open = !self.status.is_final() || (self.hold.is_some() && !self.settlement.is_decided());
        // Of a reserve nothing is returned before it is known what is taken.
        let waits_for_goods = self.goods_until.is_some() && payment == Payment::Held;
        if is_open || waits_for_goods {
            return None;
        }
        Some(self.paid_total().minus_at_least_zero(self.settlement.returned()))
    }

    /// Whether all that was paid is returned: it has gone back, is on its way, or was refused.
    #[must_use]
    pub fn is_returned_as_a_whole(&self) -> bool {
        self.settlement.returned() >= self.paid_total()
    }

    /// What was paid through the order's invoice, if it was.
    #[must_use]
    pub fn paid_total(&self) -> Kopecks {
        self.settlement.other_sum.unwrap_or(self.total)
    }

    /// What is returned to the payer: paid less final, never negative. `None` until it is known.
    #[must_use]
    pub fn refund(&self) -> Option<Kopecks> {
        self.final_total().map(|kept| self.paid_total().minus_at_least_zero(kept))
    }

    /// What is left of a line's sum: no return has taken it.
    #[must_use]
    pub fn left_of_line(&self, line: &Line) -> Kopecks {
        line.total.minus_at_least_zero(self.settlement.returned_of(line).map(|part| part.total).sum())
    }

    /// What the operator may still return of an ended order; what Invoicebox refused before comes first.
    #[must_use]
    pub fn refundable(&self) -> Kopecks {
        let owed = self.settlement.refused_total();
        if owed > Kopecks::ZERO {
            return owed;
        }
        match self.hold {
            Some(_) => Kopecks::ZERO,
            None => self.final_total().unwrap_or_default(),
        }
    }
}

/// Part of a line by quantity. An overrun is not charged: never more than was ordered.
fn part_of(line: &Line, quantity: Centi) -> Line {
    let quantity = quantity.max(Centi::ZERO).min(line.quantity);
    let total = quantity.cost(line.price).unwrap_or(line.total).min(line.total);
    if total == line.total {
        return Line { quantity, ..line.clone() };
    }
    let vat_sum = line.vat.included_in(total).unwrap_or(line.vat_sum).min(line.vat_sum);
    Line { quantity, total, vat_sum, ..line.clone() }
}

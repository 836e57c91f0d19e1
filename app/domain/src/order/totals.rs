//! What an order costs in the end, and what comes back.

use super::{Order, Status, settlement::Cause};
use crate::{money::Kopecks, quantity::Centi, quote::Line};

impl Order {
    /// What the customer got for the money. Empty unless the order is completed.
    #[must_use]
    pub fn delivered(&self) -> Vec<Line> {
        if self.status != Status::Completed {
            return Vec::new();
        }
        let lines = self.lines.iter().map(|line| match self.dispensed {
            Some(volume) if line.fuel().is_some() => dispensed_part(line, volume),
            _ => line.clone(),
        });
        lines.filter(|line| line.total > Kopecks::ZERO).collect()
    }

    /// What the customer pays in the end: the dispensed volume at the price of the order plus everything else, less
    /// what an operator gave back. `None` while a paid order has not ended, and for one that was never paid.
    #[must_use]
    pub fn final_total(&self) -> Option<Kopecks> {
        self.settlement.payment?;
        match self.status {
            Status::Completed if !self.settlement.is_reversed() => {
                let delivered: Kopecks = self.delivered().iter().map(|line| line.total).sum();
                let by_operator = self.settlement.returns.iter();
                let by_operator = by_operator.filter(|back| matches!(back.cause, Cause::Operator { .. }));
                Some(delivered.minus_at_least_zero(by_operator.map(|back| back.amount).sum()))
            }
            status if status.is_final() => Some(Kopecks::ZERO),
            _ => None,
        }
    }

    /// What is returned to the payer: paid less final, never negative. `None` until it is known.
    #[must_use]
    pub fn refund(&self) -> Option<Kopecks> {
        self.final_total().map(|kept| self.total.minus_at_least_zero(kept))
    }

    /// What the operator may still return of a completed order; what Invoicebox refused before comes first.
    #[must_use]
    pub fn refundable(&self) -> Kopecks {
        let owed = self.settlement.refused_total();
        match self.status {
            _ if owed > Kopecks::ZERO => owed,
            Status::Completed => self.final_total().unwrap_or_default(),
            _ => Kopecks::ZERO,
        }
    }
}

/// Fuel as the meter measured it. An overrun is not charged: never more than was ordered.
fn dispensed_part(line: &Line, volume: Centi) -> Line {
    let quantity = volume.min(line.quantity);
    let total = quantity.cost(line.price).unwrap_or(line.total).min(line.total);
    if total == line.total {
        return Line { quantity, ..line.clone() };
    }
    let vat_sum = line.vat.included_in(total).unwrap_or(line.vat_sum).min(line.vat_sum);
    Line { quantity, total, vat_sum, ..line.clone() }
}

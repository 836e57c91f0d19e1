//! The money of a paid order: what was paid, what was delivered for it, what goes back.
//!
//! At every end of a paid order `paid = final + Σ returns`; a return is under way, done, or refused, and a refused
//! one is a named discrepancy.

use serde::{Deserialize, Serialize};

use super::{Order, Status, event::Effect};
use crate::{money::Kopecks, quantity::Centi, quote::Line, unit::Unit};

/// What has become of the money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `None` until the order is paid.
    pub payment: Option<Payment>,
    /// What was delivered, as told to Invoicebox.
    pub shipment: Option<Shipment>,
    /// What goes back, oldest first.
    pub returns: Vec<Return>,
    /// How many refund numbers have been given out.
    pub numbered: u32,
}

/// How the order was paid: always its whole total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Invoicebox reports the order as paid.
    Taken,
    /// Reserved on the payer's card: the final shipment takes what was delivered and releases the rest.
    Held,
}

/// What was really delivered; sent as the final shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Document number, at most 36 characters: how it is found again after an answer was lost.
    pub number: String,
    pub lines: Vec<Line>,
    pub state: Progress,
}

/// Money on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Our number of the refund, never used twice: Invoicebox refuses a repetition, so the money cannot go twice.
    pub number: String,
    pub cause: Cause,
    pub lines: Vec<Line>,
    pub amount: Kopecks,
    pub state: Progress,
    /// How it went, once it is done.
    pub by: Option<ReturnedBy>,
}

/// Why money goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Less was dispensed than paid.
    Rest,
    /// Nothing was delivered.
    Everything,
    /// The operator decided so; the reason goes into the refund's description.
    Operator { reason: String },
    /// Invoicebox took the payment back by itself.
    Reversed,
}

/// How far a call that moves money or documents has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    UnderWay,
    Done,
    /// Refused for good: an operator has to look.
    Refused,
}

/// How money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedBy {
    /// The payment was cancelled as a whole: a guarantee or a reserve.
    Cancel,
    /// A refund of its own.
    Refund,
    /// Never taken: the final shipment released it.
    Release,
}

impl Return {
    /// The tax in it.
    #[must_use]
    pub fn vat(&self) -> Kopecks {
        self.lines.iter().map(|line| line.vat_sum).sum()
    }
}

impl Shipment {
    /// What was delivered is worth this.
    #[must_use]
    pub fn amount(&self) -> Kopecks {
        self.lines.iter().map(|line| line.total).sum()
    }
}

impl Settlement {
    /// Invoicebox took the payment back by itself.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.returns.iter().any(|back| back.cause == Cause::Reversed)
    }

    /// Returns that still have to be carried out.
    pub fn under_way(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().filter(|back| back.state == Progress::UnderWay)
    }

    /// What Invoicebox refused to give back and an operator has to see to.
    #[must_use]
    pub fn owed(&self) -> Kopecks {
        self.sum(Progress::Refused)
    }

    /// Everything that goes, went, or should go back.
    #[must_use]
    pub fn returned(&self) -> Kopecks {
        self.returns.iter().map(|back| back.amount).sum()
    }

    fn sum(&self, state: Progress) -> Kopecks {
        self.returns.iter().filter(|back| back.state == state).map(|back| back.amount).sum()
    }

    fn next_number(&mut self, order: &str) -> String {
        self.numbered += 1;
        format!("{order}-r{}", self.numbered)
    }
}

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
                Some(delivered.less(by_operator.map(|back| back.amount).sum()))
            }
            status if status.is_final() => Some(Kopecks::ZERO),
            _ => None,
        }
    }

    /// What goes back to the payer: paid less final, never negative. `None` until it is known.
    #[must_use]
    pub fn refund(&self) -> Option<Kopecks> {
        self.final_total().map(|kept| self.total.less(kept))
    }
}

/// Fuel as the meter measured it. An overrun is not charged: never more than was ordered.
fn dispensed_part(line: &Line, volume: Centi) -> Line {
    let quantity = volume.min(line.quantity);
    let total = quantity.cost(line.price).unwrap_or(line.total).min(line.total);
    if total == line.total {
        return Line { quantity, ..line.clone() };
    }
    let vat_sum = line.vat.inside(total).unwrap_or(line.vat_sum).min(line.vat_sum);
    Line { quantity, total, vat_sum, ..line.clone() }
}

/// A completed order: its shipment, and the return of what was not delivered. Nothing for a payment that was taken
/// back.
pub(super) fn settle(order: &mut Order) -> Vec<Effect> {
    if order.settlement.is_reversed() {
        return Vec::new();
    }
    let delivered = order.delivered();
    if delivered.is_empty() {
        return return_everything(order);
    }
    let rest: Vec<Line> = order
        .lines
        .iter()
        .filter_map(|line| {
            let kept = delivered.iter().find(|kept| kept.sku == line.sku);
            let (total, vat) = kept.map_or_else(Default::default, |kept| (kept.total, kept.vat_sum));
            worth(line, line.total.less(total), line.vat_sum.less(vat))
        })
        .collect();
    give_back(order, Cause::Rest, rest);
    let number = format!("{}-s1", order.merchant_order_id);
    order.settlement.shipment = Some(Shipment { number, lines: delivered, state: Progress::UnderWay });
    vec![Effect::Ship]
}

/// All the money goes back, unless it went already.
pub(super) fn return_everything(order: &mut Order) -> Vec<Effect> {
    if order.settlement.payment.is_none() || order.settlement.returned() > Kopecks::ZERO {
        return Vec::new();
    }
    let lines = order.lines.clone();
    give_back(order, Cause::Everything, lines);
    vec![Effect::ReturnMoney]
}

/// What the operator may still give back of a completed order; what Invoicebox refused before comes first.
#[must_use]
pub fn refundable(order: &Order) -> Kopecks {
    let owed = order.settlement.owed();
    let kept = order.final_total().unwrap_or_default();
    match order.status {
        _ if owed > Kopecks::ZERO => owed,
        Status::Completed => kept,
        _ => Kopecks::ZERO,
    }
}

/// The operator's refund; `None` when it cannot be. What Invoicebox refused before is tried again under new numbers,
/// as a whole; otherwise the sum is taken from the lines, in their order.
pub(super) fn refund(order: &mut Order, amount: Option<Kopecks>, reason: &str) -> Option<Vec<Effect>> {
    let owed = order.settlement.owed();
    if owed > Kopecks::ZERO && amount.is_none_or(|amount| amount == owed) {
        let Order { settlement, merchant_order_id, .. } = order;
        for index in 0..settlement.returns.len() {
            let number = format!("{merchant_order_id}-r{}", settlement.numbered + 1);
            if let Some(back) =
                settlement.returns.get_mut(index).filter(|back| back.state == Progress::Refused)
            {
                (back.number, back.state) = (number, Progress::UnderWay);
                settlement.numbered += 1;
            }
        }
        return Some(vec![Effect::Refund]);
    }
    if order.status != Status::Completed {
        return None;
    }
    let kept = order.final_total().filter(|kept| *kept > Kopecks::ZERO)?;
    let amount = amount.unwrap_or(kept);
    if amount <= Kopecks::ZERO || amount > kept {
        return None;
    }
    let mut wanted = amount;
    let mut lines = Vec::new();
    for line in &order.lines {
        let (left, left_vat) = left_of(order, line);
        let part = left.min(wanted);
        let vat = if part == left { left_vat } else { line.vat.inside(part)?.min(left_vat) };
        lines.extend(worth(line, part, vat));
        wanted = wanted.less(part);
    }
    give_back(order, Cause::Operator { reason: reason.to_owned() }, lines);
    Some(vec![Effect::Refund])
}

/// Sum and tax of a line that no return has taken.
fn left_of(order: &Order, line: &Line) -> (Kopecks, Kopecks) {
    let parts = order.settlement.returns.iter().flat_map(|back| &back.lines);
    let parts = parts.filter(|part| part.sku == line.sku);
    let (total, vat) = parts
        .fold((Kopecks::ZERO, Kopecks::ZERO), |(total, vat), part| (total + part.total, vat + part.vat_sum));
    (line.total.less(total), line.vat_sum.less(vat))
}

/// Part of a line by its worth: as a quantity at the line's price where that gives the sum exactly, otherwise as one
/// unit at the price of the sum. `None` for nothing.
fn worth(line: &Line, total: Kopecks, vat_sum: Kopecks) -> Option<Line> {
    if total <= Kopecks::ZERO {
        return None;
    }
    let quantity = Centi::affordable(total, line.price)
        .filter(|quantity| *quantity > Centi::ZERO && quantity.cost(line.price) == Some(total))
        .filter(|quantity| line.unit != Unit::Piece || quantity.get() % 100 == 0);
    let (quantity, price) = quantity.map_or((Centi::units(1), total), |quantity| (quantity, line.price));
    Some(Line { quantity, price, total, vat_sum, ..line.clone() })
}

fn give_back(order: &mut Order, cause: Cause, lines: Vec<Line>) {
    let amount: Kopecks = lines.iter().map(|line| line.total).sum();
    if amount <= Kopecks::ZERO {
        return;
    }
    let number = order.settlement.next_number(&order.merchant_order_id);
    order.settlement.returns.push(Return {
        number,
        cause,
        lines,
        amount,
        state: Progress::UnderWay,
        by: None,
    });
}

/// Invoicebox took the payment back: what was not returned before went back this way.
pub(super) fn reverse(order: &mut Order) {
    let settlement = &mut order.settlement;
    settlement.returns.retain(|back| back.state == Progress::Done);
    let amount = order.total.less(settlement.returned());
    settlement.returns.push(Return {
        number: String::new(),
        cause: Cause::Reversed,
        lines: Vec::new(),
        amount,
        state: Progress::Done,
        by: Some(ReturnedBy::Cancel),
    });
}

//! Shipments and returns of an order: made here, carried out by effects.

use super::Effect;
use crate::{
    money::Kopecks,
    order::{
        Order, Status,
        settlement::{Cause, Progress, Return, ReturnedBy, Shipment},
    },
    quantity::Centi,
    quote::Line,
    unit::Unit,
};

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
            part_of_line(line, line.total.minus_at_least_zero(total), line.vat_sum.minus_at_least_zero(vat))
        })
        .collect();
    add_return(order, Cause::Rest, rest);
    let number = format!("{}-s1", order.merchant_order_id);
    order.settlement.shipment = Some(Shipment { number, lines: delivered, state: Progress::UnderWay });
    vec![Effect::Ship]
}

/// Returns all the money, unless some has been returned already.
pub(super) fn return_everything(order: &mut Order) -> Vec<Effect> {
    if order.settlement.payment.is_none() || order.settlement.returned() > Kopecks::ZERO {
        return Vec::new();
    }
    let lines = order.lines.clone();
    add_return(order, Cause::Everything, lines);
    vec![Effect::ReturnMoney]
}

/// The operator's refund; `None` when it cannot be. What Invoicebox refused before is tried again under new numbers,
/// as a whole; otherwise the sum is taken from the lines, in their order.
pub(super) fn refund(order: &mut Order, amount: Option<Kopecks>, reason: &str) -> Option<Vec<Effect>> {
    let owed = order.settlement.refused_total();
    if owed > Kopecks::ZERO && amount.is_none_or(|amount| amount == owed) {
        let Order { settlement, merchant_order_id, .. } = order;
        for index in 0..settlement.returns.len() {
            let number = format!("{merchant_order_id}-r{}", settlement.issued_refund_numbers + 1);
            if let Some(back) =
                settlement.returns.get_mut(index).filter(|back| back.state == Progress::Refused)
            {
                (back.number, back.state) = (number, Progress::UnderWay);
                settlement.issued_refund_numbers += 1;
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
        let (left, left_vat) = remaining_of_line(order, line);
        let part = left.min(wanted);
        let vat = if part == left { left_vat } else { line.vat.included_in(part)?.min(left_vat) };
        lines.extend(part_of_line(line, part, vat));
        wanted = wanted.minus_at_least_zero(part);
    }
    add_return(order, Cause::Operator { reason: reason.to_owned() }, lines);
    Some(vec![Effect::Refund])
}

/// Sum and tax of a line that no return has taken.
fn remaining_of_line(order: &Order, line: &Line) -> (Kopecks, Kopecks) {
    let parts = order.settlement.returns.iter().flat_map(|back| &back.lines);
    let parts = parts.filter(|part| part.sku == line.sku);
    let (total, vat) = parts
        .fold((Kopecks::ZERO, Kopecks::ZERO), |(total, vat), part| (total + part.total, vat + part.vat_sum));
    (line.total.minus_at_least_zero(total), line.vat_sum.minus_at_least_zero(vat))
}

/// Part of a line by its worth: as a quantity at the line's price where that gives the sum exactly, otherwise as one
/// unit at the price of the sum. `None` for nothing.
fn part_of_line(line: &Line, total: Kopecks, vat_sum: Kopecks) -> Option<Line> {
    if total <= Kopecks::ZERO {
        return None;
    }
    let quantity = Centi::affordable(total, line.price)
        .filter(|quantity| *quantity > Centi::ZERO && quantity.cost(line.price) == Some(total))
        .filter(|quantity| line.unit != Unit::Piece || quantity.get() % 100 == 0);
    let (quantity, price) = quantity.map_or((Centi::units(1), total), |quantity| (quantity, line.price));
    Some(Line { quantity, price, total, vat_sum, ..line.clone() })
}

fn add_return(order: &mut Order, cause: Cause, lines: Vec<Line>) {
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

/// Records that Invoicebox took the payment back: what was not returned before went back this way.
pub(super) fn record_reversal(order: &mut Order) {
    let settlement = &mut order.settlement;
    settlement.returns.retain(|back| back.state == Progress::Done);
    let amount = order.total.minus_at_least_zero(settlement.returned());
    settlement.returns.push(Return {
        number: String::new(),
        cause: Cause::Reversed,
        lines: Vec::new(),
        amount,
        state: Progress::Done,
        by: Some(ReturnedBy::Cancel),
    });
}

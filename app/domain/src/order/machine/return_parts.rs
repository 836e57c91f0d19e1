//! Returns by line: what of an order is left to return, parts of a return, a return that is added.

use time::OffsetDateTime;

use crate::{
    money::Kopecks,
    order::{
        Order,
        settlement::{Cause, Return, Shipment},
    },
    quote::Line,
};

/// What was neither delivered nor returned, by line.
pub(super) fn undelivered(order: &Order, delivered: &[Line]) -> Vec<Line> {
    let rest = order.lines.iter().filter_map(|line| {
        let kept = delivered.iter().find(|kept| kept.sku == line.sku);
        rest_of_line(order, line, kept.map_or(Kopecks::ZERO, |kept| kept.total))
    });
    rest.collect()
}

/// The part of a line beyond what is kept and what has been returned of it.
pub(super) fn rest_of_line(order: &Order, line: &Line, kept: Kopecks) -> Option<Line> {
    let (left, left_vat) = remaining_of_line(order, line);
    let total = left.minus_at_least_zero(kept);
    let kept_vat = line.vat.included_in(kept)?;
    line.part_worth(total, left_vat.minus_at_least_zero(kept_vat))
}

/// Sum and tax of a line that no return has taken.
pub(super) fn remaining_of_line(order: &Order, line: &Line) -> (Kopecks, Kopecks) {
    let vat = order.settlement.returned_of(line).map(|part| part.vat_sum).sum();
    // What was not delivered is not left either: it is on its way back.
    (order.left_of_line(line), line.vat_sum.minus_at_least_zero(vat))
}

/// The part of a return that is still owed, since when it was; `None` for nothing.
pub(super) fn part_of_return(back: &Return, amount: Kopecks, number: String) -> Option<Return> {
    if amount <= Kopecks::ZERO {
        return None;
    }
    let mut left = amount;
    let within = |line: &Line| {
        let total = line.total.min(left);
        left = left.minus_at_least_zero(total);
        line.part_worth(total, line.vat_sum)
    };
    let lines = back.lines.iter().filter_map(within).collect();
    Some(part_with_lines(back, lines, amount, number))
}

/// A part of a return, which was not sent yet, under a number of its own.
pub(super) fn part_with_lines(back: &Return, lines: Vec<Line>, amount: Kopecks, number: String) -> Return {
    let cause = if back.cause == Cause::Everything { Cause::Rest } else { back.cause.clone() };
    // The request is of the whole.
    Return { number, cause, lines, amount, sent_at: None, request: None, ..back.clone() }
}

/// A line, or the part of it that fits into `max` and into what is left of a sum, which it takes.
pub(super) fn take_line(line: Line, max: Kopecks, left: &mut Kopecks) -> Option<Line> {
    let total = line.total.min(max).min(*left);
    *left = left.minus_at_least_zero(total);
    if total == line.total { Some(line) } else { line.part_worth(total, line.vat_sum) }
}

/// Adds a return of these lines, within what has not been returned, and what an operator does not return within what is
/// not shipped. `false`: there is nothing to return.
pub(super) fn add_return(order: &mut Order, now: OffsetDateTime, cause: Cause, lines: Vec<Line>) -> bool {
    let shipped = order.settlement.shipment.as_ref().filter(|_| cause == Cause::Rest);
    let kept = shipped.map_or(Kopecks::ZERO, Shipment::amount);
    let mut left = order.total.minus_at_least_zero(order.settlement.returned()).minus_at_least_zero(kept);
    let within = |line: Line| {
        let total = line.total;
        take_line(line, total, &mut left)
    };
    let lines: Vec<Line> = lines.into_iter().filter_map(within).collect();
    let amount: Kopecks = lines.iter().map(|line| line.total).sum();
    if amount <= Kopecks::ZERO {
        return false;
    }
    push_return(order, now, cause, lines, amount);
    true
}

pub(super) fn push_return(
    order: &mut Order,
    now: OffsetDateTime,
    cause: Cause,
    lines: Vec<Line>,
    amount: Kopecks,
) {
    let number = order.settlement.next_number(&order.merchant_order_id);
    order.settlement.returns.push(Return::decided(number, cause, lines, amount, now));
}

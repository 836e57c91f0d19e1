//! Refunds that somebody else has made at Invoicebox: that money does not go back twice.

use time::OffsetDateTime;

use super::returns::{part_of_line, part_of_return, remaining_of_line};
use crate::{
    id::Sku,
    money::Kopecks,
    order::{
        Order,
        settlement::{Cause, Progress, Return, ReturnedBy, Shipment},
    },
    quote::Line,
};

/// Records a refund that somebody else has made at Invoicebox.
pub(super) fn record_found(
    order: &mut Order,
    at: OffsetDateTime,
    number: String,
    amount: Kopecks,
    lines: &[(Sku, Kopecks)],
) {
    let lines = lines.iter().filter_map(|(sku, total)| {
        let line = order.lines.iter().find(|line| line.sku == *sku)?;
        let (left, left_vat) = remaining_of_line(order, line);
        part_of_line(line, (*total).min(left), left_vat)
    });
    let mut back = Return::decided(number, Cause::Elsewhere, lines.collect(), amount, at);
    back.finish(ReturnedBy::Refund, at);
    back.is_confirmed = true;
    order.settlement.returns.push(back);
}

/// Drops a return that has not left: somebody else has returned the same sum at Invoicebox, which is the way out where ours
/// was refused, or late. One that names other lines is another refund.
pub(super) fn drop_same_return(order: &mut Order, amount: Kopecks, lines: &[(Sku, Kopecks)]) {
    let settlement = &mut order.settlement;
    let is_ours = |back: &Return| back.state == Progress::Refused || is_pending_rest(back);
    let is_of_lines =
        |back: &Return| lines.iter().all(|(sku, _)| back.lines.iter().any(|line| line.sku == *sku));
    let is_same = |back: &Return| is_ours(back) && back.amount == amount && is_of_lines(back);
    if let Some(index) = settlement.returns.iter().position(is_same) {
        settlement.dropped_returns.push(settlement.returns.remove(index));
    }
}

/// Drops from what was not delivered what the last found refund has returned of its lines before it was decided: then nobody
/// could mean what was delivered. Without lines it may be of any.
pub(super) fn drop_returned_before(order: &mut Order) {
    let Some(found) = order.settlement.returns.last().cloned() else { return };
    let is_meant = |back: &Return| is_pending_rest(back) && found.done_at < back.decided_at;
    let Some(index) = order.settlement.returns.iter().position(is_meant) else { return };
    let back = order.settlement.returns[index].clone();
    let mut unnamed = if found.lines.is_empty() { found.amount } else { Kopecks::ZERO };
    let rest_of = |line: &Line| {
        let of_line = found.lines.iter().filter(|part| part.sku == line.sku).map(|part| part.total);
        let named = line.total.minus_at_least_zero(of_line.sum());
        let total = named.minus_at_least_zero(unnamed);
        unnamed = unnamed.minus_at_least_zero(named);
        part_of_line(line, total, line.vat_sum)
    };
    let lines: Vec<Line> = back.lines.iter().filter_map(rest_of).collect();
    let amount: Kopecks = lines.iter().map(|line| line.total).sum();
    if amount == back.amount {
        return;
    }
    order.settlement.returns.remove(index);
    if amount > Kopecks::ZERO {
        let number = order.settlement.next_number(&order.merchant_order_id);
        order.settlement.returns.push(Return { number, lines, amount, ..back.clone() });
    }
    order.settlement.dropped_returns.push(back);
}

/// Drops what we were about to return of money that is back already: first what Invoicebox refused, then what was not
/// delivered, then what an operator has decided. Of a return that is dropped in part the rest is returned under a new number.
pub(super) fn drop_excess_returns(order: &mut Order) {
    let mut excess = excess_returns(order);
    let is_refused = |back: &Return| back.state == Progress::Refused;
    let is_under_way = |back: &Return| back.state == Progress::UnderWay;
    let ranks: [&dyn Fn(&Return) -> bool; 3] = [&is_refused, &is_pending_rest, &is_under_way];
    for is_meant in ranks {
        while excess > Kopecks::ZERO {
            let mut returns = order.settlement.returns.iter();
            let Some(index) = returns.rposition(is_meant) else { break };
            let back = order.settlement.returns.remove(index);
            let rest = back.amount.minus_at_least_zero(excess);
            excess = excess.minus_at_least_zero(back.amount);
            let number = order.settlement.next_number(&order.merchant_order_id);
            order.settlement.returns.extend(part_of_return(&back, rest, number));
            order.settlement.dropped_returns.push(back);
        }
    }
}

/// What was not delivered, and has not left.
fn is_pending_rest(back: &Return) -> bool {
    back.state == Progress::UnderWay && !is_by_operator(back)
}

fn is_by_operator(back: &Return) -> bool {
    matches!(back.cause, Cause::Operator { .. })
}

/// What is returned beyond what was paid, or beyond what is about to be shipped. A refund whose lines are not known, and
/// which was made before the shipment, is taken for one of what was not delivered.
fn excess_returns(order: &Order) -> Kopecks {
    let settlement = &order.settlement;
    let returned = settlement.returned();
    let paid = order.paid_total();
    let is_of_lines =
        |back: &Return| is_by_operator(back) || (back.cause == Cause::Elsewhere && !back.lines.is_empty());
    let of_lines = settlement.returns.iter().filter(|back| is_of_lines(back)).map(|back| back.amount).sum();
    let shipping = settlement.shipment.as_ref().filter(|shipment| shipment.state == Progress::UnderWay);
    let kept = shipping.map_or(Kopecks::ZERO, Shipment::amount);
    let beside_shipment = (returned.minus_at_least_zero(of_lines) + kept).minus_at_least_zero(paid);
    returned.minus_at_least_zero(paid).max(beside_shipment)
}

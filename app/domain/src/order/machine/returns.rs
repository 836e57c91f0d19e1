//! Shipments and returns of an order: made here, carried out by effects.

use time::OffsetDateTime;

use super::{
    Effect, reserves,
    return_parts::{add_return, push_return, remaining_of_line, rest_of_line, take_line, undelivered},
};
use crate::{
    id::Sku,
    money::Kopecks,
    order::{
        Order, Status,
        settlement::{
            Cause, Payment, Progress, RefundItem, RefundPart, RefundRequest, RefundScope, Return, ReturnedBy,
            Shipment,
        },
        start::GOODS_TIMEOUT,
    },
    quote::Line,
};

/// Decides about the money of an ended order: the shipment of what was delivered, and the return of the rest. Nothing
/// for a payment that was taken back or goes back as another sum, and nothing yet where fuel is uncertain.
pub(super) fn settle(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    let settlement = &order.settlement;
    let is_beyond_us =
        settlement.payment.is_none() || settlement.is_reversed() || settlement.other_sum.is_some();
    if is_beyond_us || order.hold.is_some() {
        return Vec::new();
    }
    let waits_for_goods = order.status == Status::Completed
        && order.has_dispensed_nothing()
        && order.has_goods()
        && order.handed_over.is_none();
    if waits_for_goods {
        return wait_for_goods(order, now);
    }
    let delivered = order.delivered();
    let rest = undelivered(order, &delivered);
    let shipped = paid_part(order, delivered);
    if shipped.is_empty() {
        let is_everything = order.settlement.returns.is_empty();
        let cause = if is_everything { Cause::Everything } else { Cause::Rest };
        if !add_return(order, now, cause, rest) {
            return Vec::new();
        }
        let is_whole = is_everything || reserves::merge_unshipped(order, now);
        return vec![if is_whole { Effect::ReturnMoney } else { Effect::Refund }];
    }
    let number = format!("{}-s1", order.merchant_order_id);
    order.settlement.shipment = Some(Shipment { number, lines: shipped, state: Progress::UnderWay });
    add_return(order, now, Cause::Rest, rest);
    vec![Effect::Ship]
}

/// Returns what was not delivered of an order whose shipment is recorded.
pub(super) fn return_rest(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    let rest = undelivered(order, &order.delivered());
    add_return(order, now, Cause::Rest, rest).then_some(Effect::Refund).into_iter().collect()
}

/// What was delivered and is still paid for: some of it may have been returned.
pub(super) fn paid_part(order: &Order, delivered: Vec<Line>) -> Vec<Line> {
    let mut left = order.total.minus_at_least_zero(order.settlement.returned());
    let within = |line: Line| {
        let original = order.lines.iter().find(|original| original.sku == line.sku)?;
        take_line(line, remaining_of_line(order, original).0, &mut left)
    };
    delivered.into_iter().filter_map(within).collect()
}

/// The fuelling gave nothing: the money of the fuel goes back, and that of the goods waits for a cashier to say that they
/// were handed over. A reserve is taken or released as a whole, later.
fn wait_for_goods(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    let until = goods_until(order, now);
    order.goods_until.get_or_insert(until);
    if order.settlement.payment == Some(Payment::Held) {
        return Vec::new();
    }
    let fuel = order.lines.iter().filter(|line| line.fuel().is_some());
    let fuel = fuel.filter_map(|line| rest_of_line(order, line, Kopecks::ZERO)).collect();
    add_return(order, now, Cause::Rest, fuel).then_some(Effect::Refund).into_iter().collect()
}

/// Until when goods may be said to have been handed over: no longer than a reserve lives.
pub(super) fn goods_until(order: &Order, now: OffsetDateTime) -> OffsetDateTime {
    let until = now + GOODS_TIMEOUT;
    order.reserve_ends_at().map_or(until, |end| until.min(end))
}

/// The operator's refund; `None` when it cannot be. What Invoicebox refused before is tried again under new numbers,
/// as a whole.
pub(super) fn refund(order: &mut Order, request: RefundRequest, now: OffsetDateTime) -> Option<Vec<Effect>> {
    let owed = order.settlement.refused_total();
    if is_claim_of(&request.scope, owed) {
        order.settlement.request_keys.push(request.key);
        return Some(retry_refused(order, now));
    }
    // Somebody else has just tried the same again: one claim is not paid of what was delivered as well, and who means
    // another one asks again when the try has ended.
    if is_claim_of(&request.scope, order.settlement.retried_total()) {
        return None;
    }
    let mut kept = order.final_total().filter(|kept| *kept > Kopecks::ZERO)?;
    if order.is_reserve_unshipped() {
        // It is given up as a whole: nothing of a reserve can be refunded that was not taken.
        if request.scope != RefundScope::Rest {
            return None;
        }
        drop_pending(order);
        kept = order.final_total()?;
    }
    let lines = match &request.scope {
        RefundScope::Rest => undelivered(order, &[]),
        RefundScope::Amount(amount) => amount_of(order, *amount, kept)?,
        RefundScope::Items(items) => parts_of(order, items)?,
    };
    let cause = Cause::Operator { reason: request.reason.clone() };
    if !add_return(order, now, cause, lines) {
        return None;
    }
    if let Some(back) = order.settlement.returns.last_mut() {
        back.request = Some(request);
    }
    Some(vec![Effect::Refund])
}

/// Takes what Invoicebox refused up again, as a whole, under new numbers. No effects: nothing was refused.
pub(super) fn retry_refused(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    if order.settlement.refused_total() == Kopecks::ZERO {
        return Vec::new();
    }
    order.settlement.retry_refused(&order.merchant_order_id, now);
    reserves::merge_unshipped(order, now);
    let returns = order.settlement.pending_returns().next().map(|_| Effect::Refund);
    let second = order.settlement.pending_second_payments().next().map(|_| Effect::ReturnSecondPayments);
    returns.into_iter().chain(second).collect()
}

/// Whether a request means exactly what was refused: it names that sum, or nothing.
fn is_claim_of(scope: &RefundScope, refused: Kopecks) -> bool {
    refused > Kopecks::ZERO
        && match scope {
            RefundScope::Rest => true,
            RefundScope::Amount(amount) => *amount == refused,
            RefundScope::Items(_) => false,
        }
}

/// A part of the sum: of an order with one line left, or all that is left.
fn amount_of(order: &Order, amount: Kopecks, kept: Kopecks) -> Option<Vec<Line>> {
    if amount <= Kopecks::ZERO || amount > kept {
        return None;
    }
    if amount == kept {
        return Some(undelivered(order, &[]));
    }
    let mut left = order.lines.iter().filter(|line| remaining_of_line(order, line).0 > Kopecks::ZERO);
    match (left.next(), left.next()) {
        (Some(line), None) => Some(vec![line.part_worth(amount, remaining_of_line(order, line).1)?]),
        _ => None,
    }
}

fn parts_of(order: &Order, items: &[RefundItem]) -> Option<Vec<Line>> {
    if items.is_empty() || !Sku::are_distinct(items.iter().map(|item| &item.sku)) {
        return None;
    }
    let part = |item: &RefundItem| {
        let line = order.lines.iter().find(|line| line.sku == item.sku)?;
        let (left, left_vat) = remaining_of_line(order, line);
        let total = match item.part {
            RefundPart::Amount(amount) => amount,
            RefundPart::Quantity(quantity) if quantity > line.quantity => return None,
            RefundPart::Quantity(quantity) => quantity.cost(line.price)?,
        };
        // A quantity of a line is rounded by itself: the last one may exceed what is left by a kopeck.
        let is_rounding = matches!(item.part, RefundPart::Quantity(_)) && total.get() == left.get() + 1;
        let total = if is_rounding { left } else { total };
        if total > left { None } else { line.part_worth(total, left_vat) }
    };
    items.iter().map(part).collect()
}

/// Returns a payment of another sum than the order's, as a whole: its lines are those that Invoicebox has.
pub(super) fn return_other_sum(order: &mut Order, now: OffsetDateTime, amount: Kopecks) -> Vec<Effect> {
    push_return(order, now, Cause::Everything, Vec::new(), amount);
    vec![Effect::ReturnMoney]
}

/// A reversal takes what nothing else has returned.
pub(super) fn balance_reversal(order: &mut Order) {
    let paid = order.paid_total();
    let returns = &mut order.settlement.returns;
    let others: Kopecks =
        returns.iter().filter(|back| back.cause != Cause::Reversed).map(|back| back.amount).sum();
    for back in returns.iter_mut().filter(|back| back.cause == Cause::Reversed) {
        back.amount = paid.minus_at_least_zero(others);
    }
}

/// Drops what has not left, so that it can be decided anew.
pub(super) fn drop_pending(order: &mut Order) {
    let settlement = &mut order.settlement;
    let dropped = settlement.returns.extract_if(.., |back| back.state == Progress::UnderWay);
    settlement.dropped_returns.extend(dropped);
}

/// Decides about money that is there although it had been returned, as it seemed.
pub(super) fn owe_again(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    if order.settlement.is_reversed() || order.hold.is_some() {
        return Vec::new();
    }
    if let Some(paid) = order.settlement.other_sum {
        let missing = paid.minus_at_least_zero(order.settlement.returned());
        return if missing > Kopecks::ZERO { return_other_sum(order, now, missing) } else { Vec::new() };
    }
    if order.settlement.shipment.is_none() {
        return settle(order, now);
    }
    let rest = return_rest(order, now);
    if order.is_shipping() { vec![Effect::Ship] } else { rest }
}

/// Takes the record of a reversal back: Invoicebox says that the money is there after all. What it has stopped goes on.
pub(super) fn forget_reversal(order: &mut Order) {
    let settlement = &mut order.settlement;
    settlement.returns.retain(|back| back.cause != Cause::Reversed);
    settlement.returns.append(&mut settlement.stopped_returns);
}

/// Decides about money that is there after all: what an ended order did not give for it goes back, and its shipment, which
/// was given up with the payment, is sent.
pub(super) fn settle_restored(order: &mut Order, now: OffsetDateTime) -> Vec<Effect> {
    let is_decided = order.settlement.shipment.is_some();
    let decided = if is_decided { return_rest(order, now) } else { settle(order, now) };
    if is_decided && order.is_shipping() {
        return (!order.is_shipment_held()).then_some(Effect::Ship).into_iter().collect();
    }
    let goes_on = order.settlement.pending_returns().next().is_some();
    match order.hold {
        Some(_) => Vec::new(),
        None if decided.is_empty() => goes_on.then_some(Effect::Refund).into_iter().collect(),
        None => decided,
    }
}

/// Records that Invoicebox took the payment back: what was not returned before went back this way.
pub(super) fn record_reversal(order: &mut Order, now: OffsetDateTime) {
    let settlement = &mut order.settlement;
    let stopped = settlement.returns.extract_if(.., |back| back.state != Progress::Done);
    settlement.stopped_returns.extend(stopped);
    let mut back = Return::decided(String::new(), Cause::Reversed, Vec::new(), Kopecks::ZERO, now);
    back.finish(ReturnedBy::Cancel, now);
    settlement.returns.push(back);
    balance_reversal(order);
}

//! Refunds that somebody else has made at Invoicebox, and ours that left although they were decided anew: that money does not
//! go back twice.

use time::OffsetDateTime;

use super::{
    Effect, Outcome, Transition, reserves,
    return_parts::{part_of_return, part_with_lines},
    returns,
};
use crate::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, Order, Reason, ReleaseOutcome, Status,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy, Shipment},
    },
    quote::Line,
};

impl Transition<'_> {
    /// A return that was decided anew has left after all: it counts, and an operator sees it. `false`: there is none of this
    /// number.
    pub(super) fn take_up_return(&mut self, number: &str, by: ReturnedBy) -> bool {
        let Some(mut back) = self.order.settlement.take_aside(number) else { return false };
        back.finish(by, self.now);
        let detail =
            format!("{number} {}: decided anew before it was known to have left", back.amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail);
        self.order.settlement.returns.push(back);
        drop_excess_returns(self.order);
        true
    }

    /// Money that Invoicebox returned on somebody else's word is not ours to return again.
    pub(super) fn record_found_refund(
        &mut self,
        number: String,
        amount: Kopecks,
        lines: &[(Sku, Kopecks)],
        at: Option<OffsetDateTime>,
        is_confirmed: bool,
    ) -> Outcome {
        let settlement = &self.order.settlement;
        if settlement.is_set_aside(&number) {
            return self.record_refund(&number, ReturnedBy::Refund);
        }
        let is_ours = settlement.returns.iter().any(|back| back.number == number)
            || settlement.second_payments.iter().any(|second| second.number == number);
        if is_ours || amount <= Kopecks::ZERO || settlement.payment.is_none() {
            return Outcome::Unchanged;
        }
        let detail = found_detail(&number, amount);
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail.clone());
        let is_in_place = drop_same_return(self.order, amount, lines);
        let at = at.map_or(self.now, |at| at.min(self.now));
        record_found(self.order, at, number, amount, lines, is_confirmed);
        // It was made in the place of one of ours, or of lines of which something goes back.
        if !is_in_place {
            drop_returned_before(self.order);
        }
        self.settle_found(detail)
    }

    /// A refund that others had made was cancelled: Invoicebox has the money still, and what was dropped for it is owed again.
    pub(super) fn undo_found_refund(&mut self, number: &str, reason: &str) -> Outcome {
        let returns = &mut self.order.settlement.returns;
        let Some(index) = returns.iter().position(|back| back.number == number) else {
            return Outcome::Unchanged;
        };
        let detail = found_detail(number, returns.remove(index).amount);
        let is_it = Discrepancy::RefundedElsewhere;
        self.order.discrepancies.retain(|one| one.what != is_it || one.detail != detail);
        self.record_discrepancy(is_it, format!("{detail}: {reason}"));
        if std::mem::take(&mut self.order.settlement.is_revoked) {
            return self.apply_payment_canceled();
        }
        if !self.order.status.is_final() {
            return self.changed([]);
        }
        self.hold_money_that_is_back();
        let effects = returns::owe_again(self.order, self.now);
        self.name_unshipped();
        self.changed(effects)
    }

    /// A reserve was taken before our shipment: as a whole, or a part of it by others, and the rest was let go. What ours has
    /// taken is known from its answer.
    pub(super) fn record_taken(&mut self, amount: Kopecks) -> Outcome {
        let settlement = &self.order.settlement;
        let is_known = settlement.returns.iter().any(|back| back.by == Some(ReturnedBy::Release));
        let untaken = self.order.paid_total().minus_at_least_zero(amount);
        let was_reserved = settlement.payment.is_some_and(Payment::began_as_reserve);
        let is_news = untaken > Kopecks::ZERO || settlement.payment == Some(Payment::Held);
        if !was_reserved || self.order.is_shipped() || settlement.is_reversed() || is_known || !is_news {
            return Outcome::Unchanged;
        }
        self.order.settlement.payment = Some(Payment::Captured);
        if untaken == Kopecks::ZERO {
            return self.changed([]);
        }
        let detail = format!("{} of {} taken", amount.to_decimal(), self.order.paid_total().to_decimal());
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail.clone());
        reserves::release_all_untaken(self.order, self.now, amount);
        self.settle_found(detail)
    }

    fn settle_found(&mut self, detail: String) -> Outcome {
        drop_excess_returns(self.order);
        self.drop_empty_hold();
        self.apply_found_to_start(detail)
    }

    /// Nothing is released for money that is not there: of everything as after a reversal, of a part until a person has
    /// decided.
    fn apply_found_to_start(&mut self, detail: String) -> Outcome {
        let is_everything = self.order.is_returned_as_a_whole();
        let is_sent = self.order.has_sent_release();
        match self.order.status {
            Status::Authorising | Status::Ready if is_sent && is_everything => {
                self.end(Status::Unavailable, Reason::PaymentCanceled, [Effect::WithdrawRelease])
            }
            Status::Fuelling if is_sent && is_everything => self.changed([Effect::WithdrawRelease]),
            Status::Paid | Status::Authorising if !is_sent => {
                self.close_release(ReleaseOutcome::NotSent);
                if is_everything {
                    self.order.hold = None;
                    return self.end(Status::Unavailable, Reason::PaymentCanceled, []);
                }
                self.hold(Discrepancy::RefundedElsewhere, detail);
                if self.order.status == Status::Paid {
                    return self.changed([]);
                }
                self.move_to(Status::Paid, [])
            }
            _ => self.changed([]),
        }
    }
}

/// Records a refund that somebody else has made at Invoicebox.
fn record_found(
    order: &mut Order,
    at: OffsetDateTime,
    number: String,
    amount: Kopecks,
    lines: &[(Sku, Kopecks)],
    is_confirmed: bool,
) {
    let lines = lines.iter().filter_map(|(sku, total)| {
        let line = order.line_of(sku)?;
        line.part_worth((*total).min(line.total), line.vat_sum)
    });
    let mut back = Return::decided(number, Cause::Elsewhere, lines.collect(), amount, at);
    back.finish(ReturnedBy::Refund, at);
    back.is_confirmed = is_confirmed;
    order.settlement.returns.push(back);
}

/// Drops a return that has not left: somebody else has returned the same sum at Invoicebox, which is the way out where ours
/// was refused, or late. One that names other lines is another refund.
fn drop_same_return(order: &mut Order, amount: Kopecks, lines: &[(Sku, Kopecks)]) -> bool {
    let settlement = &mut order.settlement;
    // Of an operator's only one whose lines are named: two equal sums may be meant.
    let is_named =
        |back: &Return| back.state == Progress::UnderWay && is_by_operator(back) && !lines.is_empty();
    let is_ours = |back: &Return| back.state == Progress::Refused || is_pending_rest(back) || is_named(back);
    let is_of_lines =
        |back: &Return| lines.iter().all(|(sku, _)| back.lines.iter().any(|line| line.sku == *sku));
    let is_same = |back: &Return| is_ours(back) && back.amount == amount && is_of_lines(back);
    let Some(index) = settlement.returns.iter().position(is_same) else { return false };
    settlement.dropped_returns.push(settlement.returns.remove(index));
    true
}

/// Drops from what was not delivered what the last found refund has returned of its lines before it was decided: then nobody
/// could mean what was delivered. Without lines it may be of any.
fn drop_returned_before(order: &mut Order) {
    let Some(found) = order.settlement.returns.last().cloned() else { return };
    // A payment of another sum has no lines of ours.
    let is_meant =
        |back: &Return| is_pending_rest(back) && !back.lines.is_empty() && found.done_at < back.decided_at;
    let Some(index) = order.settlement.returns.iter().position(is_meant) else { return };
    let back = order.settlement.returns[index].clone();
    let mut unnamed = if found.lines.is_empty() { found.amount } else { Kopecks::ZERO };
    let rest_of = |line: &Line| {
        let of_line = found.lines.iter().filter(|part| part.sku == line.sku).map(|part| part.total);
        let named = line.total.minus_at_least_zero(of_line.sum());
        let total = named.minus_at_least_zero(unnamed);
        unnamed = unnamed.minus_at_least_zero(named);
        line.part_worth(total, line.vat_sum)
    };
    let lines: Vec<Line> = back.lines.iter().filter_map(rest_of).collect();
    if lines.iter().map(|line| line.total).sum::<Kopecks>() < back.amount {
        replace_by_part(order, index, lines);
    }
}

/// Drops what we were about to return of a line beyond what it cost: others have returned it.
fn drop_excess_lines(order: &mut Order) {
    for is_meant in RANKS {
        let numbers: Vec<String> = order
            .settlement
            .returns
            .iter()
            .filter(|back| is_meant(back))
            .map(|back| back.number.clone())
            .collect();
        for number in numbers.iter().rev() {
            reduce_lines(order, number);
        }
    }
}

fn reduce_lines(order: &mut Order, number: &str) {
    let Some(index) = order.settlement.returns.iter().position(|back| back.number == number) else { return };
    let back = order.settlement.returns[index].clone();
    let within = |part: &Line| {
        let excess = order.line_of(&part.sku).map_or(Kopecks::ZERO, |line| {
            let returned: Kopecks = order.settlement.returned_of(line).map(|part| part.total).sum();
            returned.minus_at_least_zero(line.total)
        });
        part.part_worth(part.total.minus_at_least_zero(excess), part.vat_sum)
    };
    let lines: Vec<Line> = back.lines.iter().filter_map(within).collect();
    let amount: Kopecks = lines.iter().map(|line| line.total).sum();
    if back.lines.is_empty() || amount == back.amount {
        return;
    }
    replace_by_part(order, index, lines);
}

/// Drops a return in favour of these of its lines, under another number.
fn replace_by_part(order: &mut Order, index: usize, lines: Vec<Line>) {
    let back = order.settlement.returns.remove(index);
    let amount: Kopecks = lines.iter().map(|line| line.total).sum();
    if amount > Kopecks::ZERO {
        let number = order.settlement.next_number(&order.merchant_order_id);
        order.settlement.returns.push(part_with_lines(&back, lines, amount, number));
    }
    order.settlement.dropped_returns.push(back);
}

/// Drops what we were about to return of money that is back already: first what Invoicebox refused, then what was not
/// delivered, then what an operator has decided. Of a return that is dropped in part the rest is returned under a new number.
pub(super) fn drop_excess_returns(order: &mut Order) {
    drop_excess_lines(order);
    let mut excess = excess_returns(order);
    for is_meant in RANKS {
        while excess > Kopecks::ZERO {
            let mut returns = order.settlement.returns.iter();
            let Some(index) = returns.rposition(is_meant) else { break };
            let back = order.settlement.returns.remove(index);
            let rest = back.amount.minus_at_least_zero(excess);
            excess = excess.minus_at_least_zero(back.amount);
            let number = order.settlement.next_number(&order.merchant_order_id);
            let part = part_of_return(&back, rest, number);
            order.settlement.returns.extend(part);
            order.settlement.dropped_returns.push(back);
        }
    }
}

/// Returns that have not left, in the order in which they give way to what others have returned.
const RANKS: [fn(&Return) -> bool; 3] =
    [|back| back.state == Progress::Refused, is_pending_rest, |back| back.state == Progress::UnderWay];

/// What was not delivered, and has not left.
fn is_pending_rest(back: &Return) -> bool {
    back.state == Progress::UnderWay && !is_by_operator(back)
}

fn is_by_operator(back: &Return) -> bool {
    matches!(back.cause, Cause::Operator { .. })
}

/// What is returned beyond what was paid, or beyond what the shipment has left. A refund whose lines are not known, and which
/// was made before the shipment, is taken for one of what was not delivered.
fn excess_returns(order: &Order) -> Kopecks {
    let settlement = &order.settlement;
    let is_beside = |back: &Return| match (&back.cause, shipment_state(order)) {
        (Cause::Operator { .. }, _) => false,
        (Cause::Elsewhere, Some(Progress::Done)) => false,
        (Cause::Elsewhere, _) => back.lines.is_empty(),
        (Cause::Rest | Cause::Everything | Cause::Reversed, _) => true,
    };
    let beside: Kopecks =
        settlement.returns.iter().filter(|back| is_beside(back)).map(|back| back.amount).sum();
    let shipment = settlement.shipment.as_ref().filter(|shipment| shipment.state != Progress::Refused);
    let kept = shipment.map_or(Kopecks::ZERO, Shipment::amount);
    let paid = order.paid_total();
    let beside_shipment = (beside + kept).minus_at_least_zero(paid);
    settlement.returned().minus_at_least_zero(paid).max(beside_shipment)
}

fn shipment_state(order: &Order) -> Option<Progress> {
    order.settlement.shipment.as_ref().map(|shipment| shipment.state)
}

/// What a discrepancy says of a refund that others have made.
pub(super) fn found_detail(number: &str, amount: Kopecks) -> String {
    format!("{number} {}", amount.to_decimal())
}

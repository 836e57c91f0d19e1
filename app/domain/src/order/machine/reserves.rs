//! Reserves: what was taken of one, and one that is given up as a whole.

use time::OffsetDateTime;

use super::return_parts::{add_return, part_of_return, undelivered};
use crate::{
    money::Kopecks,
    order::{
        Order,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy},
    },
    quote::Line,
};

/// In place of a number, for what was let go of a reserve without a refund.
const UNTAKEN: &str = "untaken";

/// Marks as gone what was never taken of a reserve: first of what is about to be returned, then of what was to be kept.
pub(super) fn release_all_untaken(order: &mut Order, now: OffsetDateTime, taken: Kopecks) {
    let known = order.settlement.returns.iter().filter(|back| back.by == Some(ReturnedBy::Release));
    let known: Kopecks = known.map(|back| back.amount).sum();
    let untaken = order.paid_total().minus_at_least_zero(taken).minus_at_least_zero(known);
    let more = untaken.minus_at_least_zero(release_rest(order, now, untaken));
    if more > Kopecks::ZERO {
        let mut back = Return::decided(UNTAKEN.to_owned(), Cause::Elsewhere, Vec::new(), more, now);
        back.finish(ReturnedBy::Release, now);
        order.settlement.returns.push(back);
    }
}

/// Marks as gone what was never taken of a reserve, within what is about to be returned. The rest of it is returned under a
/// number of its own. Gives what was marked.
fn release_rest(order: &mut Order, now: OffsetDateTime, untaken: Kopecks) -> Kopecks {
    let is_rest =
        |back: &Return| back.state != Progress::Done && matches!(back.cause, Cause::Rest | Cause::Everything);
    let index = order.settlement.returns.iter().position(is_rest);
    let Some(index) = index.filter(|_| untaken > Kopecks::ZERO) else { return Kopecks::ZERO };
    let back = order.settlement.returns.remove(index);
    let amount = untaken.min(back.amount);
    let released = part_of_return(&back, amount, back.number.clone()).map(|mut released| {
        released.finish(ReturnedBy::Release, now);
        released
    });
    let number = order.settlement.next_number(&order.merchant_order_id);
    let rest = rest_of_return(&back, released.as_ref(), number);
    order.settlement.returns.splice(index..index, released.into_iter().chain(rest));
    amount
}

/// What of a return a part of it has left, by line.
fn rest_of_return(back: &Return, part: Option<&Return>, number: String) -> Option<Return> {
    let amount = back.amount.minus_at_least_zero(part.map_or(Kopecks::ZERO, |part| part.amount));
    let mut rest = part_of_return(back, amount, number)?;
    let of_line = |line: &Line| {
        let taken = part.into_iter().flat_map(|part| &part.lines).find(|taken| taken.sku == line.sku);
        let Some(taken) = taken else { return Some(line.clone()) };
        let vat = line.vat_sum.minus_at_least_zero(taken.vat_sum);
        line.part_worth(line.total.minus_at_least_zero(taken.total), vat)
    };
    rest.lines = back.lines.iter().filter_map(of_line).collect();
    Some(rest)
}

/// Makes one return of several that are all that was paid, while nothing was shipped and nothing has left: a guarantee can be
/// given back as a whole only before it is shipped. `false`: there are not several, or something has left.
pub(super) fn merge_unshipped(order: &mut Order, now: OffsetDateTime) -> bool {
    let settlement = &order.settlement;
    // What a call may have left goes on under its number.
    let has_not_left = |back: &Return| match back.state {
        Progress::Refused => true,
        Progress::UnderWay => back.sent_at.is_none(),
        Progress::Done => false,
    };
    let is_ours =
        |back: &Return| has_not_left(back) && matches!(back.cause, Cause::Rest | Cause::Operator { .. });
    let is_all = settlement.shipment.is_none()
        && settlement.other_sum.is_none()
        && settlement.returns.len() > 1
        && settlement.returns.iter().all(is_ours)
        && order.is_returned_as_a_whole();
    is_all && replace_parts(order, now, Cause::Everything)
}

/// Drops all returns, of which none has left, for one of all that they are.
fn replace_parts(order: &mut Order, now: OffsetDateTime, cause: Cause) -> bool {
    let parts = std::mem::take(&mut order.settlement.returns);
    let is_retried = parts.iter().any(|back| back.is_retried);
    // The requests are kept with what is dropped: they are of parts of it.
    order.settlement.dropped_returns.extend(parts);
    let lines = undelivered(order, &[]);
    if !add_return(order, now, cause, lines) {
        return false;
    }
    if let Some(back) = order.settlement.returns.last_mut() {
        back.is_retried = is_retried;
    }
    true
}

/// Decides to return a reserve as a whole of which an operator returns all that the rest leaves, before anything of it was
/// taken: it cannot be refunded in parts. `false`: something of it is kept, or it was taken.
pub(super) fn give_up_reserve(order: &mut Order, now: OffsetDateTime) -> bool {
    let settlement = &order.settlement;
    if settlement.payment != Some(Payment::Held) || order.is_shipped() {
        return false;
    }
    let is_all =
        settlement.pending_returns().count() == settlement.returns.len() && order.is_returned_as_a_whole();
    if is_all && settlement.returns.len() == 1 {
        return true;
    }
    let asked = settlement.returns.iter().rfind(|back| back.request.is_some());
    let Some(cause) = asked.filter(|_| is_all).map(|asked| asked.cause.clone()) else { return false };
    replace_parts(order, now, cause)
}

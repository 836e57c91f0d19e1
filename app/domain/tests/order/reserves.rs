//! Reserves whose shipment is refused, or of which others have taken a part.

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Status,
        machine::{Canceller, Effect, Event, Outcome},
        settlement::{Cause, Payment, ReturnedBy},
    },
};
use test_support::{
    order_steps::{
        cancel, change, change_all, complete, dispensed, paid_order, ready, refund_sum, sums, try_change,
    },
    orders::order,
};

use crate::reading::{amounts, coffee, done, under_way};

const FIRST: &str = "AZS12-000451-r1";

#[test]
fn a_reserve_whose_shipment_is_refused_waits_or_is_given_up_as_a_whole() {
    let mut order = change_all(ready(order(true), true), [dispensed(3000)]);
    let number = "AZS12-000451-s1".to_owned();
    let refused = Event::ShipmentRefused { number: number.clone(), reason: "no".to_owned() };
    assert_eq!(change(&mut order, refused), [], "nothing of a reserve can be refunded");
    assert_eq!(order.discrepancies[0].detail, "no");
    assert_eq!(amounts(&order), [under_way(46_216)]);
    assert!(order.waits_for_shipment(FIRST) && order.is_reserve_unshipped());
    assert_eq!(order.money_under_way().count(), 0, "a person has been told");
    assert_eq!(order.owed_to_payer().get(), 46_216);
    let what = Discrepancy::ShipmentRefused;
    let settled = Event::DiscrepancySettled { what, detail: None };
    assert_eq!(try_change(&order, settled), Outcome::Refused, "money waits for it");
    assert_eq!(try_change(&order, coffee(1)), Outcome::Refused);
    assert_eq!(try_change(&order, Event::MoneyUntried { number: FIRST.to_owned() }), Outcome::Unchanged);
    // The cause is mended.
    let mut retried = change_all(order.clone(), [Event::ShipmentRetried]);
    let recorded = Event::ShipmentRecorded { number, taken: None };
    assert_eq!(change(&mut retried, recorded), []);
    assert_eq!(amounts(&retried), [done(46_216)]);
    // Or the network gives it up: the payment is cancelled as a whole.
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(263_126)]);
    assert_eq!(order.settlement.dropped_returns.len(), 1);
    assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged);
}

/// What a person returns of a reserve is taken with the rest first: it is not let go by the shipment and refunded as well.
#[test]
fn a_refund_beside_a_shipment_that_is_sent_again_leaves_once() {
    let mut order = change_all(ready(order(true), true), [dispensed(3000)]);
    let shipped = order.settlement.shipment.clone().unwrap();
    let number = shipped.number.clone();
    change(&mut order, coffee(1));
    let refused = Event::ShipmentRefused { number: number.clone(), reason: "no".to_owned() };
    let mut order = change_all(order, [refused, Event::ShipmentRetried]);
    assert_eq!(order.settlement.shipment.as_ref().map(|it| &it.lines), Some(&shipped.lines));
    let recorded = Event::ShipmentRecorded { number, taken: None };
    assert_eq!(change(&mut order, recorded), [Effect::Refund]);
    assert_eq!(amounts(&order), [done(46_216), under_way(14_900)]);
    let [kept, charged, _] = sums(&order);
    assert_eq!((kept, charged), (263_126, 263_126 - 46_216 - 14_900));
}

#[test]
fn of_a_reserve_that_others_took_in_part_only_that_part_is_there() {
    let taken = |amount| Event::Paid {
        provider_id: test_support::orders::invoice().provider_id,
        held: false,
        paid_at: None,
        amount: Some(Kopecks::new(amount)),
    };
    // Before the start: a person decides.
    let mut order = change_all(paid_order(order(true), true), [taken(100_000)]);
    assert!(!order.is_startable(test_support::orders::NOW));
    assert_eq!(
        (order.status, order.hold.map(|hold| hold.cause)),
        (Status::Paid, Some(Discrepancy::RefundedElsewhere))
    );
    assert_eq!(order.discrepancies[0].detail, "1000.00 of 2631.26 taken");
    assert_eq!(try_change(&order, Event::ReserveTaken { amount: Kopecks::new(100_000) }), Outcome::Unchanged);
    assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::Refund]);
    assert_eq!(amounts(&order), [done(163_126), under_way(100_000)]);
    // Learned when all of it is about to be returned: what was never taken is not asked for.
    let paid = change_all(paid_order(self::order(true), true), [taken(263_126)]);
    let mut order = change_all(paid, [cancel(Canceller::Customer)]);
    change(&mut order, Event::ReserveTaken { amount: Kopecks::new(100_000) });
    assert_eq!(amounts(&order), [done(163_126), under_way(100_000)]);
    let released = &order.settlement.returns[0];
    assert_eq!((released.by, released.number.as_str()), (Some(ReturnedBy::Release), FIRST));
    assert_eq!(released.lines.iter().map(|line| line.total.get()).sum::<i64>(), 163_126, "by line");
    // The shipment of others says it once more: that is not let go twice.
    let number = "AZS12-000451-s1".to_owned();
    let mut shipped = change_all(ready(self::order(true), true), [taken(263_126), dispensed(1000)]);
    change(&mut shipped, Event::ReserveTaken { amount: Kopecks::new(100_000) });
    change(&mut shipped, Event::ShipmentRecorded { number, taken: Some(Kopecks::new(100_000)) });
    let shipment = shipped.settlement.shipment.as_ref().map_or(0, |shipment| shipment.amount().get());
    assert_eq!(amounts(&shipped), [done(163_126), under_way(100_000 - shipment)]);
    // While it fuels, what was given is charged within what is there.
    let mut order = change_all(ready(self::order(true), true), [taken(100_000)]);
    assert_eq!(change(&mut order, dispensed(3000)), [Effect::Ship]);
    let shipment = order.settlement.shipment.as_ref().map(|shipment| shipment.amount().get());
    assert_eq!((shipment, sums(&order)), (Some(100_000), [263_126, 100_000, 163_126]));
}

fn shipment_recorded(taken: Option<i64>) -> Event {
    let number = "AZS12-000451-s1".to_owned();
    Event::ShipmentRecorded { number, taken: taken.map(Kopecks::new) }
}

#[test]
fn while_the_shipment_of_a_reserve_is_under_way_its_refunds_wait_or_give_it_up_as_a_whole() {
    let shipping = change_all(ready(order(true), true), [dispensed(3000)]);
    let mut order = shipping.clone();
    change(&mut order, coffee(1));
    assert!(order.settlement.returns.iter().all(|back| order.waits_for_shipment(&back.number)));
    assert_eq!(change(&mut order, shipment_recorded(None)), [Effect::Refund]);
    assert_eq!(amounts(&order)[0], done(46_216));
    assert_eq!(order.settlement.pending_returns().count(), 1);
    // Of everything, it is cancelled.
    let mut order = shipping;
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(263_126)]);
    assert!(!order.waits_for_shipment(&order.settlement.returns[0].number) && !order.is_shipping());
    assert_eq!(order.money_under_way().map(|money| money.amount.get()).sum::<i64>(), 263_126);
    assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged);
    // What was cancelled and is there again is cancelled again.
    let mut back = change_all(order, [Event::PaymentCanceled]);
    assert_eq!(amounts(&back), [done(263_126)]);
    assert_eq!(change(&mut back, Event::PaymentRestored { held: true }), [Effect::ReturnMoney]);
    assert_eq!(amounts(&back), [under_way(263_126)]);
}

#[test]
fn parts_of_a_reserve_that_make_up_all_of_it_and_are_owed_again_are_one_return() {
    // As an earlier version decided it.
    let mut order = change_all(ready(order(true), false), [dispensed(3000), refund_sum(1, None)]);
    order.settlement.payment = Some(Payment::Held);
    let mut order = change_all(order, [Event::PaymentCanceled]);
    assert_eq!(order.settlement.returns.len(), 2);
    change(&mut order, Event::PaymentRestored { held: true });
    assert_eq!(amounts(&order), [under_way(263_126)]);
    let named = order.discrepancies.iter().filter(|one| one.what == Discrepancy::MoneyOwed);
    let named: Vec<&str> = named.map(|one| one.detail.as_str()).collect();
    assert_eq!(named, ["AZS12-000451-r3 2631.26: the cancelled payment is there again"]);
}

#[test]
fn of_a_reserve_that_is_not_shipped_another_volume_may_be_decided() {
    let held = || change_all(ready(order(true), true), [dispensed(3000), dispensed(3500)]);
    let mut order = held();
    assert!(order.is_shipment_held());
    assert_eq!(change(&mut order, complete(Some(3500))), [Effect::Ship]);
    let shipment = order.settlement.shipment.clone().unwrap();
    assert_eq!(shipment.number, "AZS12-000451-s1", "it is looked for by its number before it is sent");
    assert_eq!(order.settlement.returned() + shipment.amount(), order.total);
    assert_eq!((order.hold, order.dispensed.map(|volume| volume.get())), (None, Some(3500)));
    assert_eq!(change(&mut order, shipment_recorded(None)), []);
    assert_eq!(order.final_total(), Some(shipment.amount()));
    // The one that was decided before had left after all: no more was taken than that.
    let mut order = change_all(held(), [complete(Some(3500))]);
    change(&mut order, shipment_recorded(Some(216_910)));
    assert_eq!(order.final_total().map(Kopecks::get), Some(216_910));
    assert_eq!(order.settlement.pending_returns().count(), 0);
    assert_eq!(order.settlement.payment, Some(Payment::Taken));
    // Less as well, and nothing: then it waits for a word about the coffee.
    let less = change_all(held(), [complete(Some(1000))]);
    assert!(less.final_total() < order.final_total());
    let mut nothing = held();
    assert_eq!(change(&mut nothing, complete(Some(0))), []);
    assert!(nothing.goods_until.is_some() && nothing.settlement.shipment.is_none());
    // One that was refused is decided anew as well.
    let refused = Event::ShipmentRefused { number: "AZS12-000451-s1".to_owned(), reason: "no".to_owned() };
    let mut order = change_all(ready(self::order(true), true), [dispensed(3000), refused, dispensed(3500)]);
    assert_eq!(change(&mut order, complete(Some(3500))), [Effect::Ship]);
    assert_eq!(order.discrepancy(Discrepancy::ShipmentRefused), None);
}

#[test]
fn what_a_reserve_has_given_counts_whatever_was_decided_since() {
    // It left with 30.00 l, and a person has decided about less: what was taken beyond that goes back.
    let held = change_all(ready(order(true), true), [dispensed(3000), dispensed(1000)]);
    let mut order = change_all(held, [complete(Some(1000))]);
    let decided = order.settlement.shipment.as_ref().map_or(0, |shipment| shipment.amount().get());
    assert_eq!(change(&mut order, shipment_recorded(Some(216_910))), [Effect::Refund]);
    assert_eq!(amounts(&order), [done(46_216), under_way(216_910 - decided)]);
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    assert_eq!(order.settlement.returns[0].cause, Cause::Rest);
    // All of it was taken: the rest is asked for under the number that it has.
    let mut order = change_all(ready(self::order(true), true), [dispensed(3000)]);
    assert_eq!(change(&mut order, shipment_recorded(Some(263_126))), [Effect::Refund]);
    assert_eq!(
        (amounts(&order), order.settlement.returns[0].number.as_str()),
        (vec![under_way(46_216)], FIRST)
    );
    // As decided: it is a reserve still, of which the rest was let go.
    let mut order = change_all(ready(self::order(true), true), [dispensed(3000)]);
    assert_eq!(change(&mut order, shipment_recorded(Some(216_910))), []);
    assert_eq!((amounts(&order), order.settlement.payment), (vec![done(46_216)], Some(Payment::Held)));
}

#[test]
fn refused_documents_of_a_reserve_that_is_back_are_nobodys_matter() {
    let number = "AZS12-000451-s1".to_owned();
    let refused = || Event::ShipmentRefused { number: number.clone(), reason: "no".to_owned() };
    let by_cancel = |order: &domain::order::Order| {
        order.settlement.returns.iter().map(|back| back.number.clone()).collect::<Vec<_>>()
    };
    let shipping = change_all(ready(order(true), true), [dispensed(3000)]);
    let given_up = change_all(shipping.clone(), [refund_sum(1, None), refused()]);
    assert_eq!(given_up.discrepancies, [], "nothing has to be shipped");
    let going = change_all(shipping.clone(), [refused(), refund_sum(1, None)]);
    assert!(going.discrepancy(Discrepancy::ShipmentRefused).is_some(), "until it has gone");
    for steps in [vec![refused(), refund_sum(1, None)], vec![refund_sum(1, None), refused()]] {
        let mut order = change_all(shipping.clone(), steps);
        for number in by_cancel(&order) {
            change(&mut order, Event::RefundRecorded { number, by: ReturnedBy::Cancel });
        }
        assert_eq!(order.discrepancies, [], "{:?}", order.settlement);
    }
    // A reserve that lapses after the refusal was never taken.
    let mut lapsed = change_all(shipping, [refused()]);
    change(&mut lapsed, Event::PaymentCanceled);
    let what = Discrepancy::ShipmentRefused;
    change(&mut lapsed, Event::DiscrepancySettled { what, detail: None });
}

#[test]
fn a_reserve_that_was_taken_as_a_whole_is_refunded_and_what_was_refused_in_parts_is_given_up() {
    let total = Kopecks::new(263_126);
    let mut order = change_all(ready(order(true), true), [dispensed(3000), refund_sum(1, None)]);
    change(&mut order, Event::ReserveTaken { amount: total });
    assert_eq!(
        (order.settlement.payment, amounts(&order)),
        (Some(Payment::Captured), vec![under_way(263_126)])
    );
    assert_eq!(try_change(&order, Event::ReserveTaken { amount: total }), Outcome::Unchanged);
    // As an earlier version decided and tried it: two refunds of a reserve.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000), refund_sum(1, None)]);
    order.settlement.payment = Some(Payment::Held);
    let numbers: Vec<String> = order.settlement.returns.iter().map(|back| back.number.clone()).collect();
    for number in numbers {
        change(&mut order, Event::RefundRefused { number, reason: "hold".to_owned() });
    }
    assert_eq!(change(&mut order, Event::RefundsRetried), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(263_126)]);
    // The documents are refused first: then it goes as a whole at once.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000), refund_sum(1, None)]);
    order.settlement.payment = Some(Payment::Held);
    let refused = Event::ShipmentRefused { number: "AZS12-000451-s1".to_owned(), reason: "no".to_owned() };
    let mut kept = change_all(ready(self::order(true), true), [dispensed(3000)]);
    assert_eq!(change(&mut kept, refused.clone()), [], "something of it is kept");
    assert_eq!(change(&mut order, refused), [Effect::Refund]);
    // What was shipped is refunded: nothing of it can be cancelled.
    let delivered = change_all(ready(self::order(true), true), [dispensed(3741), shipment_recorded(None)]);
    let mut order = change_all(delivered, [coffee(1)]);
    change(&mut order, refund_sum(2, None));
    assert_eq!(order.settlement.returns.len(), 2);
}

#[test]
fn what_an_operator_returns_while_a_reserve_ships_is_kept_whatever_was_taken() {
    // It left with 30.00 l; a person has decided about all of it, and returns a coffee.
    let held = change_all(ready(order(true), true), [dispensed(3000), dispensed(3741)]);
    let mut order = change_all(held, [complete(Some(3741)), coffee(1)]);
    assert_eq!(change(&mut order, shipment_recorded(Some(216_910))), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(14_900), done(46_216)]);
    assert_eq!(order.final_total().map(Kopecks::get), Some(216_910 - 14_900));
    let what: Vec<_> = order.discrepancies.iter().map(|one| (one.what, one.detail.as_str())).collect();
    let detail = "462.16 of what was decided is not shipped, and was not taken";
    assert!(what.contains(&(Discrepancy::ShipmentRefused, detail)), "{what:?}");
    // Once it is shipped, no list that lags behind makes more of it untaken.
    let delivered = change_all(ready(self::order(true), true), [dispensed(3741), shipment_recorded(None)]);
    let fewer = Event::ReserveTaken { amount: Kopecks::new(200_000) };
    assert_eq!(try_change(&delivered, fewer), Outcome::Unchanged);
}

#[test]
fn the_rest_of_a_reserve_whose_documents_were_refused_is_promised_to_nobody() {
    let refused = Event::ShipmentRefused { number: "AZS12-000451-s1".to_owned(), reason: "no".to_owned() };
    let shipping = change_all(ready(order(true), true), [dispensed(3000)]);
    let message = test_support::order_steps::message;
    assert!(!message(&shipping).contains("задерживается"), "{}", message(&shipping));
    let order = change_all(shipping, [refused]);
    assert!(message(&order).contains("задерживается") && !message(&order).contains("вернёт"));
}

#[test]
fn a_reserve_that_was_refused_in_parts_stays_a_refusal_until_it_has_gone() {
    // As an earlier version decided and tried it.
    let mut order = change_all(ready(order(true), false), [dispensed(3000), refund_sum(1, None)]);
    order.settlement.payment = Some(Payment::Held);
    let numbers: Vec<String> = order.settlement.returns.iter().map(|back| back.number.clone()).collect();
    for number in numbers {
        change(&mut order, Event::RefundRefused { number, reason: "hold".to_owned() });
    }
    change(&mut order, Event::RefundsRetried);
    let named = order.discrepancies.iter().filter(|one| one.what == Discrepancy::RefundRefused);
    let named: Vec<&str> = named.map(|one| one.detail.as_str()).collect();
    let number = &order.settlement.returns[0].number;
    assert_eq!(named, [format!("{number} 2631.26: hold")]);
    // The request is of a part: the whole has none, and its repetition is known all the same.
    assert_eq!(order.settlement.returns[0].request, None);
    assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged);
}

#[test]
fn the_documents_of_a_reserve_stay_whatever_is_decided_later() {
    let delivered = change_all(ready(order(true), true), [dispensed(3741), shipment_recorded(None)]);
    let mut order = change_all(delivered, [coffee(1), dispensed(3500)]);
    assert!(order.is_shipment_held(), "what the operator returns waits");
    change(&mut order, complete(Some(3741)));
    assert!(order.is_shipped());
}

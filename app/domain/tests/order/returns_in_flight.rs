//! Returns that may have left: what is decided anew meanwhile never pays them twice.

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, Event, Outcome, StationReport},
        settlement::{Cause, ReturnedBy},
    },
};
use test_support::{
    order_steps::{
        cancel, change, change_all, complete, dispensed, paid_order, ready, record_refund, record_shipment,
        refund_sum, refuse_refund, start, sums, try_change,
    },
    orders::{NOW, order, report},
};

use time::Duration;

use crate::reading::{amounts, coffee, done, kinds, office, unconfirmed, under_way};

const FIRST: &str = "AZS12-000451-r1";

fn sent(number: &str) -> Event {
    Event::RefundSent { number: number.to_owned() }
}

fn recorded(number: &str) -> Event {
    Event::RefundRecorded { number: number.to_owned(), by: ReturnedBy::Refund }
}

/// 30 l of 37.41 were dispensed and shipped; 462.16 go back.
fn shipped() -> Order {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    order
}

#[test]
fn a_refund_is_sent_only_while_it_is_wanted() {
    let mut order = shipped();
    change(&mut order, sent(FIRST));
    assert!(order.settlement.returns[0].sent_at.is_some());
    assert_eq!(try_change(&order, sent("AZS12-000451-r9")), Outcome::Refused, "nobody knows it");
    let mut held = change_all(order.clone(), [dispensed(3200)]);
    assert!(held.hold.is_some());
    assert_eq!(try_change(&held, sent(FIRST)), Outcome::Refused, "it waits for a person");
    change(&mut held, complete(Some(3200)));
    assert_eq!(try_change(&held, sent(FIRST)), Outcome::Refused, "it was decided anew");
    record_refund(&mut order);
    assert_eq!(try_change(&order, sent(FIRST)), Outcome::Refused, "it has gone");
}

#[test]
fn a_return_that_was_decided_anew_and_had_left_takes_the_place_of_the_new_one() {
    // It was sent, its answer was lost, and a late report had a person decide.
    let mut order = change_all(shipped(), [sent(FIRST), dispensed(3200)]);
    assert_eq!(change(&mut order, complete(Some(3200))), [Effect::Refund, Effect::FollowRefunds]);
    let anew = 263_126 - 199_584 - 29_800;
    assert_eq!(amounts(&order), [under_way(anew)]);
    assert_eq!(order.settlement.possibly_left().count(), 1);
    let mut absent = order.clone();
    // Invoicebox has it: the new one is not sent, though the shipment is recorded.
    change(&mut order, office(FIRST, 46_216, &[]));
    assert_eq!(amounts(&order), [done(46_216)]);
    assert!(kinds(&order).contains(&Discrepancy::RefundedElsewhere));
    // It has not: nobody has to look any more, and a late sight of it still counts.
    let second = Event::RefundAbsent { number: "AZS12-000451-r2".to_owned() };
    assert_eq!(try_change(&absent, second), Outcome::Unchanged, "nobody looks for that one");
    change(&mut absent, Event::RefundAbsent { number: FIRST.to_owned() });
    assert_eq!(absent.settlement.possibly_left().count(), 0);
    assert_eq!(try_change(&absent, Event::RefundAbsent { number: FIRST.to_owned() }), Outcome::Unchanged);
    assert_eq!(amounts(&absent), [under_way(anew)]);
    change(&mut absent, recorded(FIRST));
    assert_eq!(amounts(&absent), [done(46_216)]);
}

#[test]
fn a_return_of_which_the_office_returned_the_same_is_looked_for_when_it_may_have_left() {
    let mut unsent = shipped();
    assert_eq!(change(&mut unsent, office("office-1", 46_216, &[])), []);
    let mut order = change_all(shipped(), [sent(FIRST)]);
    assert_eq!(change(&mut order, office("office-1", 46_216, &[])), [Effect::FollowRefunds]);
    assert_eq!(amounts(&order), [done(46_216)]);
    change(&mut order, recorded(FIRST));
    assert_eq!(amounts(&order), [done(46_216), done(46_216)], "it went twice, and an operator sees it");
    assert_eq!(kinds(&order), [Discrepancy::RefundedElsewhere; 2]);
}

#[test]
fn a_refund_of_the_office_that_is_cancelled_is_owed_again() {
    // It took the place of ours.
    let mut order = shipped();
    assert_eq!(change(&mut order, unconfirmed(office("office-1", 46_216, &[]))), [Effect::FollowRefunds]);
    let canceled =
        || Event::RefundRefused { number: "office-1".to_owned(), reason: "canceled there".to_owned() };
    let mut confirmed = change_all(order.clone(), [Event::RefundConfirmed { number: "office-1".to_owned() }]);
    assert_eq!(try_change(&confirmed, canceled()), Outcome::Unchanged, "it is final");
    assert_eq!(change(&mut order, canceled()), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(46_216)]);
    assert_eq!(order.discrepancies.len(), 1);
    assert_eq!(order.discrepancies[0].detail, "office-1 462.16: canceled there");
    change(&mut confirmed, coffee(1));
    // All of it, before the end: the order has ended for it, and the money is still there.
    let mut order = paid_order(self::order(true), false);
    let total = order.total.get();
    change(&mut order, unconfirmed(office("office-1", total, &[])));
    assert_eq!(order.status, Status::Unavailable);
    assert_eq!(change(&mut order, canceled()), [Effect::ReturnMoney]);
    assert_eq!(amounts(&order), [under_way(total)]);
    // A part of an order that waits: it goes on waiting for a person.
    let mut order = paid_order(self::order(true), false);
    change(&mut order, unconfirmed(office("office-1", 100, &[])));
    assert_eq!(change(&mut order, canceled()), []);
    assert_eq!((amounts(&order), order.hold.is_some()), (vec![], true));
    assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::ReturnMoney]);
    // A payment of another sum goes back as it came.
    let paid = Event::Paid {
        provider_id: test_support::orders::invoice().provider_id,
        held: false,
        paid_at: None,
        amount: Some(Kopecks::new(100)),
    };
    let invoice = Event::InvoiceCreated(test_support::orders::invoice());
    let mut order = change_all(self::order(true), [invoice, paid]);
    change(&mut order, unconfirmed(office("office-1", 100, &[])));
    assert_eq!(amounts(&order), [done(100)]);
    assert_eq!(change(&mut order, canceled()), [Effect::ReturnMoney]);
    assert_eq!(amounts(&order), [under_way(100)]);
}

#[test]
fn what_a_reversal_has_stopped_goes_on_when_the_money_is_there_again() {
    let mut order = change_all(ready(order(true), false), [dispensed(3741)]);
    record_shipment(&mut order);
    change_all_in(&mut order, [coffee(1), sent(FIRST), coffee(2)]);
    change(&mut order, recorded("AZS12-000451-r2"));
    assert_eq!(change(&mut order, Event::PaymentCanceled), [Effect::FollowRefunds]);
    assert_eq!(try_change(&order, coffee(1)), Outcome::Unchanged, "the same key is the same refund");
    let mut left = order.clone();
    assert_eq!(change(&mut order, Event::PaymentRestored { held: false }), [Effect::Refund]);
    assert_eq!(amounts(&order), [done(14_900), under_way(14_900)]);
    assert_eq!(order.settlement.returns[1].number, FIRST, "under its number, which may be known there");
    assert_eq!(sums(&order), [263_126, 233_326, 29_800]);
    // It had left before the reversal.
    change(&mut left, recorded(FIRST));
    change(&mut left, Event::PaymentRestored { held: false });
    assert_eq!(amounts(&left), [done(14_900), done(14_900)]);
    // What was refused is still owed.
    let mut order = change_all(self::shipped(), []);
    refuse_refund(&mut order);
    change_all_in(&mut order, [Event::PaymentCanceled, Event::PaymentRestored { held: false }]);
    assert_eq!(order.settlement.refused_total().get(), 46_216);
}

fn change_all_in(order: &mut Order, events: impl IntoIterator<Item = Event>) {
    for event in events {
        change(order, event);
    }
}

#[test]
fn a_shipment_is_not_sent_again_for_money_that_is_back() {
    let refused = || {
        let mut order = change_all(ready(order(true), false), [dispensed(3741)]);
        let number = order.settlement.shipment.as_ref().map(|shipment| shipment.number.clone());
        let number = number.unwrap_or_default();
        change(&mut order, Event::ShipmentRefused { number, reason: "no".to_owned() });
        order
    };
    let mut all = change_all(refused(), [refund_sum(1, None)]);
    assert_eq!(try_change(&all, Event::ShipmentRetried), Outcome::Refused);
    record_refund(&mut all);
    assert_eq!(try_change(&all, Event::ShipmentRetried), Outcome::Refused);
    // Of a part the rest is shipped.
    let mut part = change_all(refused(), [coffee(1)]);
    assert_eq!(change(&mut part, Event::ShipmentRetried), [Effect::Ship]);
    let shipment = part.settlement.shipment.as_ref().map(|shipment| shipment.amount().get());
    assert_eq!(shipment, Some(263_126 - 14_900));
}

#[test]
fn a_release_that_was_not_sent_is_meant_by_its_number() {
    let mut order = start(paid_order(order(true), false));
    let not_sent = |release| Event::StartNotSent { release, reason: domain::order::StartReason::TooLate };
    assert_eq!(try_change(&order, not_sent(2)), Outcome::Unchanged);
    change(&mut order, not_sent(1));
    let event = test_support::orders::started(&order);
    change(&mut order, event);
    assert_eq!(try_change(&order, not_sent(1)), Outcome::Unchanged, "the next one is under way");
}

#[test]
fn of_a_payment_that_was_taken_back_nothing_moves() {
    let mut order = change_all(ready(order(true), false), [dispensed(3741)]);
    change(&mut order, Event::PaymentCanceled);
    assert_eq!(order.money_under_way().count(), 0);
    let number = "AZS12-000451-s1".to_owned();
    assert_eq!(try_change(&order, Event::MoneyUntried { number }), Outcome::Unchanged);
}

#[test]
fn what_is_owed_is_not_settled_by_words() {
    let mut order = shipped();
    refuse_refund(&mut order);
    let settled = |detail| Event::DiscrepancySettled { what: Discrepancy::RefundRefused, detail };
    assert_eq!(try_change(&order, settled(None)), Outcome::Refused);
    let detail = order.discrepancies[0].detail.clone();
    assert_eq!(try_change(&order, settled(Some(detail.clone()))), Outcome::Refused);
    // Tried again under another number: the line follows it until the money has gone.
    change(&mut order, refund_sum(1, None));
    assert_eq!(order.discrepancies[0].detail, "AZS12-000451-r2 462.16: нет");
    assert_eq!(try_change(&order, settled(Some(detail))), Outcome::Unchanged);
    assert_eq!(try_change(&order, settled(None)), Outcome::Refused);
    // Refused again, the last words count; late, those of the delay.
    let mut refused = order.clone();
    refuse_refund(&mut refused);
    assert_eq!(kinds(&refused), [Discrepancy::RefundRefused]);
    let number = "AZS12-000451-r2".to_owned();
    change(&mut order, Event::MoneyDelayed { number, says: "503".to_owned() });
    assert_eq!(kinds(&order), [Discrepancy::MoneyOwed]);
    record_refund(&mut order);
    assert_eq!(kinds(&order), []);
}

#[test]
fn what_is_owed_is_named_by_its_number_and_sum() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    refuse_refund(&mut order);
    change(&mut order, office("office-1", 100_000, &[]));
    let details: Vec<&str> = order.discrepancies.iter().map(|one| one.detail.as_str()).collect();
    assert_eq!(details, ["office-1 1000.00", "AZS12-000451-r2 1631.26: нет"]);
    // One that was cancelled after it had been taken, when others have returned a part of it meanwhile.
    let mut order = change_all(paid_order(self::order(true), false), [cancel(Canceller::Customer)]);
    record_refund(&mut order);
    change(&mut order, office("office-1", 100_000, &[]));
    change(&mut order, Event::RefundRefused { number: FIRST.to_owned(), reason: "canceled".to_owned() });
    assert_eq!(order.settlement.refused_total().get(), 163_126);
    assert_eq!(order.discrepancies[1].detail, "AZS12-000451-r2 1631.26: canceled");
}

#[test]
fn a_refund_that_was_decided_while_the_money_was_held_goes_with_the_shipment() {
    // Coffee was handed over, the fuel given up; its refund waits when late fuel is reported.
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    let number = order.settlement.shipment.as_ref().map(|shipment| shipment.number.clone());
    change_all_in(&mut order, [coffee(1), dispensed(3200)]);
    assert!(order.hold.is_some());
    change(&mut order, refund_sum(2, None));
    assert!(order.hold.is_none());
    let recorded = Event::ShipmentRecorded { number: number.unwrap_or_default(), taken: None };
    assert_eq!(change(&mut order, recorded), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(46_216), under_way(14_900)]);
}

#[test]
fn a_return_is_reduced_by_the_lines_that_others_have_returned() {
    // All goes back, coffee last; the office has returned a coffee, and fuel stays fuel.
    let released = change_all(start(paid_order(order(true), false)), [report(StationReport::Accepted)]);
    let withdrawn = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }];
    let mut order = change_all(released, withdrawn);
    change(&mut order, office("office-1", 14_900, &[("coffee", 14_900)]));
    let left =
        order.settlement.pending_returns().next().map(|back| {
            back.lines.iter().map(|line| (line.sku.0.clone(), line.total.get())).collect::<Vec<_>>()
        });
    let fuel = order.lines[0].total.get();
    assert_eq!(left, Some(vec![("a92".to_owned(), fuel), ("coffee".to_owned(), 14_900)]));
    // The other way round: the fuel comes off the fuel.
    let mut order = change_all(paid_order(self::order(true), false), [cancel(Canceller::Customer)]);
    change(&mut order, office("office-1", fuel, &[("a92", fuel)]));
    let pending = order.settlement.pending_returns().next();
    let skus = pending.map(|back| back.lines.iter().map(|line| line.sku.0.clone()).collect::<Vec<_>>());
    assert_eq!(skus, Some(vec!["coffee".to_owned()]));
    assert_eq!(pending.map(|back| back.cause.clone()), Some(Cause::Rest));
}

#[test]
fn the_office_may_return_the_lines_that_an_operator_has_named_and_that_do_not_move() {
    let mut order = change_all(ready(order(true), false), [dispensed(3741)]);
    record_shipment(&mut order);
    change_all_in(&mut order, [coffee(1), coffee(2)]);
    change(&mut order, office("office-1", 14_900, &[("coffee", 14_900)]));
    assert_eq!(amounts(&order), [under_way(14_900), done(14_900)]);
    // Of which goods a sum is, nobody knows: it is another refund.
    change(&mut order, office("office-2", 14_900, &[]));
    assert_eq!(amounts(&order), [under_way(14_900), done(14_900), done(14_900)]);
}

#[test]
fn one_refund_of_the_office_counts_once() {
    let mut order =
        change_all(paid_order(order(true), false), [unconfirmed(office("office-2", 200_000, &[]))]);
    change(&mut order, cancel(Canceller::Operator));
    change(&mut order, Event::RefundRefused { number: "office-2".to_owned(), reason: "canceled".to_owned() });
    assert_eq!(order.settlement.returned(), order.total);
    let first = order.settlement.returns[0].amount.get();
    let found = Event::RefundFound {
        number: "office-1".to_owned(),
        amount: Kopecks::new(first),
        lines: Vec::new(),
        at: Some(test_support::orders::NOW - time::Duration::minutes(1)),
        is_confirmed: true,
    };
    change(&mut order, found);
    assert_eq!(order.settlement.returned(), order.total, "{:?}", amounts(&order));
}

#[test]
fn a_return_that_is_found_after_all_is_followed_from_then_on() {
    let mut order = change_all(shipped(), [sent(FIRST), dispensed(3200), complete(Some(3200))]);
    assert_eq!(change(&mut order, recorded(FIRST)), [Effect::FollowRefunds]);
}

#[test]
fn two_people_who_try_a_refused_refund_again_pay_it_once() {
    let mut order = shipped();
    refuse_refund(&mut order);
    change(&mut order, refund_sum(1, None));
    for (key, amount) in [(2, None), (3, Some(46_216))] {
        assert_eq!(try_change(&order, refund_sum(key, amount)), Outcome::Refused, "not silently nothing");
        assert_eq!(amounts(&order), [under_way(46_216)]);
    }
}

#[test]
fn what_a_refund_that_was_cancelled_has_cut_from_the_documents_is_named() {
    let mut order = ready(order(true), false);
    change(&mut order, unconfirmed(office("office-1", 14_900, &[("coffee", 14_900)])));
    change(&mut order, dispensed(3741));
    record_shipment(&mut order);
    change(&mut order, Event::RefundRefused { number: "office-1".to_owned(), reason: "canceled".to_owned() });
    let named = order.discrepancy(Discrepancy::ShipmentRefused).map(|one| one.detail.clone());
    assert_eq!(named.as_deref(), Some("149.00 was paid beyond what was shipped"));
}

#[test]
fn a_refund_of_the_office_that_is_cancelled_leaves_the_line_of_another() {
    let found = [office("office-1", 100, &[]), office("office-2", 200, &[])].map(unconfirmed);
    let mut order = change_all(ready(order(true), false), found);
    change(&mut order, Event::RefundRefused { number: "office-1".to_owned(), reason: "canceled".to_owned() });
    let details: Vec<&str> = order.discrepancies.iter().map(|one| one.detail.as_str()).collect();
    assert_eq!(details, ["office-2 2.00", "office-1 1.00: canceled"]);
}

#[test]
fn a_refund_of_the_office_takes_the_place_of_the_operators_that_names_the_same() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    change(&mut order, coffee(1));
    change(&mut order, office("office-1", 14_900, &[("coffee", 14_900)]));
    assert_eq!(amounts(&order), [under_way(46_216), done(14_900)], "it was made in its place");
}

#[test]
fn a_refund_of_the_office_at_the_moment_of_the_end_is_of_what_was_delivered() {
    let fuel = |order: &Order| order.lines[0].sku.0.clone();
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    let sku = fuel(&order);
    change(&mut order, office("office-1", 20_000, &[(&sku, 20_000)]));
    assert_eq!(amounts(&order), [under_way(46_216), done(20_000)]);
    // Made before it, of something else: ours keeps its number, under which it may have left.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
    let mut of_coffee = office("office-1", 14_900, &[("coffee", 14_900)]);
    if let Event::RefundFound { at, .. } = &mut of_coffee {
        *at = Some(NOW - Duration::minutes(1));
    }
    change(&mut order, of_coffee);
    assert_eq!(order.settlement.returns[0].number, FIRST);
    // Made before it, of more than goes back: nothing is left to go.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    let mut before = office("office-1", 50_000, &[(&sku, 50_000)]);
    if let Event::RefundFound { at, .. } = &mut before {
        *at = Some(NOW - Duration::minutes(1));
    }
    change(&mut order, before);
    assert_eq!(amounts(&order), [done(50_000)]);
}

#[test]
fn what_is_owed_again_waits_while_the_fuel_is_uncertain() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    let sku = order.lines[0].sku.0.clone();
    change(&mut order, unconfirmed(office("office-1", 46_216, &[(&sku, 46_216)])));
    assert_eq!(amounts(&order), [done(46_216)], "it was made in the place of ours");
    change(&mut order, coffee(1));
    change(&mut order, dispensed(3500));
    assert!(order.hold.is_some());
    change(&mut order, Event::RefundRefused { number: "office-1".to_owned(), reason: "canceled".to_owned() });
    assert_eq!(amounts(&order), [under_way(14_900)], "nothing is decided beside the person");
}

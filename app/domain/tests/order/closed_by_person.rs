//! Orders that a person closes while their pump may still give fuel.

use crate::reading::{hold_cause, kinds, only_fuel};
use domain::{
    order::{
        Discrepancy, HandedItem, Order, ReleaseOutcome, ReleaseStanding, Status,
        machine::{Effect, Event, Outcome},
    },
    quantity::Centi,
};
use test_support::{
    order_steps::{
        canceled_by_station, change, change_all, complete, dispensed, paid_order, ready, record_refund,
        refund_sum, try_change, unreadable, volume,
    },
    orders::{placement, started},
};

/// 40.00 l of petrol for 2494.80.
#[test]
fn nothing_leaves_before_the_release_of_an_order_that_a_person_closes_is_withdrawn() {
    for held in [false, true] {
        let mut order = ready(only_fuel(), held);
        assert_eq!(change(&mut order, complete(Some(3000))), [Effect::WithdrawRelease]);
        assert_eq!(
            (order.status, hold_cause(&order)),
            (Status::Completed, Some(Discrepancy::ReleaseNotWithdrawn))
        );
        assert!(order.discrepancies.is_empty(), "it is being asked");
        assert_eq!(try_change(&order, complete(Some(3000))), Outcome::Unchanged);
        assert_eq!(try_change(&order, complete(None)), Outcome::Unchanged);
        assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Refused, "a pump may still give fuel");
        assert_eq!(change(&mut order.clone(), Event::Withdrawn { release: 1 }), [Effect::Ship]);
        assert_eq!(change(&mut order.clone(), canceled_by_station(1, "")), [Effect::Ship]);
        assert_eq!(change(&mut order.clone(), dispensed(3000)), [Effect::Ship], "as the person has said");
        let mut corrected = order.clone();
        assert_eq!(change(&mut corrected, complete(Some(3100))), [Effect::WithdrawRelease]);
        assert_eq!(corrected.dispensed, Some(Centi::new(3100)));
        // Another end, or more on the way there.
        for report in [dispensed(3500), volume(3500), unreadable()] {
            let mut other = change_all(order.clone(), [report.clone()]);
            let withdrawn = other.clone();
            if other.open_release().is_some() {
                assert!(change(&mut other, Event::Withdrawn { release: 1 }).is_empty(), "{report:?}");
            }
            assert!(
                other.hold.is_some_and(|hold| hold.cause != Discrepancy::ReleaseNotWithdrawn),
                "{report:?}"
            );
            assert_ne!(withdrawn.discrepancies, []);
        }
        assert_eq!(try_change(&order, volume(3005)), Outcome::Unchanged, "within the meter's error");
    }
}

#[test]
fn a_person_knows_better_than_a_station_that_does_not_confirm() {
    let mut order = change_all(ready(only_fuel(), false), [complete(Some(3000))]);
    for answer in [Event::WithdrawalUnanswered { release: 1 }, Event::WithdrawalRefused { release: 1 }] {
        let mut insisted = change_all(order.clone(), [answer.clone()]);
        assert_eq!(kinds(&insisted), [Discrepancy::ReleaseNotWithdrawn]);
        let mut refunded = insisted.clone();
        assert_eq!(change(&mut refunded, refund_sum(1, None)), [Effect::Ship], "as it was closed");
        assert_eq!(change(&mut insisted, complete(Some(3000))), [Effect::Ship]);
        for decided in [insisted, refunded] {
            assert!(decided.discrepancies.is_empty() && decided.open_release().is_none());
            assert_eq!(decided.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::Closed));
            // The station was at fault after all.
            let late = change_all(decided, [dispensed(3500)]);
            assert_eq!(hold_cause(&late), Some(Discrepancy::DispensedAfterEnd));
        }
    }
    // The first answer was before the order was closed: the station is asked once more.
    order = change_all(
        ready(only_fuel(), false),
        [Event::ReleaseLapsed, Event::WithdrawalUnanswered { release: 1 }],
    );
    assert_eq!(change(&mut order, complete(Some(3000))), [Effect::WithdrawRelease]);
    assert!(order.discrepancies.is_empty());
    assert_eq!(try_change(&order, complete(Some(3000))), Outcome::Unchanged);
}

#[test]
fn an_order_whose_release_cannot_give_fuel_any_more_is_closed_at_once() {
    let mut unsent = paid_order(only_fuel(), false);
    let event = started(&unsent);
    change(&mut unsent, event);
    assert_eq!(change(&mut unsent, complete(Some(3000))), [Effect::Ship]);
    assert_eq!(unsent.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::NotSent));
    let mut interrupted = change_all(ready(only_fuel(), false), [volume(1000), canceled_by_station(1, "")]);
    assert_eq!(change(&mut interrupted, complete(Some(1000))), [Effect::Ship]);
    assert_eq!(interrupted.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::Closed));
}

#[test]
fn money_that_was_taken_back_waits_for_no_withdrawal() {
    let reversed = [volume(1000), Event::PaymentCanceled];
    let mut order = change_all(ready(only_fuel(), false), reversed);
    assert_eq!(change(&mut order, complete(Some(1000))), [Effect::WithdrawRelease]);
    assert_eq!((order.status, order.hold), (Status::Completed, None));
    let mut goods = change_all(ready(order_with_goods(), false), [Event::PaymentCanceled]);
    goods.status = Status::Fuelling;
    assert!(change(&mut goods, dispensed(0)).is_empty());
    assert_eq!(goods.goods_until, None, "there is nothing to give back");
}

/// Goods are handed over while the pump goes on by itself.
#[test]
fn naming_goods_alone_does_not_close_an_order_at_a_pump() {
    let goods = |order: &Order| {
        let items = vec![HandedItem { sku: order.lines[1].sku.clone(), quantity: Centi::units(2) }];
        Event::CompletedByOperator { dispensed: None, items: Some(items) }
    };
    let mut order = ready(order_with_goods(), false);
    let event = goods(&order);
    assert!(change(&mut order, event.clone()).is_empty());
    assert_eq!((order.status, order.handed_over.as_ref().map(Vec::len)), (Status::Ready, Some(1)));
    // Nothing came out of the pump.
    let mut zero = change_all(ready(order_with_goods(), false), [dispensed(0)]);
    assert_eq!(change(&mut zero, event.clone()), [Effect::Ship]);
    // By hand the cashier gives both, and has said so.
    let mut placement = placement(order_with_goods().lines);
    placement.by_hand = true;
    let mut by_hand = paid_order(Order::place(placement), false);
    assert_eq!(change(&mut by_hand, event), [Effect::Ship]);
    assert_eq!((by_hand.status, by_hand.dispensed), (Status::Completed, Some(Centi::new(3741))));
}

/// What was given by hand is given, whatever becomes of the payment.
#[test]
fn what_was_given_by_hand_is_charged_though_the_payment_was_taken_back_meanwhile() {
    let restored = Event::PaymentRestored { held: false };
    let mut fuel = placement(order_with_goods().lines);
    fuel.by_hand = true;
    let goods = placement(order_with_goods().lines[1..].to_vec());
    for placement in [fuel, goods] {
        let paid = paid_order(Order::place(placement), false);
        let reversed = change_all(paid, [Event::PaymentCanceled]);
        assert_eq!(reversed.status, Status::Unavailable);
        // Said before the money is back.
        let mut order = change_all(reversed.clone(), [complete(None)]);
        assert_eq!(order.status, Status::Completed);
        assert_eq!(kinds(&order), [Discrepancy::PaymentReversed], "nobody has paid for it");
        assert_eq!(try_change(&order, complete(None)), Outcome::Unchanged);
        assert_eq!(change(&mut order, restored.clone()), [Effect::Ship]);
        assert_eq!((order.final_total(), order.settlement.returns.len()), (Some(order.total), 0));
        // Said while it is on its way to the payer again.
        let mut order = change_all(reversed.clone(), [restored.clone()]);
        assert_eq!(order.settlement.returned(), order.total);
        assert_eq!(change(&mut order, complete(None)), [Effect::Ship]);
        assert_eq!((order.final_total(), order.settlement.returns.len()), (Some(order.total), 0));
        // Said too late.
        let mut order = change_all(reversed, [restored.clone()]);
        record_refund(&mut order);
        assert_eq!(try_change(&order, complete(None)), Outcome::Refused);
    }
}

/// A pump that automation drives has given what its station says.
#[test]
fn an_order_at_a_pump_that_ended_with_its_payment_is_not_closed_by_a_person() {
    let reversed = change_all(paid_order(only_fuel(), false), [Event::PaymentCanceled]);
    assert_eq!(try_change(&reversed, complete(Some(3000))), Outcome::Refused);
}

fn order_with_goods() -> Order {
    test_support::orders::order(true)
}

//! Goods beside a fuelling: charged when they were handed over.

use domain::{
    order::{
        Discrepancy, HandedItem, Order,
        machine::{Effect, Event, Outcome},
        settlement::{Cause, Progress, ReturnedBy},
    },
    quantity::Centi,
};
use test_support::{
    order_steps::{
        change, change_after, change_all, complete, dispensed, ready, record_refund, refund_sum,
        refuse_refund, sums, try_change, volume,
    },
    orders::{all_handed_over, apply_at, handed_over, invoice, order, paid_by},
};
use time::Duration;

use crate::reading::{amounts, done, under_way};

#[test]
fn goods_beside_a_zero_fuelling_are_charged_when_a_cashier_hands_them_over() {
    for held in [false, true] {
        let mut order = ready(order(true), held);
        let fuel_back: &[Effect] = if held { &[] } else { &[Effect::Refund] };
        assert_eq!(change(&mut order, dispensed(0)), fuel_back);
        assert!(order.goods_until.is_some());
        assert_eq!(order.final_total().is_none(), held, "of a reserve nothing is known yet");
        let mut charged = order.clone();
        assert_eq!(change(&mut charged, all_handed_over(&order)), [Effect::Ship]);
        assert_eq!(sums(&charged), [263_126, 29_800, 233_326]);
        assert_eq!(try_change(&charged, Event::GoodsTimeOver), Outcome::Unchanged);
        let early = Duration::hours(24) - Duration::seconds(1);
        let mut clock = order.clone();
        let now = test_support::orders::NOW;
        let outcome = test_support::orders::apply_at(&mut clock, Event::GoodsTimeOver, now + early);
        assert_eq!(outcome, Outcome::Unchanged);
        let back = change_after(&mut clock, Event::GoodsTimeOver, Duration::hours(24));
        assert_eq!(back, [Effect::ReturnMoney]);
        assert_eq!(sums(&clock), [263_126, 0, 263_126]);
        let causes: Vec<_> = clock.settlement.returns.iter().map(|back| back.cause.clone()).collect();
        assert_eq!(causes, [Cause::Everything], "nothing has left before");
        // The manager does not wait.
        assert_eq!(try_change(&order, refund_sum(1, Some(100))), Outcome::Refused);
        change(&mut order, refund_sum(1, None));
        assert_eq!(sums(&order), [263_126, 0, 263_126]);
        assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged);
    }
}

#[test]
fn goods_of_a_reserve_wait_also_after_a_withdrawal_that_held_the_money() {
    let mut order = ready(order(true), true);
    change(&mut order, complete(Some(0)));
    assert_eq!(change(&mut order, Event::Withdrawn { release: 1 }), []);
    assert!(
        order.goods_until.is_some() && order.settlement.returns.is_empty(),
        "they may still be handed over"
    );
    let handed = all_handed_over(&order);
    assert_eq!(change(&mut order, handed), [Effect::Ship]);
    assert_eq!(sums(&order), [263_126, 29_800, 233_326]);
}

#[test]
fn goods_of_a_reserve_wait_no_longer_than_it_lives() {
    for (held, wait) in [(true, Duration::hours(5)), (false, Duration::hours(24))] {
        let mut order = ready(order(true), held);
        let late = test_support::orders::NOW + Duration::days(7) - Duration::hours(9);
        assert!(matches!(apply_at(&mut order, dispensed(0), late), Outcome::Changed(_)));
        assert_eq!(order.goods_until, Some(late + wait), "{held}");
    }
}

#[test]
fn a_volume_beside_goods_that_wait_is_not_taken_and_forgotten() {
    let order = change_all(ready(order(true), false), [dispensed(0)]);
    let with =
        |volume| Event::CompletedByOperator { dispensed: Some(Centi::new(volume)), items: Some(Vec::new()) };
    assert_eq!(try_change(&order, with(3000)), Outcome::Refused);
    assert!(matches!(try_change(&order, with(0)), Outcome::Changed(_)), "as it was reported");
}

#[test]
fn goods_are_charged_although_the_money_of_late_fuel_has_left() {
    let mut order = change_all(ready(order(true), false), [dispensed(0)]);
    record_refund(&mut order);
    change(&mut order, dispensed(3000));
    assert_eq!(order.hold.map(|hold| hold.cause), Some(Discrepancy::DispensedAfterEnd));
    let close =
        |volume: i64, items| Event::CompletedByOperator { dispensed: Some(Centi::new(volume)), items };
    assert_eq!(try_change(&order, close(3000, None)), Outcome::Refused, "its money is not there any more");
    let goods = order.lines.iter().find(|line| line.fuel().is_none()).expect("goods");
    let coffee = vec![HandedItem { sku: goods.sku.clone(), quantity: goods.quantity }];
    // At once, or before it is decided about the fuel.
    let mut at_once = order.clone();
    assert_eq!(change(&mut at_once, close(0, Some(coffee.clone()))), [Effect::Ship]);
    assert_eq!((at_once.hold, sums(&at_once)), (None, [263_126, 29_800, 233_326]));
    let mut first = order.clone();
    let items = Event::CompletedByOperator { dispensed: None, items: Some(coffee) };
    assert_eq!(change(&mut first, items), []);
    assert!(first.hold.is_some() && first.goods_until.is_none());
    assert_eq!(change(&mut first, close(0, None)), [Effect::Ship]);
    assert_eq!(sums(&first), [263_126, 29_800, 233_326]);
    // Nothing is said of the goods: they go on waiting.
    assert_eq!(change(&mut order, close(0, None)), []);
    assert!(order.hold.is_none() && order.goods_until.is_some());
    let handed = all_handed_over(&order);
    assert_eq!(change(&mut order, handed), [Effect::Ship]);
}

#[test]
fn goods_that_wait_are_decided_also_while_fuel_is_uncertain() {
    let uncertain = || change_all(ready(order(true), false), [dispensed(0), dispensed(700)]);
    let mut order = uncertain();
    assert!(change_after(&mut order, Event::GoodsTimeOver, Duration::hours(24)).is_empty());
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    assert_eq!(sums(&order), [263_126, 0, 263_126]);
    // The manager charges the fuel: whoever got fuel has the goods as well.
    let mut order = uncertain();
    assert_eq!(change(&mut order, complete(Some(700))), [Effect::Ship]);
    assert_eq!(sums(&order), [263_126, 43_659 + 29_800, 189_667]);
    assert_eq!((order.goods_until, order.settlement.shipment.is_some()), (None, true));
    let number = order.settlement.shipment.as_ref().map(|shipment| shipment.number.clone());
    let late = test_support::orders::NOW + Duration::hours(30);
    assert_eq!(test_support::orders::apply_at(&mut order, Event::GoodsTimeOver, late), Outcome::Unchanged);
    assert_eq!(order.settlement.shipment.as_ref().map(|shipment| shipment.number.clone()), number);
    // They are handed over while a person is still deciding.
    let mut order = change_all(ready(self::order(true), false), [volume(2000), dispensed(0)]);
    change(&mut order, handed_over(Vec::new()));
    assert_eq!(change(&mut order, complete(Some(2000))), [Effect::Ship]);
    assert_eq!(sums(&order), [263_126, 124_740, 138_386]);
}

/// The money of the fuel would be taken with them, whatever the station has said of it.
#[test]
fn goods_that_are_handed_over_say_nothing_of_fuel_that_is_uncertain() {
    // Nothing at first, and fuel later: of money taken, and of a reserve.
    let late = |held| change_all(ready(order(true), held), [dispensed(0), dispensed(500)]);
    // Less than the meter had shown.
    let less = change_all(ready(order(true), false), [volume(3000), dispensed(0)]);
    for before in [late(false), late(true), less] {
        assert!(before.hold.is_some());
        let mut order = before.clone();
        assert_eq!(change(&mut order, all_handed_over(&before)), []);
        assert_eq!(
            (order.hold, order.dispensed, &order.discrepancies),
            (before.hold, before.dispensed, &before.discrepancies)
        );
        assert!(order.settlement.shipment.is_none() && order.handed_over.is_some());
        assert_eq!(try_change(&order, all_handed_over(&before)), Outcome::Unchanged);
        assert_eq!(try_change(&order, complete(None)), Outcome::Refused, "which volume?");
        assert_eq!(change(&mut order, complete(Some(500))), [Effect::Ship]);
        assert_eq!(sums(&order)[1], 29_800 + 31_185);
    }
}

#[test]
fn goods_are_handed_over_also_while_the_pump_of_a_closed_order_is_withdrawn() {
    let mut order = change_all(ready(order(true), false), [complete(Some(950))]);
    assert!(order.is_being_withdrawn());
    let none = Event::CompletedByOperator { dispensed: Some(Centi::new(950)), items: Some(Vec::new()) };
    change(&mut order, none.clone());
    assert_eq!(try_change(&order, none), Outcome::Unchanged);
    assert_eq!(change(&mut order, Event::Withdrawn { release: 1 }), [Effect::Ship]);
    let [total, kept, back] = sums(&order);
    assert_eq!((kept, back), (59_252, total - 59_252), "the fuel alone");
}

#[test]
fn money_that_has_not_left_before_the_goods_lapse_goes_back_as_a_whole() {
    let after_a_day = |order: &mut Order| change_after(order, Event::GoodsTimeOver, Duration::hours(24));
    let order = change_all(ready(order(true), false), [dispensed(0)]);
    // The money of the fuel has left: that of the goods follows.
    let mut left = order.clone();
    record_refund(&mut left);
    assert_eq!(after_a_day(&mut left), [Effect::Refund]);
    assert_eq!(amounts(&left), [done(233_326), under_way(29_800)]);
    // So does one of which nobody knows whether it has: it goes on under its number.
    let mut sent = order.clone();
    let number = sent.settlement.returns[0].number.clone();
    change(&mut sent, Event::RefundSent { number: number.clone() });
    assert_eq!(after_a_day(&mut sent.clone()), [Effect::Refund]);
    change(&mut sent, Event::RefundAbsent { number });
    assert_eq!(after_a_day(&mut sent), [Effect::ReturnMoney], "it was refused");
    // A guarantee is given back as a whole, or not at all.
    for is_refused in [false, true] {
        let mut kept = order.clone();
        if is_refused {
            refuse_refund(&mut kept);
        }
        assert_eq!(after_a_day(&mut kept), [Effect::ReturnMoney]);
        assert_eq!(amounts(&kept), [under_way(263_126)]);
        assert_eq!(kept.settlement.dropped_returns.len(), 2);
        let number = kept.settlement.returns[0].number.clone();
        assert_eq!(change(&mut kept, Event::RefundRecorded { number, by: ReturnedBy::Cancel }), []);
        assert_eq!(sums(&kept), [263_126, 0, 263_126]);
        assert_eq!(kept.discrepancies, [], "nothing is owed any more");
    }
}

#[test]
fn parts_that_were_refused_before_any_shipment_are_tried_again_as_a_whole() {
    let mut order = change_all(ready(order(true), false), [dispensed(0)]);
    let number = order.settlement.returns[0].number.clone();
    change(&mut order, Event::RefundRecorded { number, by: ReturnedBy::Refund });
    change_after(&mut order, Event::GoodsTimeOver, Duration::hours(24));
    for back in &mut order.settlement.returns {
        // As an earlier version has left them.
        (back.state, back.by, back.done_at) = (Progress::Refused, None, None);
    }
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(263_126)]);
    assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged, "the same request");
}

#[test]
fn the_money_of_the_fuel_goes_back_when_its_reserve_is_taken_while_goods_wait() {
    let mut order = change_all(ready(order(true), true), [dispensed(0)]);
    assert_eq!(amounts(&order), [], "of a reserve nothing can be returned");
    assert_eq!(change(&mut order, paid_by(invoice().provider_id, false)), [Effect::Refund]);
    assert_eq!(amounts(&order), [under_way(233_326)]);
    assert_eq!(sums(&order), [263_126, 29_800, 233_326]);
    assert!(order.goods_until.is_some(), "the goods wait");
}

#[test]
fn a_time_for_goods_that_a_wrong_clock_has_set_is_shortened() {
    let order = change_all(ready(order(true), false), [dispensed(0)]);
    let now = test_support::orders::NOW;
    let mut ahead = Order { goods_until: Some(now + Duration::days(300)), ..order.clone() };
    assert_eq!(change(&mut ahead, Event::GoodsTimeOver), []);
    assert_eq!(ahead.goods_until, Some(now + Duration::hours(24)));
    assert_eq!(try_change(&ahead, Event::GoodsTimeOver), Outcome::Unchanged);
    // Nor does it outlive a reserve.
    let reserve = change_all(ready(self::order(true), true), [dispensed(0)]);
    let late = now + Duration::days(7) - Duration::hours(9);
    let mut reserve = Order { goods_until: Some(now + Duration::days(300)), ..reserve };
    assert!(matches!(apply_at(&mut reserve, Event::GoodsTimeOver, late), Outcome::Changed(_)));
    assert_eq!(reserve.goods_until, Some(late + Duration::hours(5)));
}

//! Goods beside a fuelling: charged when they were handed over.

use domain::order::{
    machine::{Effect, Event, Outcome},
    settlement::Cause,
};
use test_support::{
    order_steps::{
        change, change_after, change_all, complete, dispensed, ready, refund_sum, sums, try_change, volume,
    },
    orders::order,
};
use time::Duration;

#[test]
fn goods_beside_a_zero_fuelling_are_charged_when_a_cashier_hands_them_over() {
    for held in [false, true] {
        let mut order = ready(order(true), held);
        let fuel_back: &[Effect] = if held { &[] } else { &[Effect::Refund] };
        assert_eq!(change(&mut order, dispensed(0)), fuel_back);
        assert!(order.goods_until.is_some());
        assert_eq!(order.final_total().is_none(), held, "of a reserve nothing is known yet");
        let mut handed_over = order.clone();
        assert_eq!(change(&mut handed_over, Event::HandedOver { items: None }), [Effect::Ship]);
        assert_eq!(sums(&handed_over), [263_126, 29_800, 233_326]);
        assert_eq!(try_change(&handed_over, Event::GoodsTimeOver), Outcome::Unchanged);
        let early = Duration::hours(24) - Duration::seconds(1);
        let mut clock = order.clone();
        let now = test_support::orders::NOW;
        let outcome = test_support::orders::apply_at(&mut clock, Event::GoodsTimeOver, now + early);
        assert_eq!(outcome, Outcome::Unchanged);
        let back = change_after(&mut clock, Event::GoodsTimeOver, Duration::hours(24));
        assert_eq!(back, [if held { Effect::ReturnMoney } else { Effect::Refund }]);
        assert_eq!(sums(&clock), [263_126, 0, 263_126]);
        let causes: Vec<_> = clock.settlement.returns.iter().map(|back| back.cause.clone()).collect();
        assert_eq!(causes, if held { vec![Cause::Everything] } else { vec![Cause::Rest, Cause::Rest] });
        // The manager does not wait.
        assert_eq!(try_change(&order, refund_sum(1, Some(100))), Outcome::Refused);
        change(&mut order, refund_sum(1, None));
        assert_eq!(sums(&order), [263_126, 0, 263_126]);
        assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged);
    }
}

#[test]
fn goods_that_wait_are_decided_also_while_fuel_is_uncertain() {
    let uncertain = || change_all(ready(order(true), false), [dispensed(0), dispensed(700)]);
    let mut order = uncertain();
    assert!(change_after(&mut order, Event::GoodsTimeOver, Duration::hours(24)).is_empty());
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Refund]);
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
    change(&mut order, Event::HandedOver { items: Some(Vec::new()) });
    assert_eq!(change(&mut order, complete(Some(2000))), [Effect::Ship]);
    assert_eq!(sums(&order), [263_126, 124_740, 138_386]);
}

//! Ends that a station reports when the money is on its way, or has left.

use crate::reading::{hold_cause, kinds, only_fuel};
use domain::{
    money::Kopecks,
    order::{
        Discrepancy, MoneyHold, Status,
        machine::{Canceller, Effect, Event, Outcome, StationReport},
        settlement::{Payment, Progress, ReturnedBy},
    },
    quantity::Centi,
};
use test_support::{
    order_steps::{
        cancel, canceled_by_station, change, change_all, complete, dispensed, paid_order, pump_refused,
        ready, record_refund, record_shipment, refund_sum, start, sums, try_change, volume,
    },
    orders::{handed_over, order, paid_by, report_of},
};

/// 40.00 l of petrol for 2494.80.
#[test]
fn a_late_end_holds_what_has_not_left_and_a_manager_decides() {
    // Canceled, and the money is on its way.
    let withdrawn = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, dispensed(2000)];
    let order = change_all(ready(only_fuel(), false), withdrawn);
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedAfterEnd));
    let mut charged = order.clone();
    assert_eq!(change(&mut charged, complete(Some(2000))), [Effect::Ship]);
    assert_eq!((charged.status, sums(&charged)), (Status::Completed, [249_480, 124_740, 124_740]));
    let mut returned = order.clone();
    assert_eq!(change(&mut returned, refund_sum(1, None)), [Effect::ReturnMoney]);
    // It had left already.
    let mut left = order;
    assert_eq!(record_refund(&mut left), [Effect::FollowRefunds]);
    assert!(left.hold.is_none(), "nothing waits any more");
    assert_eq!(kinds(&left), [Discrepancy::DispensedAfterEnd], "but an operator sees it");
    assert_eq!(try_change(&left, complete(Some(2000))), Outcome::Refused);
    change(&mut left, Event::DiscrepancySettled { what: Discrepancy::DispensedAfterEnd, detail: None });
}

#[test]
fn a_return_that_had_left_before_it_was_decided_anew_is_seen() {
    let withdrawn = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, dispensed(2000)];
    let mut order = change_all(ready(only_fuel(), false), withdrawn);
    let first = order.settlement.returns[0].number.clone();
    change(&mut order, complete(Some(2000)));
    assert_ne!(order.settlement.returns[0].number, first, "a number is never used twice");
    let mut refused = order.clone();
    let reason = String::new();
    assert_eq!(
        try_change(&refused, Event::RefundRefused { number: first.clone(), reason }),
        Outcome::Unchanged
    );
    record_shipment(&mut refused);
    // The answer of a call that was thought lost.
    let recorded = Event::RefundRecorded { number: first.clone(), by: ReturnedBy::Refund };
    let found = Event::RefundFound {
        number: first,
        amount: order.total,
        lines: Vec::new(),
        at: None,
        is_confirmed: true,
    };
    for answer in [recorded, found] {
        let mut order = change_all(order.clone(), [answer]);
        assert_eq!(kinds(&order), [Discrepancy::RefundedElsewhere]);
        assert_eq!(order.settlement.pending_returns().count(), 0, "all of it is back");
        assert_eq!(order.final_total().map(|sum| sum.get()), Some(0));
        assert!(record_shipment(&mut order).is_empty());
    }
}

#[test]
fn a_late_end_after_the_shipment_holds_the_rest_or_keeps_it() {
    let mut order = change_all(ready(only_fuel(), false), [dispensed(3000)]);
    record_shipment(&mut order);
    assert!(change(&mut order, dispensed(3500)).is_empty());
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedAfterEnd));
    assert_eq!(try_change(&order, complete(Some(2900))), Outcome::Refused, "that was shipped");
    let mut as_it_was = order.clone();
    assert_eq!(change(&mut as_it_was, complete(Some(3000))), [Effect::Refund]);
    assert_eq!(sums(&as_it_was), [249_480, 187_110, 62_370]);
    assert!(as_it_was.discrepancies.is_empty());
    assert_eq!(change(&mut order, complete(Some(3500))), [Effect::Refund]);
    assert_eq!(sums(&order), [249_480, 218_295, 31_185]);
    let recorded: Vec<_> = order.discrepancies.iter().map(|one| (one.what, one.detail.as_str())).collect();
    assert_eq!(recorded, [(Discrepancy::ShipmentRefused, "5 more than was shipped")]);
    // Before Invoicebox has answered, nobody knows what is shipped.
    let unshipped = change_all(ready(only_fuel(), false), [dispensed(3000), dispensed(3500)]);
    assert_eq!(try_change(&unshipped, complete(Some(3500))), Outcome::Refused);
}

#[test]
fn the_shipment_of_a_reserve_waits_with_the_rest_that_it_would_let_go() {
    let mut order = change_all(ready(only_fuel(), true), [dispensed(3000), dispensed(3500)]);
    assert!(order.is_shipment_held());
    let mut taken = order.clone();
    taken.settlement.payment = Some(Payment::Taken);
    assert!(!taken.is_shipment_held());
    assert_eq!(change(&mut taken, refund_sum(1, None)), [], "its shipment is on its way");
    assert_eq!(record_shipment(&mut taken), [Effect::Refund]);
    // It was on its way already.
    let mut crossed = order.clone();
    assert!(record_shipment(&mut crossed).is_empty());
    assert_eq!((crossed.hold, crossed.settlement.returns[0].by), (None, Some(ReturnedBy::Release)));
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Ship]);
    assert!(order.hold.is_none());
}

#[test]
fn volumes_up_to_the_known_end_are_nothing_new() {
    let mut order = change_all(ready(only_fuel(), false), [volume(1000), dispensed(3000)]);
    for late in [volume(2990), volume(3000), volume(3005), dispensed(3000)] {
        assert_eq!(try_change(&order, late), Outcome::Unchanged);
    }
    change(&mut order, volume(3006));
    assert_eq!(hold_cause(&order), Some(Discrepancy::FuelAfterRelease));
    // An end of nothing, and then the meter runs.
    let mut zero = change_all(ready(only_fuel(), false), [dispensed(0)]);
    change(&mut zero, volume(1));
    assert_eq!(hold_cause(&zero), Some(Discrepancy::FuelAfterRelease));
}

#[test]
fn fuel_for_which_an_order_of_goods_cannot_pay_holds_none_of_its_money() {
    let mut goods = paid_order(order(false), false);
    change(&mut goods, dispensed(500));
    assert_eq!((goods.hold, kinds(&goods)), (None, vec![Discrepancy::DispensedAfterEnd]));
    assert_eq!(change(&mut goods, complete(None)), [Effect::Ship]);
}

#[test]
fn money_that_was_taken_back_is_not_held() {
    let reversed = [volume(1000), canceled_by_station(1, ""), Event::PaymentCanceled];
    let mut order = change_all(ready(only_fuel(), false), reversed);
    assert_eq!(order.hold, None::<MoneyHold>);
    assert!(change(&mut order, dispensed(1000)).is_empty());
    assert!(change(&mut order, dispensed(1500)).is_empty());
    assert_eq!(order.hold, None);
    assert_eq!(order.settlement.returns.last().map(|back| back.state), Some(Progress::Done));
    let canceled = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, dispensed(2000)];
    let mut order = change_all(ready(only_fuel(), false), canceled);
    change(&mut order, Event::PaymentCanceled);
    assert_eq!((order.hold, kinds(&order)), (None, vec![Discrepancy::DispensedAfterEnd]));
    let late =
        change_all(ready(only_fuel(), true), [Event::PaymentCanceled, paid_by("another".to_owned(), false)]);
    assert_eq!(late.settlement.second_payments.len(), 1);
}

/// What is known of the last release says nothing of an earlier one.
#[test]
fn a_late_report_of_an_earlier_release_is_not_covered_by_the_last() {
    let refused = change_all(start(paid_order(only_fuel(), false)), [pump_refused(1)]);
    let second = change_all(start(refused), [report_of(2, StationReport::Dispensed(Centi::new(3000)))]);
    for late in [volume(1000), dispensed(3000)] {
        let order = change_all(second.clone(), [late.clone()]);
        assert!(order.hold.is_some(), "{late:?}");
    }
    let again = report_of(2, StationReport::Volume(Centi::new(3000)));
    assert_eq!(try_change(&second, again), Outcome::Unchanged);
}

#[test]
fn only_what_has_not_left_can_be_decided_anew() {
    // The fuel's money has gone back, and that of the goods is on its way.
    let mut order = change_all(ready(order(true), false), [dispensed(0)]);
    record_refund(&mut order);
    change(&mut order, handed_over(Vec::new()));
    change(&mut order, dispensed(700));
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedAfterEnd));
    assert!(order.final_total().is_some(), "it was decided before");
    assert_eq!(try_change(&order, complete(Some(700))), Outcome::Refused);
    // A refund of the office is nobody's decision of ours.
    let office = Event::RefundFound {
        number: "office".to_owned(),
        amount: Kopecks::new(100),
        lines: Vec::new(),
        at: None,
        is_confirmed: true,
    };
    let canceled = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, office, dispensed(700)];
    let mut order = change_all(ready(only_fuel(), false), canceled);
    assert_eq!(change(&mut order, complete(Some(700))), [Effect::Ship]);
    assert_eq!(order.refund().map(Kopecks::get), Some(249_480 - 43_659));
}

//! Payments that a bank takes back, and that may be there again.

use crate::reading::{amounts, kinds};
use domain::order::{
    Discrepancy, Status,
    machine::{Effect, Event, Outcome},
    settlement::{Payment, Progress},
};
use test_support::{
    order_steps::{
        canceled_by_station, change, change_all, complete, dispensed, paid_order, ready, record_refund,
        record_shipment, try_change, volume,
    },
    orders::{order, paid},
};

#[test]
fn a_reversal_takes_everything_that_has_not_left() {
    let released = || ready(order(true), false);
    let withdrawn = [Effect::WithdrawRelease];
    let cases = [
        (paid_order(order(true), false), &[] as &[Effect], Status::Unavailable),
        (released(), &withdrawn, Status::Unavailable),
        (change_all(released(), [volume(1000)]), &withdrawn, Status::Fuelling),
        (change_all(released(), [complete(Some(3000))]), &withdrawn, Status::Completed),
        (change_all(released(), [dispensed(3000)]), &[], Status::Completed),
    ];
    for (mut order, effects, status) in cases {
        assert_eq!(change(&mut order, Event::PaymentCanceled), effects, "{status:?}");
        assert_eq!((order.status, order.hold, order.goods_until), (status, None, None));
        assert_eq!(order.settlement.returned(), order.total);
        assert!(order.settlement.is_reversed() && order.discrepancy(Discrepancy::PaymentReversed).is_some());
        assert_eq!(try_change(&order, Event::PaymentCanceled), Outcome::Unchanged);
        change(&mut order, paid());
        assert_eq!(order.discrepancies.last().map(|one| one.what), Some(Discrepancy::PaidAfterEnd));
    }
    // It is there again: what the order did not give goes back.
    let mut restored = change_all(paid_order(order(true), false), [Event::PaymentCanceled]);
    assert_eq!(change(&mut restored, Event::PaymentRestored { held: false }), [Effect::ReturnMoney]);
    assert_eq!((amounts(&restored), kinds(&restored)), (vec![(263_126, Progress::UnderWay)], vec![]));
    assert_eq!(try_change(&restored, Event::PaymentRestored { held: false }), Outcome::Unchanged);
    // A rest that had left stays as it was.
    let mut order = change_all(released(), [dispensed(3000)]);
    record_shipment(&mut order);
    record_refund(&mut order);
    change(&mut order, Event::PaymentCanceled);
    assert_eq!(amounts(&order), [(46_216, Progress::Done), (216_910, Progress::Done)]);
}

#[test]
fn money_that_is_there_again_waits_for_fuel_that_has_flowed_meanwhile_whatever_was_noted() {
    for fuel in [vec![dispensed(2000)], vec![volume(2000), Event::Withdrawn { release: 1 }]] {
        let reversed = change_all(ready(order(true), false), [Event::PaymentCanceled]);
        let mut order = change_all(reversed, fuel);
        let what = order.discrepancies.last().map(|one| one.what).expect("an operator reads of it");
        change(&mut order, Event::DiscrepancySettled { what, detail: None });
        assert_eq!(change(&mut order, Event::PaymentRestored { held: false }), []);
        assert_eq!(order.hold.map(|hold| hold.cause), Some(Discrepancy::DispensedAfterEnd));
        assert_eq!(change(&mut order, complete(Some(2000))).first(), Some(&Effect::Ship));
    }
}

#[test]
fn money_that_is_there_again_waits_for_fuel_that_is_uncertain() {
    let restored = || Event::PaymentRestored { held: true };
    // The pump was not withdrawn yet.
    let mut order = change_all(ready(order(true), false), [Event::PaymentCanceled, restored()]);
    assert_eq!(order.hold.map(|hold| hold.cause), Some(Discrepancy::ReleaseNotWithdrawn));
    assert_eq!(order.settlement.payment, Some(Payment::Held));
    assert_eq!(change(&mut order, Event::Withdrawn { release: 1 }), [Effect::ReturnMoney]);
    // Nobody knows how much has flowed.
    let interrupted = [volume(1000), canceled_by_station(1, ""), Event::PaymentCanceled];
    let mut order = change_all(ready(self::order(true), false), interrupted);
    assert!(change(&mut order, restored()).is_empty());
    assert_eq!(order.hold.map(|hold| hold.cause), Some(Discrepancy::FuellingCancelledByStation));
    assert_eq!(change(&mut order, complete(Some(1000))), [Effect::Ship]);
    // What was shipped stays shipped, and the rest goes back.
    for shipped in [false, true] {
        let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
        if shipped {
            record_shipment(&mut order);
        }
        change(&mut order, Event::PaymentCanceled);
        let rest = [if shipped { Effect::Refund } else { Effect::Ship }];
        assert_eq!(change(&mut order, Event::PaymentRestored { held: false }), rest);
        assert_eq!(amounts(&order), [(46_216, Progress::UnderWay)]);
    }
}

#[test]
fn a_pump_that_goes_on_after_its_money_is_there_again_is_settled_as_ever() {
    let restored = [volume(1000), Event::PaymentCanceled, Event::PaymentRestored { held: false }];
    let mut order = change_all(ready(order(true), false), restored);
    assert_eq!((order.status, order.hold), (Status::Fuelling, None));
    assert_eq!(change(&mut order, dispensed(3000)), [Effect::Ship]);
}

//! Fuel of which nobody knows how much has flowed: the money waits, an operator sees why, and a person decides.

use crate::reading::{hold_cause, kinds, only_fuel};
use domain::{
    order::{
        Discrepancy, Order, Reason, ReleaseOutcome, ReleaseStanding, Status,
        machine::{Canceller, Effect, Event, Outcome, StationReport},
    },
    quantity::Centi,
};
use test_support::{
    order_steps::{
        cancel, canceled_by_station, change, change_all, complete, dispensed, message, paid_order,
        pump_refused, ready, record_refund, refund_sum, start, sums, try_change, unreadable, volume,
    },
    orders::{invoice, paid, report, report_of, started},
};

/// 40.00 l of petrol for 2494.80.
/// The pump has refused, and the order waits for another start.
fn refused(order: Order) -> Order {
    change_all(start(paid_order(order, false)), [pump_refused(1)])
}

#[test]
fn fuel_whose_volume_nobody_can_read_is_not_refunded() {
    for begun in [false, true] {
        let mut order = ready(only_fuel(), false);
        if begun {
            change(&mut order, volume(1000));
        }
        let steps = order.history.len();
        assert!(change(&mut order, unreadable()).is_empty());
        assert_eq!(order.history.len(), steps + usize::from(!begun), "fuelling has begun once");
        assert_eq!(
            (order.status, hold_cause(&order)),
            (Status::Fuelling, Some(Discrepancy::VolumeUnreadable))
        );
        assert_eq!(order.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::Dispensed));
        assert_eq!(try_change(&order, cancel(Canceller::Customer)), Outcome::Refused);
        assert_eq!(try_change(&order, Event::ReleaseLapsed), Outcome::Unchanged);
        assert_eq!(try_change(&order, unreadable()), Outcome::Unchanged, "again");
        assert!(
            message(&order).starts_with("Сколько топлива налито, пока неизвестно"),
            "{}",
            message(&order)
        );
        // A person decides.
        let mut decided = order.clone();
        assert_eq!(change(&mut decided, complete(Some(1500))), [Effect::Ship]);
        assert_eq!(sums(&decided), [249_480, 93_555, 155_925]);
        assert!(decided.discrepancies.is_empty() && decided.hold.is_none());
        assert_eq!(try_change(&decided, unreadable()), Outcome::Unchanged, "that was dealt with");
        // The station repeats itself, readably.
        assert_eq!(change(&mut order, dispensed(1234)), [Effect::Ship]);
        assert_eq!(sums(&order), [249_480, 76_965, 172_515]);
        assert!(order.discrepancies.is_empty() && order.hold.is_none());
    }
}

#[test]
fn a_reading_after_an_unreadable_end_helps_whoever_decides() {
    let mut order = change_all(ready(only_fuel(), false), [volume(1000), unreadable()]);
    change(&mut order, volume(1200));
    assert_eq!(order.dispensed, Some(Centi::new(1200)));
    assert_eq!(try_change(&order, volume(900)), Outcome::Unchanged);
    assert_eq!(kinds(&order), [Discrepancy::VolumeUnreadable]);
    assert!(change(&mut order, dispensed(300)).is_empty(), "less than it had metered");
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedLessThanMetered));
}

#[test]
fn a_cancellation_while_the_station_is_silent_moves_no_money() {
    let mut order = ready(only_fuel(), false);
    assert_eq!(change(&mut order, cancel(Canceller::Customer)), [Effect::WithdrawRelease]);
    assert!(change(&mut order, Event::WithdrawalUnanswered { release: 1 }).is_empty());
    assert_eq!(kinds(&order), [Discrepancy::ReleaseNotWithdrawn]);
    assert_eq!((order.status, order.settlement.returns.len()), (Status::Ready, 0));
    // It had poured fuel meanwhile.
    let mut poured = order.clone();
    assert_eq!(change(&mut poured, dispensed(2000)), [Effect::Ship]);
    assert!(poured.discrepancies.is_empty());
    // An answer after all, however late.
    assert_eq!(change(&mut order, Event::Withdrawn { release: 1 }), [Effect::ReturnMoney]);
    assert!(order.discrepancies.is_empty());
}

#[test]
fn an_end_of_nothing_after_a_meter_of_thirty_litres_is_held() {
    let mut order = change_all(ready(only_fuel(), false), [volume(3000)]);
    assert!(change(&mut order, dispensed(0)).is_empty());
    assert_eq!(
        (order.status, hold_cause(&order)),
        (Status::Completed, Some(Discrepancy::DispensedLessThanMetered))
    );
    assert_eq!((order.final_total(), order.refundable().get()), (None, 0));
    assert_eq!(try_change(&order, refund_sum(1, Some(100))), Outcome::Refused, "all or nothing");
    let mut charged = order.clone();
    assert_eq!(change(&mut charged, complete(Some(3000))), [Effect::Ship]);
    assert_eq!(sums(&charged), [249_480, 187_110, 62_370]);
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Unchanged, "sent twice");
    assert_eq!(sums(&order), [249_480, 0, 249_480]);
}

#[test]
fn fuel_before_the_payment_is_not_released_a_second_time() {
    let unpaid = change_all(only_fuel(), [Event::InvoiceCreated(invoice())]);
    for fuel in [dispensed(2000), unreadable(), volume(500)] {
        let mut order = change_all(unpaid.clone(), [fuel.clone()]);
        assert!(order.hold.is_none(), "there is no money yet");
        assert!(change(&mut order, paid()).is_empty());
        assert!(order.status == Status::Paid && order.hold.is_some(), "{fuel:?}");
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
        assert_eq!(try_change(&order, cancel(Canceller::Customer)), Outcome::Refused);
        assert!(!matches!(try_change(&order, fuel), Outcome::Changed(_)), "the same report again");
        assert_eq!(change(&mut order, complete(Some(2000))), [Effect::Ship]);
        assert!(order.discrepancies.is_empty());
    }
}

#[test]
fn a_note_about_fuel_before_the_payment_does_not_give_it_away() {
    let unpaid = change_all(only_fuel(), [Event::InvoiceCreated(invoice())]);
    for (fuel, what) in
        [(dispensed(2000), Discrepancy::DispensedUnpaid), (unreadable(), Discrepancy::VolumeUnreadable)]
    {
        let settled = Event::DiscrepancySettled { what, detail: None };
        let noted = change_all(unpaid.clone(), [fuel, settled]);
        assert!(noted.discrepancies.is_empty());
        let mut order = change_all(noted.clone(), [paid()]);
        assert_eq!((hold_cause(&order), kinds(&order)), (Some(what), vec![what]));
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
        assert_eq!(change(&mut order, complete(Some(2000))), [Effect::Ship]);
        assert!(order.discrepancies.is_empty());
        let late = change_all(noted, [Event::TimeOver, paid()]);
        assert_eq!(hold_cause(&late), Some(what), "nor is its money returned by itself");
        // Once a person has decided, it is over.
        let mut back = change_all(late, [refund_sum(1, None)]);
        record_refund(&mut back);
        assert!(back.hold.is_none() && back.unpaid_fuel.is_none());
    }
}

#[test]
fn fuel_before_a_payment_that_comes_too_late_is_not_given_away() {
    for end in [cancel(Canceller::Customer), Event::TimeOver] {
        let mut order = change_all(only_fuel(), [Event::InvoiceCreated(invoice()), dispensed(2000), end]);
        assert!(change(&mut order, paid()).is_empty());
        assert_eq!((order.status, order.reason.clone()), (Status::Unavailable, Some(Reason::PaidTooLate)));
        assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedUnpaid));
        let mut charged = order.clone();
        assert_eq!(change(&mut charged, complete(Some(2000))), [Effect::Ship]);
        assert_eq!((charged.status, charged.reason), (Status::Completed, None));
        assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    }
    // Nothing is given for another sum: all of it goes back, once a person has said so.
    let other_sum = Event::Paid {
        provider_id: invoice().provider_id,
        held: false,
        paid_at: None,
        amount: Some(domain::money::Kopecks::new(100)),
    };
    let events = [Event::InvoiceCreated(invoice()), dispensed(2000), other_sum];
    let mut order = change_all(only_fuel(), events);
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedUnpaid));
    assert_eq!(try_change(&order, complete(Some(2000))), Outcome::Refused);
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    assert_eq!(order.settlement.returned().get(), 100);
}

/// A refund of the office is cancelled while the money waits: all of another sum goes back all the same.
#[test]
fn another_sum_goes_back_whole_whatever_the_office_did_while_it_waited() {
    let other_sum = Event::Paid {
        provider_id: invoice().provider_id,
        held: false,
        paid_at: None,
        amount: Some(domain::money::Kopecks::new(100)),
    };
    let office = || "office".to_owned();
    let found = Event::RefundFound {
        number: office(),
        amount: domain::money::Kopecks::new(10),
        lines: Vec::new(),
        at: None,
        is_confirmed: false,
    };
    let events = [Event::InvoiceCreated(invoice()), other_sum, found, dispensed(2000)];
    let mut order = change_all(only_fuel(), events);
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedAfterEnd));
    change(&mut order, Event::RefundRefused { number: office(), reason: "cancelled".to_owned() });
    change(&mut order, refund_sum(1, None));
    assert_eq!(order.settlement.pending_returns().map(|back| back.amount.get()).sum::<i64>(), 100);
}

#[test]
fn fuel_under_an_ended_release_blocks_starts_and_refunds_until_a_person_decides() {
    let mut order = refused(only_fuel());
    change(&mut order, volume(300));
    assert_eq!(hold_cause(&order), Some(Discrepancy::FuelAfterRelease));
    assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
    assert_eq!(try_change(&order, cancel(Canceller::Customer)), Outcome::Refused);
    assert_eq!(try_change(&order, Event::StartTimeOver), Outcome::Unchanged);
    let settled = Event::DiscrepancySettled { what: Discrepancy::FuelAfterRelease, detail: None };
    assert_eq!(try_change(&order, settled), Outcome::Refused, "by a decision about the money only");
    change(&mut order, volume(350));
    assert_eq!(kinds(&order), [Discrepancy::FuelAfterRelease], "told once");
    // Its end is known.
    change(&mut order, dispensed(400));
    let details: Vec<_> = order.discrepancies.iter().map(|one| one.detail.as_str()).collect();
    assert_eq!((hold_cause(&order), details), (Some(Discrepancy::DispensedAfterEnd), vec!["release 1: 4"]));
    assert_eq!(try_change(&order, dispensed(400)), Outcome::Unchanged);
    assert_eq!(try_change(&order, volume(380)), Outcome::Unchanged);
    let mut canceled = order.clone();
    assert_eq!(change(&mut canceled, cancel(Canceller::Operator)), [Effect::ReturnMoney]);
    assert_eq!(change(&mut order, complete(Some(400))), [Effect::Ship]);
    assert_eq!(sums(&order), [249_480, 24_948, 224_532]);
    assert!(order.discrepancies.is_empty() && canceled.discrepancies.is_empty());
}

#[test]
fn a_start_or_an_empty_end_of_an_ended_release_is_no_sign_of_fuel() {
    let order = refused(only_fuel());
    let none = [
        report(StationReport::Accepted),
        report(StationReport::FuellingStarted),
        dispensed(0),
        dispensed(-3),
        volume(0),
        canceled_by_station(1, ""),
    ];
    for event in none {
        assert_eq!(try_change(&order, event), Outcome::Unchanged);
    }
    // After a meter an end of nothing is one.
    let mut order = change_all(order, [volume(300)]);
    change(&mut order, dispensed(0));
    assert_eq!(hold_cause(&order), Some(Discrepancy::DispensedAfterEnd));
}

/// A sign of fuel under the first release while the second is under way.
#[test]
fn the_end_of_one_release_does_not_lift_a_hold_for_another() {
    let second = || start(refused(only_fuel()));
    let second_report = |report| report_of(2, report);
    let flows = second_report(StationReport::Volume(Centi::new(1000)));
    let interrupted = canceled_by_station(2, "авария");
    let late = [vec![volume(300)], vec![dispensed(300)], vec![unreadable()]];
    for late in late {
        // The second is interrupted first, then its end comes.
        let mut order = change_all(second(), [flows.clone(), interrupted.clone()]);
        assert_eq!(hold_cause(&order), Some(Discrepancy::FuellingCancelledByStation));
        order = change_all(order, late.clone());
        let end = second_report(StationReport::Dispensed(Centi::new(1100)));
        assert!(change(&mut order, end).is_empty(), "{late:?}");
        assert!(order.status == Status::Completed && order.hold.is_some(), "{late:?}");
        assert_ne!(hold_cause(&order), Some(Discrepancy::FuellingCancelledByStation));
        assert_eq!(kinds(&order).len(), 1);
        assert_eq!(change(&mut order, complete(Some(1400))), [Effect::Ship]);
        // Or the second is withdrawn.
        let mut order = change_all(second(), late.clone());
        assert_eq!(change(&mut order, cancel(Canceller::Customer)), [Effect::WithdrawRelease]);
        assert!(change(&mut order, Event::Withdrawn { release: 2 }).is_empty(), "{late:?}");
        assert!(order.status == Status::Canceled && order.hold.is_some());
        assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    }
}

#[test]
fn a_release_that_was_not_sent_is_not_sent_beside_late_fuel() {
    let mut order = refused(only_fuel());
    let event = started(&order);
    change(&mut order, event);
    change(&mut order, dispensed(300));
    assert!(change(&mut order, Event::ReleaseRequested).is_empty());
    assert_eq!((order.status, order.tries()), (Status::Paid, 0), "fuel came of the first");
    assert_eq!(order.standing_of(2), ReleaseStanding::Ended(ReleaseOutcome::NotSent));
    assert!(order.hold.is_some());
}

#[test]
fn a_person_decides_about_all_reports_at_once() {
    let second = || start(refused(only_fuel()));
    let flows = report_of(2, StationReport::Volume(Centi::new(1000)));
    let interrupted = canceled_by_station(2, "авария");
    let mut order = change_all(second(), [flows, interrupted, volume(300)]);
    assert_eq!(kinds(&order).len(), 2);
    assert_eq!(change(&mut order.clone(), canceled_by_station(2, "другая авария")), []);
    assert_eq!(try_change(&order, canceled_by_station(2, "авария")), Outcome::Unchanged);
    assert_eq!(change(&mut order, complete(Some(1300))), [Effect::Ship]);
    assert_eq!(order.discrepancies, []);
    let late =
        [dispensed(300), cancel(Canceller::Customer), Event::Withdrawn { release: 2 }, unreadable_of(2)];
    let mut order = change_all(second(), late);
    assert_eq!(kinds(&order).len(), 2);
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::ReturnMoney]);
    assert_eq!(order.discrepancies, []);
}

fn unreadable_of(release: u32) -> Event {
    report_of(release, StationReport::DispensedUnreadable { text: "??".to_owned() })
}

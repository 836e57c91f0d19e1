//! Releases without fuel: which are sent, accepted, withdrawn, and what their answers end.

use domain::{
    order::{
        Discrepancy, Order, StartReason, Status,
        machine::{Canceller, Effect, Event, Outcome, StationReport},
    },
    view::OrderView,
};
use test_support::{
    order_steps::{cancel, canceled_by_station, change, change_all, paid_order, ready, start, try_change},
    orders::{NOW, order, report, started},
};

/// Paid, and its pump waits for a start.
fn waiting() -> Order {
    paid_order(order(true), false)
}

/// Its pump was started, and the station was not asked yet.
fn unsent() -> Order {
    let order = waiting();
    let event = started(&order);
    change_all(order, [event])
}

#[test]
fn a_start_that_could_not_be_sent_asks_again_and_is_no_try() {
    let mut order = waiting();
    for _ in 0..7 {
        let start = started(&order);
        change(&mut order, start);
        let release = order.open_release().map_or(0, |release| release.number);
        change(&mut order, Event::StartNotSent { release, reason: StartReason::TooLate });
        assert_eq!((order.status, order.tries()), (Status::Paid, 0));
    }
    assert_eq!(order.start_reason, Some(StartReason::TooLate));
    let view = OrderView::from_order(&order, domain::locale::Locale::En);
    assert_eq!(view.reason.as_deref(), Some("start_too_late"));
    let start = view.start.map(|start| (start.allowed, start.tries_left));
    assert_eq!(start, Some((true, 5)));
}

#[test]
fn a_station_accepts_no_release_that_it_was_not_asked_for() {
    let mut order = unsent();
    assert_eq!(try_change(&order, report(StationReport::Accepted)), Outcome::Unchanged);
    change(&mut order, Event::ReleaseRequested);
    assert_eq!(change(&mut order, report(StationReport::Accepted)), []);
    assert_eq!(order.status, Status::Ready);
}

#[test]
fn what_the_station_has_accepted_is_known_after_the_end_too() {
    let reversed = |order| change_all(order, [Event::PaymentCanceled]);
    assert!(!reversed(start(waiting())).has_accepted_release());
    assert!(reversed(ready(order(true), false)).has_accepted_release());
    // What an earlier release was, says nothing of the next.
    let again = change_all(ready(order(true), false), [canceled_by_station(1, "")]);
    assert!(!reversed(start(again)).has_accepted_release());
}

#[test]
fn a_start_that_nobody_sends_any_more_ends_with_its_time() {
    let mut order = unsent();
    assert_eq!(change(&mut order, Event::ReleaseLapsed), []);
    assert_eq!((order.status, &order.start_reason), (Status::Paid, &Some(StartReason::TooLate)));
    assert!(order.is_startable(NOW));
}

#[test]
fn only_a_confirmed_withdrawal_of_a_silent_release_lets_another_pump_start() {
    for (accepted, reason) in [(false, StartReason::NotAnswered), (true, StartReason::NotUsed)] {
        let mut order = start(waiting());
        if accepted {
            change(&mut order, report(StationReport::Accepted));
        }
        assert_eq!(change(&mut order, Event::ReleaseLapsed), [Effect::WithdrawRelease]);
        assert_eq!(try_change(&order, Event::ReleaseLapsed), Outcome::Unchanged, "asked already");
        change(&mut order, Event::WithdrawalUnanswered { release: 1 });
        assert!(order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some());
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
        change(&mut order, Event::Withdrawn { release: 1 });
        assert_eq!((order.status, order.start_reason.clone()), (Status::Paid, Some(reason)));
        assert!(order.discrepancies.is_empty(), "it closes itself");
        let event = started(&order);
        change(&mut order, event);
    }
}

#[test]
fn a_release_that_is_not_withdrawn_goes_on() {
    let mut order = change_all(ready(order(true), false), [cancel(Canceller::Customer)]);
    change(&mut order, Event::WithdrawalRefused { release: 1 });
    assert_eq!((order.status, order.cancellation), (Status::Ready, None));
    assert!(order.discrepancies.is_empty(), "the customer was too late");
    assert_eq!(change(&mut order, Event::ReleaseLapsed), [Effect::WithdrawRelease]);
    change(&mut order, Event::WithdrawalRefused { release: 1 });
    assert!(order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some(), "nobody is there, and it stands");
    assert_eq!(try_change(&order, Event::ReleaseLapsed), Outcome::Unchanged);
    assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::WithdrawRelease]);
}

#[test]
fn an_answer_to_the_withdrawal_of_one_release_never_ends_the_next() {
    let mut order = change_all(ready(order(true), false), [Event::ReleaseLapsed]);
    change(&mut order, canceled_by_station(1, ""));
    let mut order = change_all(start(order), [cancel(Canceller::Customer)]);
    for late in [
        Event::Withdrawn { release: 1 },
        Event::WithdrawalRefused { release: 1 },
        Event::WithdrawalUnanswered { release: 1 },
    ] {
        assert_eq!(try_change(&order, late), Outcome::Unchanged);
    }
    assert_eq!(change(&mut order, Event::Withdrawn { release: 2 }), [Effect::ReturnMoney]);
}

#[test]
fn whoever_cancels_need_not_wait_for_a_station_that_was_not_reached() {
    let unreached = Event::ReleaseUnreached { release: 1 };
    let sent = || start(paid_order(order(true), false));
    let order = change_all(sent(), [unreached.clone()]);
    assert!(order.has_unsent_release() && order.status == Status::Authorising);
    assert_eq!(change_all(order, [cancel(Canceller::Customer)]).status, Status::Canceled);
    // Cancelled while the request was under way.
    let order = change_all(sent(), [cancel(Canceller::Customer), unreached.clone()]);
    assert_eq!(
        (order.status, order.reason),
        (Status::Canceled, Some(domain::order::Reason::CanceledByCustomer))
    );
    // It was about another release, or the station has accepted meanwhile.
    assert_eq!(try_change(&sent(), Event::ReleaseUnreached { release: 2 }), Outcome::Unchanged);
    let accepted = change_all(sent(), [report(StationReport::Accepted)]);
    assert_eq!(try_change(&accepted, unreached), Outcome::Unchanged);
}

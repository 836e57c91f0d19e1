//! Who starts a pump, when, how often, and how a release ends without fuel.

use std::time::Duration as StdDuration;

use domain::{
    id::PumpNumber,
    order::{
        Discrepancy, Order, Reason, ReleaseOutcome, ReleaseStanding, StartMode, StartReason, StartRules,
        Starter, Status,
        machine::{Canceller, Effect, Event, Outcome, RefusalKind, StationReport, apply},
    },
};
use test_support::{
    order_steps::{
        cancel, canceled_by_station, change, change_after, change_all, dispensed, paid_order, pump_refused,
        ready, start, try_change, unreadable,
    },
    orders::{
        NOW, all_handed_over, invoice, order, paid, placement, report, report_of, started, started_after,
    },
};
use time::{Duration, OffsetDateTime};

/// Paid, and its pump waits for a start.
fn waiting() -> Order {
    paid_order(order(true), false)
}

/// An order whose buyer has shown to be at the pump.
fn shown() -> Order {
    let mut placement = placement(order(true).lines);
    placement.start = StartMode::WhenPaid;
    change_all(Order::place(placement), [Event::InvoiceCreated(invoice())])
}

fn paid_at(paid_at: Option<OffsetDateTime>) -> Event {
    Event::Paid { provider_id: invoice().provider_id, held: false, paid_at, amount: None }
}

fn started_pump(pump: u16, order: &Order) -> Event {
    Event::StartRequested { pump: PumpNumber(pump), seq: order.history_seq(), by: Starter::Cashier }
}

#[test]
fn a_payment_alone_releases_no_pump() {
    let mut order = change_all(order(true), [Event::InvoiceCreated(invoice())]);
    assert_eq!(change(&mut order, paid()), []);
    assert_eq!((order.status, order.releases.len()), (Status::Paid, 0));
    assert_eq!(order.start_until, Some(NOW + Duration::minutes(120)));
    assert_eq!(order.paid_at.map(|paid| (paid.learned, paid.provider)), Some((NOW, None)));
    let event = started(&order);
    assert_eq!(change(&mut order, event), [Effect::RequestRelease]);
    let release =
        order.open_release().map(|release| (release.number, release.by, release.start_seq, release.seq));
    assert_eq!(release, Some((1, Starter::Driver, 3, 4)));
}

#[test]
fn a_reserve_may_be_started_no_longer_than_it_lives() {
    let rules = StartRules { ttl: StdDuration::from_secs(7 * 24 * 3600), ..StartRules::default() };
    let (day_before, days) = (NOW - Duration::days(1), |days| NOW + Duration::days(days));
    for (held, provider, until) in [
        (false, Some(day_before), days(7)),
        (true, Some(day_before), days(6) - Duration::hours(4)),
        (true, None, days(7) - Duration::hours(4)),
    ] {
        let mut order = change_all(order(true), [Event::InvoiceCreated(invoice())]);
        let provider_id = invoice().provider_id;
        let paid = Event::Paid { provider_id, held, paid_at: provider, amount: None };
        assert!(matches!(apply(&mut order, paid, NOW, &rules), Outcome::Changed(_)));
        assert_eq!(order.start_until, Some(until), "{held} {provider:?}");
    }
}

#[test]
fn a_payment_soon_after_placing_is_the_start_of_a_buyer_at_the_pump() {
    // Placed in the future: by a clock that was set back since.
    for (seconds, is_start) in [(0, true), (180, true), (181, false), (-180, true), (-3600, false)] {
        let mut order = shown();
        let effects = change_after(&mut order, paid(), Duration::seconds(seconds));
        assert_eq!(effects == [Effect::RequestRelease], is_start, "{seconds}");
        assert_eq!(order.status == Status::Authorising, is_start, "{seconds}");
    }
    let mut without_pump = Order { pump: None, ..shown() };
    assert_eq!(change(&mut without_pump, paid()), []);
}

#[test]
fn a_network_may_take_the_payment_for_the_start_unless_it_is_old() {
    let rules = StartRules { by_payment: true, ..StartRules::default() };
    let now = NOW + Duration::minutes(20);
    for (seconds, is_start) in
        [(None, true), (Some(0), true), (Some(60), true), (Some(61), false), (Some(-5), true)]
    {
        let mut order = change_all(order(true), [Event::InvoiceCreated(invoice())]);
        let provider = seconds.map(|seconds| now - Duration::seconds(seconds));
        let _ = apply(&mut order, paid_at(provider), now, &rules);
        assert_eq!(order.status == Status::Authorising, is_start, "{seconds:?}");
        let started_at = order.open_release().map(|release| release.started_at);
        assert_eq!(started_at, is_start.then(|| provider.unwrap_or(now).min(now)), "{seconds:?}");
    }
}

#[test]
fn the_same_start_is_one_and_a_delayed_one_starts_nothing() {
    let mut order = waiting();
    let first = started(&order);
    change(&mut order, first.clone());
    assert_eq!(try_change(&order, first.clone()), Outcome::Unchanged, "pressed twice");
    let other_pump = Event::StartRequested { pump: PumpNumber(5), seq: 3, by: Starter::Driver };
    assert_eq!(try_change(&order, other_pump), Outcome::Refused);
    assert_eq!(try_change(&order, started_after(2)), Outcome::Refused);
    change(&mut order, Event::ReleaseRequested);
    change(&mut order, pump_refused(1));
    assert_eq!(try_change(&order, first), Outcome::Refused, "it is over");
    // Another pump, under another number.
    let second = started_pump(5, &order);
    assert_eq!(change(&mut order, second), [Effect::RequestRelease]);
    assert_eq!(order.pump, Some(PumpNumber(5)));
    assert_eq!(order.open_release().map(|release| release.number), Some(2));
    assert_eq!(order.start_reason, None);
    let ends = order.releases[0].end.map(|end| (end.seq, order.history[4].seq, order.history[4].status));
    assert_eq!(ends, Some((6, 6, Status::Paid)), "its end is an entry of the history");
    let ended = |number| order.standing_of(number);
    assert_eq!(ended(1), ReleaseStanding::Ended(ReleaseOutcome::Refused));
    assert_eq!([ended(2), ended(3)], [ReleaseStanding::Open, ReleaseStanding::Unknown]);
}

#[test]
fn nothing_is_started_for_an_order_that_is_unpaid_ended_or_being_cancelled() {
    let unpaid = change_all(order(true), [Event::InvoiceCreated(invoice())]);
    let canceled = change_all(waiting(), [cancel(Canceller::Customer)]);
    let being_canceled = change_all(ready(order(true), false), [cancel(Canceller::Customer)]);
    let goods = paid_order(order(false), false);
    for order in [unpaid, canceled, being_canceled.clone(), goods] {
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused, "{:?}", order.status);
    }
    assert_eq!(try_change(&being_canceled, started_after(3)), Outcome::Refused, "the same press");
    // The clock has not ended it yet.
    let mut late = waiting();
    let (event, now) = (started(&late), NOW + Duration::minutes(120));
    assert_eq!(apply(&mut late, event.clone(), now, &StartRules::default()), Outcome::Refused);
    let just_in_time = now - Duration::seconds(1);
    assert!(matches!(apply(&mut late, event, just_in_time, &StartRules::default()), Outcome::Changed(_)));
}

/// The first commit wins.
#[test]
fn a_start_and_a_cancellation_do_not_cross() {
    let mut order = waiting();
    let start = started(&order);
    change(&mut order, start);
    assert_eq!(change(&mut order, cancel(Canceller::Customer)), [Effect::ReturnMoney], "not sent: at once");
    assert_eq!(order.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::NotSent));
    assert_eq!(try_change(&order, Event::ReleaseRequested), Outcome::Unchanged);
}

#[test]
fn five_tries_without_fuel_return_the_money() {
    let lapse = |release| vec![Event::ReleaseLapsed, Event::Withdrawn { release }];
    let ends: [fn(u32) -> Vec<Event>; 5] = [
        |release| vec![pump_refused(release)],
        |release| vec![canceled_by_station(release, "авария")],
        lapse,
        |release| vec![report_of(release, StationReport::Accepted), canceled_by_station(release, "авария")],
        |release| vec![pump_refused(release)],
    ];
    let mut order = waiting();
    for (number, end) in (1..).zip(ends) {
        assert_eq!(order.status, Status::Paid, "before try {number}");
        order = change_all(start(order), end(number));
        assert_eq!(order.tries() as u32, number);
    }
    assert_eq!(
        (order.status, order.reason.clone()),
        (Status::Unavailable, Some(Reason::TriesUsedUp("занято".to_owned())))
    );
    assert_eq!(order.settlement.returned(), order.total);
}

/// Tries are used up while late fuel holds the money: a person decides, and no sixth pump is started.
#[test]
fn the_last_try_beside_late_fuel_waits_for_a_person() {
    let mut order = waiting();
    for release in 1..=4 {
        order = change_all(start(order), [pump_refused(release)]);
    }
    order = change_all(start(order), [dispensed(500), pump_refused(5)]);
    assert_eq!((order.status, order.tries()), (Status::Paid, 4));
    assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
    assert_eq!(try_change(&order, Event::StartTimeOver), Outcome::Unchanged);
    let mut six = Order { hold: None, ..order.clone() };
    assert!(six.is_startable(NOW), "the fuel is no try");
    let fifth = six.releases[1].clone();
    six.releases.insert(1, fifth);
    assert!(!six.is_startable(NOW), "five tries");
    assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::ReturnMoney]);
}

#[test]
fn a_sold_out_grade_or_a_refused_price_ends_the_order() {
    for kind in [RefusalKind::SoldOut, RefusalKind::Price] {
        let mut order = start(waiting());
        let refused = report(StationReport::Refused { reason: "нет".to_owned(), kind });
        assert_eq!(change(&mut order, refused), [Effect::ReturnMoney]);
        let is_sold_out = kind == RefusalKind::SoldOut;
        let reason = if is_sold_out { Reason::SoldOut } else { Reason::StationRefused("нет".to_owned()) };
        assert_eq!(order.reason, Some(reason));
        assert_eq!(order.status, Status::Unavailable);
    }
}

#[test]
fn the_time_to_start_ends_only_an_order_without_a_release() {
    let after = Duration::minutes(120);
    let mut order = waiting();
    assert_eq!(change_after(&mut order, Event::StartTimeOver, after), [Effect::ReturnMoney]);
    assert_eq!((order.status, order.reason), (Status::Canceled, Some(Reason::NotBegun)));
    // While a pump is released the time does not matter; when it gives nothing the order ends.
    let mut order = start(waiting());
    let now = NOW + after;
    assert_eq!(apply(&mut order, Event::StartTimeOver, now, &StartRules::default()), Outcome::Unchanged);
    assert_eq!(change_after(&mut order, pump_refused(1), after), [Effect::ReturnMoney]);
    assert_eq!((order.status, order.reason), (Status::Canceled, Some(Reason::NotBegun)));
}

#[test]
fn goods_that_were_handed_over_are_charged_when_nobody_fuels() {
    let order = waiting();
    let handed = all_handed_over(&order);
    let mut order = change_all(order, [handed]);
    assert_eq!(change_after(&mut order, Event::StartTimeOver, Duration::minutes(120)), [Effect::Ship]);
    let shipped = order.settlement.shipment.as_ref().map(|shipment| shipment.amount().get());
    assert_eq!((shipped, order.refund().map(|sum| sum.get())), (Some(29_800), Some(233_326)));
    assert_eq!(order.status, Status::Canceled);
}

#[test]
fn a_company_may_pay_in_the_morning_and_fuel_a_week_later() {
    let rules = StartRules { ttl: StdDuration::from_secs(7 * 24 * 60 * 60), ..StartRules::default() };
    let mut order = change_all(order(true), [Event::InvoiceCreated(invoice())]);
    let _ = apply(&mut order, paid(), NOW, &rules);
    let late = NOW + Duration::days(7) - Duration::minutes(1);
    assert_eq!(apply(&mut order, Event::StartTimeOver, late, &rules), Outcome::Unchanged);
    let event = started(&order);
    assert_eq!(apply(&mut order, event, late, &rules), Outcome::Changed(vec![Effect::RequestRelease]));
}

#[test]
fn a_paid_order_of_an_earlier_version_is_offered_a_start() {
    let mut order = Order { start_until: None, ..waiting() };
    change_after(&mut order, Event::StartOffered, Duration::hours(5));
    assert_eq!(order.start_until, Some(NOW + Duration::hours(7)));
    assert_eq!(try_change(&order, Event::StartOffered), Outcome::Unchanged);
    let goods = Order { start_until: None, ..paid_order(self::order(false), false) };
    assert_eq!(try_change(&goods, Event::StartOffered), Outcome::Unchanged);
}

#[test]
fn fuel_that_a_cashier_gives_by_hand_needs_no_start_and_never_returns_by_the_clock() {
    let mut placement = placement(order(true).lines);
    placement.by_hand = true;
    let mut order = paid_order(Order::place(placement), false);
    assert_eq!((order.status, order.start_until), (Status::Ready, None));
    assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
    for clock in [Event::StartTimeOver, Event::StartOffered, Event::ReleaseLapsed, Event::ReadyByHand] {
        assert_eq!(try_change(&order, clock), Outcome::Unchanged);
    }
    change(&mut order, Event::Overdue);
    assert!(order.discrepancy(Discrepancy::EndNotReported).is_some());
    // An earlier version may have left it before.
    for status in [Status::Paid, Status::Authorising] {
        let mut earlier = Order { status, ..order.clone() };
        let not_sent = Event::StartNotSent { release: 1, reason: StartReason::TooLate };
        assert_eq!(try_change(&earlier, not_sent), Outcome::Unchanged, "there is no release");
        change(&mut earlier, Event::ReadyByHand);
        assert_eq!(earlier.status, Status::Ready);
    }
}

#[test]
fn a_zero_end_of_the_current_release_ends_the_order() {
    let only_fuel = || test_support::orders::of_lines(vec![order(true).lines[0].clone()]);
    let mut order = ready(only_fuel(), false);
    assert_eq!(change(&mut order, dispensed(0)), [Effect::ReturnMoney]);
    assert_eq!(order.status, Status::Completed);
    // Also while the clock withdraws it, which nobody has asked for.
    let mut order = change_all(ready(only_fuel(), false), [Event::ReleaseLapsed]);
    assert_eq!(change(&mut order, dispensed(0)), [Effect::ReturnMoney]);
    assert_eq!(order.status, Status::Completed);
    // Whoever has cancelled reads that they have.
    let mut order = change_all(ready(only_fuel(), false), [cancel(Canceller::Customer)]);
    assert_eq!(change(&mut order, dispensed(0)), [Effect::ReturnMoney]);
    assert_eq!((order.status, order.reason), (Status::Canceled, Some(Reason::CanceledByCustomer)));
}

/// Of a station that is not at the pump any more, whatever it says, the driver must not fuel.
#[test]
fn a_driver_is_told_to_stop_where_the_status_alone_would_let_them_fuel() {
    let ready = || ready(order(true), false);
    let second = || start(ready_and_refused());
    let cases = [
        (ready(), false),
        (change_all(ready(), [cancel(Canceller::Customer)]), true),
        (change_all(ready(), [report(StationReport::FuellingStarted)]), false),
        (change_all(ready(), [report(StationReport::FuellingStarted), canceled_by_station(1, "")]), true),
        (change_all(ready(), [report(StationReport::FuellingStarted), Event::PaymentCanceled]), true),
        (second(), false),
        (change_all(second(), [dispensed(100)]), true),
        (change_all(ready_and_refused(), [unreadable()]), true),
        (change_all(ready(), [dispensed(3000), Event::PaymentCanceled]), true),
        (change_all(ready(), [dispensed(3000)]), false),
        (waiting(), false),
    ];
    for (index, (order, is_stop)) in cases.into_iter().enumerate() {
        assert_eq!(order.is_stop_required(), is_stop, "case {index}: {:?}", order.status);
    }
}

#[test]
fn its_customer_may_cancel_also_while_the_clock_has_a_pump_withdrawn() {
    let ready = || ready(order(true), false);
    let lapsed = change_all(ready(), [Event::ReleaseLapsed]);
    assert!(lapsed.is_stop_required() && lapsed.is_cancelable());
    assert!(change_all(lapsed.clone(), [cancel(Canceller::Customer)]).is_stop_required());
    let cases = [
        (order(true), true),
        (waiting(), true),
        (ready(), true),
        (change_all(lapsed, [cancel(Canceller::Customer)]), false),
        (change_all(ready(), [report(StationReport::FuellingStarted)]), false),
        (change_all(ready(), [Event::PaymentCanceled]), false),
        (change_all(ready_and_refused(), [unreadable()]), false),
        (change_all(ready(), [dispensed(3000)]), false),
    ];
    for (index, (order, is_cancelable)) in cases.into_iter().enumerate() {
        assert_eq!(order.is_cancelable(), is_cancelable, "case {index}: {:?}", order.status);
        let outcome = try_change(&order, cancel(Canceller::Customer));
        assert_eq!(matches!(outcome, Outcome::Changed(_)), is_cancelable, "case {index}");
    }
}

/// Paid again, after the first pump has refused.
fn ready_and_refused() -> Order {
    change_all(start(waiting()), [pump_refused(1)])
}

#[test]
fn a_time_that_a_wrong_clock_has_set_is_shortened_to_the_longest_that_can_be() {
    let until = NOW + Duration::days(365);
    let mut order = Order { start_until: Some(until), ..waiting() };
    assert_eq!(change(&mut order, Event::StartTimeOver), []);
    assert_eq!((order.status, order.start_until), (Status::Paid, Some(NOW + Duration::minutes(120))));
    assert_eq!(try_change(&order, Event::StartTimeOver), Outcome::Unchanged, "it is the rule's");
    let a_little = Order { start_until: Some(NOW + Duration::minutes(121)), ..waiting() };
    assert_eq!(try_change(&a_little, Event::StartTimeOver), Outcome::Unchanged, "clocks differ");
}

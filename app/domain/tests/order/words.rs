//! What people and machines read of an order: sentences, codes, views.

use domain::{
    locale::Locale,
    money::Kopecks,
    order::{
        Order, Reason, StartMode, StartReason, Status,
        machine::{Canceller, Event, StationReport},
        notice::{Happened, MoneyNotice, OrderNotice},
    },
    view::OrderView,
};
use test_support::{
    order_steps::{
        cancel, canceled_by_station, change_all, complete, dispensed, message, paid_order, pump_refused,
        ready, start, volume,
    },
    orders::{invoice, order, paid, placement, report},
};

fn created() -> Order {
    change_all(order(true), [Event::InvoiceCreated(invoice())])
}

fn happened(order: &Order) -> Option<Happened<'_>> {
    OrderNotice::from_order(order).map(|notice| notice.happened)
}

#[test]
fn each_reason_has_its_stable_code() {
    let text = String::new;
    let reasons = [
        (Reason::CanceledByCustomer, "canceled_by_customer"),
        (Reason::CanceledByOperator, "canceled_by_operator"),
        (Reason::PaymentCanceled, "payment_canceled"),
        (Reason::PaymentTimeOver, "payment_time_over"),
        (Reason::ProviderRefused, "provider_refused"),
        (Reason::LinkRefused, "payment_link_refused"),
        (Reason::StationRefused(text()), "station_refused"),
        (Reason::SoldOut, "station_refused"),
        (Reason::StationSilent, "station_silent"),
        (Reason::NotBegun, "not_begun"),
        (Reason::TriesUsedUp(text()), "tries_used_up"),
        (Reason::PaidOtherSum, "paid_other_sum"),
        (Reason::PaidTooLate, "paid_too_late"),
    ];
    for (reason, code) in reasons {
        let order = Order { reason: Some(reason), ..order(true) };
        assert_eq!(OrderView::from_order(&order, Locale::Ru).reason.as_deref(), Some(code));
    }
    let starts = [
        (StartReason::PumpRefused(text()), "pump_refused"),
        (StartReason::PumpUnavailable, "pump_refused"),
        (StartReason::CancelledByStation(text()), "canceled_by_station"),
        (StartReason::NotUsed, "not_used"),
        (StartReason::NotAnswered, "not_answered"),
        (StartReason::TooLate, "start_too_late"),
        (StartReason::ProviderUnreachable, "provider_unreachable"),
    ];
    for (reason, code) in starts {
        let order = Order { start_reason: Some(reason), ..paid_order(order(true), false) };
        assert_eq!(OrderView::from_order(&order, Locale::Ru).reason.as_deref(), Some(code));
    }
}

#[test]
fn the_notice_says_what_has_happened_last() {
    let ready = || ready(order(true), false);
    let lapsed = change_all(ready(), [Event::ReleaseLapsed]);
    assert_eq!(happened(&lapsed), Some(Happened::WithdrawingRelease));
    let canceling = change_all(ready(), [cancel(Canceller::Customer)]);
    assert_eq!(happened(&canceling), Some(Happened::Cancelling));
    assert_eq!(happened(&ready()), None);
    assert_eq!(happened(&paid_order(order(true), false)), None);
    let refused = change_all(start(paid_order(order(true), false)), [pump_refused(1)]);
    let reason = StartReason::PumpRefused("занято".to_owned());
    assert_eq!(happened(&refused), Some(Happened::StartFailed(&reason)));
    assert_eq!(message(&refused), "АЗС не включила колонку: занято.");
    let fuelling = [report(StationReport::FuellingStarted), canceled_by_station(1, "авария")];
    let interrupted = change_all(ready(), fuelling);
    assert_eq!(happened(&interrupted), Some(Happened::FuellingInterrupted { reason: "авария" }));
    let reversed = change_all(ready(), [Event::PaymentCanceled]);
    assert_eq!(happened(&reversed), Some(Happened::PaymentReversed));
    let unpaid = change_all(created(), [Event::PaymentCanceled]);
    assert_eq!(happened(&unpaid), Some(Happened::PaymentCanceled));
    let late =
        change_all(ready(), [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, dispensed(500)]);
    assert_eq!(happened(&late), Some(Happened::FuelUncertain));
    let money = OrderNotice::from_order(&late).map(|notice| notice.money);
    assert_eq!(money, Some(vec![]), "nobody knows what comes back");
    // Closed while the station is still asked to withdraw its release: that is no question about fuel.
    let closed = change_all(ready(), [complete(Some(3000))]);
    assert!(closed.hold.is_some() && happened(&closed) != Some(Happened::FuelUncertain));
}

#[test]
fn money_is_named_once_it_is_on_its_way() {
    let money = |order: &Order| OrderNotice::from_order(order).map(|notice| notice.money);
    let total = order(true).total;
    let canceled = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    assert_eq!(money(&canceled), Some(vec![MoneyNotice::Coming(total)]));
    // It does not move: nobody promises days.
    let number = canceled.settlement.returns[0].number.clone();
    let delayed = change_all(canceled, [Event::MoneyDelayed { number, says: String::new() }]);
    let order_number = delayed.number;
    assert_eq!(money(&delayed), Some(vec![MoneyNotice::Delayed { sum: total, order_number }]));
    assert!(message(&delayed).contains("задерживается") && !message(&delayed).contains("вернёт"));
    // Taken back by a bank, nothing comes.
    let reversed = change_all(paid_order(order(true), false), [Event::PaymentCanceled]);
    assert_eq!(money(&reversed), Some(vec![]));
    assert!(!message(&reversed).contains("вернёт"), "{}", message(&reversed));
    // While fuel flows nobody knows.
    let fuelling = change_all(ready(order(true), false), [volume(1000), Event::PaymentCanceled]);
    assert_eq!(money(&fuelling), Some(vec![]));
    let fuelling = [volume(1000), canceled_by_station(1, "")];
    let interrupted = change_all(ready(order(true), false), fuelling);
    let elsewhere = Event::RefundFound {
        number: "office".to_owned(),
        amount: total,
        lines: Vec::new(),
        at: None,
        is_confirmed: true,
    };
    assert_eq!(money(&change_all(interrupted, [elsewhere])), Some(vec![]), "its own sentence says it");
    let unpaid = change_all(created(), [cancel(Canceller::Customer)]);
    assert_eq!(money(&unpaid), Some(vec![MoneyNotice::NothingCharged]));
}

#[test]
fn an_order_that_waits_for_a_person_says_for_what() {
    let part = Event::RefundFound {
        number: "office".to_owned(),
        amount: Kopecks::new(100),
        lines: Vec::new(),
        at: None,
        is_confirmed: true,
    };
    let paid = change_all(paid_order(order(true), false), [part]);
    assert!(message(&paid).contains("другая сумма"), "{}", message(&paid));
    let late = change_all(ready(order(true), false), [dispensed(3000), dispensed(3200)]);
    assert!(message(&late).contains("Сколько топлива налито"), "{}", message(&late));
}

#[test]
fn an_order_knows_its_lines_and_its_number_at_the_back_office() {
    let order = order(true);
    assert_eq!(order.line_at(0), None);
    assert_eq!(order.line_at(1).map(|line| line.sku.0.as_str()), Some("a92"));
    assert_eq!(order.line_at(2).map(|line| line.sku.0.as_str()), Some("coffee"));
    assert_eq!(order.line_at(3), None);
    let coffee = order.lines[1].clone();
    assert_eq!(order.line_of(&coffee.sku), Some(&coffee));
    assert_eq!(order.external_id(), None);
    let sale = order.into_cashier_sale(Some("чек 7".to_owned()));
    assert_eq!(sale.external_id(), Some("чек 7"));
}

#[test]
fn a_draft_that_waits_for_the_driver_is_stored_as_before() {
    assert!(StartMode::ByDriver.is_by_driver());
    assert!(!StartMode::WhenPaid.is_by_driver());
    let placed = Order::place(placement(order(true).lines));
    assert_eq!(placed.start, StartMode::ByDriver);
}

#[test]
fn money_is_there_from_the_payment_to_a_bad_end() {
    let paid_ones = [Status::Paid, Status::Authorising, Status::Ready, Status::Fuelling, Status::Completed];
    for status in Status::ALL {
        assert_eq!(status.is_paid(), paid_ones.contains(&status), "{status:?}");
    }
    assert!(change_all(created(), [paid()]).status.is_paid());
}

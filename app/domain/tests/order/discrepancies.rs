//! What an operator sees, how it ends, and that settling it ends nothing else.

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order,
        machine::{Canceller, Effect, Event, MAX_DISCREPANCIES, Outcome},
        settlement::{RefundItem, RefundPart, RefundScope},
    },
};
use test_support::{
    order_steps::{
        cancel, change, change_all, dispensed, paid_order, ready, record_refund, record_shipment, refund,
        refund_sum, refuse_refund, start, try_change,
    },
    orders::{order, paid_by},
};

fn settled(what: Discrepancy) -> Event {
    Event::DiscrepancySettled { what, detail: None }
}

/// Completed, shipped and returned.
fn over() -> Order {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    record_refund(&mut order);
    order
}

#[test]
fn a_settled_discrepancy_does_not_hide_the_next_of_the_same_words() {
    let mut order = over();
    for round in 1..=30 {
        // Another end, then the first of them again: the same words as two rounds before.
        change(&mut order, dispensed(if round % 2 == 0 { 3100 } else { 3200 }));
        let open: Vec<_> = order.discrepancies.iter().map(|one| one.what).collect();
        assert_eq!(open, [Discrepancy::DispensedAfterEnd], "round {round}");
        change(&mut order, settled(Discrepancy::DispensedAfterEnd));
        assert_eq!(order.discrepancies, []);
        assert_eq!(try_change(&order, settled(Discrepancy::DispensedAfterEnd)), Outcome::Unchanged);
    }
}

#[test]
fn open_discrepancies_are_bounded_and_another_kind_still_comes_through() {
    let mut order = over();
    for volume in 3100..3200 {
        let _ = try_change(&order, dispensed(volume));
        change(&mut order, dispensed(volume));
    }
    assert_eq!(order.discrepancies.len(), MAX_DISCREPANCIES);
    change(&mut order, paid_by("another".to_owned(), false));
    assert_eq!(order.discrepancies.len(), MAX_DISCREPANCIES + 1);
    change(&mut order, settled(Discrepancy::DispensedAfterEnd));
    change(&mut order, dispensed(4500));
    let open: Vec<_> = order.discrepancies.iter().map(|one| one.what).collect();
    assert_eq!(open, [Discrepancy::PaidTwice, Discrepancy::DispensedAfterEnd]);
}

#[test]
fn each_sum_that_does_not_move_has_a_line_however_many_are_open() {
    let mut order = over();
    for volume in 3100..3200 {
        change(&mut order, dispensed(volume));
    }
    let fuel = order.fuel_line().unwrap().sku.clone();
    for key in [1, 2] {
        let part = RefundPart::Amount(Kopecks::new(100));
        change(&mut order, refund(key, RefundScope::Items(vec![RefundItem { sku: fuel.clone(), part }])));
    }
    let pending: Vec<String> = order.settlement.pending_returns().map(|back| back.number.clone()).collect();
    assert_eq!(pending.len(), 2);
    for number in pending {
        change(&mut order, Event::MoneyDelayed { number, says: "late".to_owned() });
    }
    let owed = order.discrepancies.iter().filter(|one| one.what == Discrepancy::MoneyOwed);
    assert_eq!(owed.count(), 2);
    assert_eq!(order.unreported_money().count(), 0, "nobody looks for it again and again");
}

#[test]
fn a_refund_that_is_accepted_and_never_carried_out_is_owed_until_it_is() {
    let mut order = over();
    let number = order.settlement.returns[0].number.clone();
    let delayed = Event::RefundOverdue { number: number.clone() };
    change(&mut order, delayed.clone());
    let kinds = |order: &Order| order.discrepancies.iter().map(|one| one.what).collect::<Vec<_>>();
    assert_eq!(kinds(&order), [Discrepancy::MoneyOwed]);
    assert_eq!(try_change(&order, delayed), Outcome::Unchanged);
    let mut canceled = order.clone();
    let refused = Event::RefundRefused { number: number.clone(), reason: "cancelled".to_owned() };
    change(&mut canceled, refused);
    assert_eq!(kinds(&canceled), [Discrepancy::RefundRefused]);
    change(&mut order, Event::RefundConfirmed { number });
    assert_eq!(kinds(&order), []);
}

#[test]
fn what_the_station_says_of_one_order_is_cut_to_a_length() {
    let mut order = over();
    let number = order.settlement.returns[0].number.clone();
    change(&mut order, Event::RefundRefused { number, reason: "д".repeat(5000) });
    assert_eq!(order.discrepancies[0].detail.chars().count(), 200);
}

#[test]
fn settling_a_release_that_stands_asks_the_station_again() {
    let stands = [Event::ReleaseLapsed, Event::WithdrawalUnanswered { release: 1 }];
    let mut order = change_all(ready(order(true), false), stands);
    let settle = settled(Discrepancy::ReleaseNotWithdrawn);
    assert_eq!(change(&mut order, settle.clone()), [Effect::WithdrawRelease]);
    change(&mut order, Event::WithdrawalUnanswered { release: 1 });
    assert_eq!(order.discrepancies.len(), 1, "and it stands again");
    // Refused: nobody waits, and the clock asks again.
    let refused = [Event::ReleaseLapsed, Event::WithdrawalRefused { release: 1 }];
    let mut order = change_all(ready(self::order(true), false), refused);
    assert_eq!(change(&mut order, settle.clone()), []);
    assert_eq!(change(&mut order, Event::ReleaseLapsed), [Effect::WithdrawRelease]);
    // Taken back while the pump was released.
    let reversed = [Event::PaymentCanceled, Event::WithdrawalUnanswered { release: 1 }];
    let mut order = change_all(ready(self::order(true), false), reversed);
    assert_eq!(change(&mut order, settle), [Effect::WithdrawRelease]);
}

#[test]
fn a_release_that_stands_is_forgotten_with_its_end_and_the_next_is_withdrawn() {
    let stands = [Event::ReleaseLapsed, Event::WithdrawalUnanswered { release: 1 }, Event::Overdue];
    let mut order = change_all(ready(order(true), false), stands);
    assert_eq!(order.discrepancies.len(), 2);
    change(&mut order, test_support::order_steps::canceled_by_station(1, ""));
    assert_eq!(order.discrepancies, []);
    let mut order = start(order);
    assert_eq!(change(&mut order, Event::ReleaseLapsed), [Effect::WithdrawRelease]);
}

#[test]
fn money_that_does_not_move_is_shown_until_it_has() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    let (ship, back) = ("AZS12-000451-s1".to_owned(), "AZS12-000451-r1".to_owned());
    let delayed =
        |number: &str, says: &str| Event::MoneyDelayed { number: number.to_owned(), says: says.to_owned() };
    assert_eq!(try_change(&order, delayed("AZS12-000451-r9", "")), Outcome::Unchanged, "nothing of ours");
    change(&mut order, delayed(&ship, "503"));
    change(&mut order, delayed(&back, "403"));
    assert_eq!(try_change(&order, delayed(&back, "500")), Outcome::Unchanged, "once, whatever they say");
    let details =
        |order: &Order| order.discrepancies.iter().map(|one| one.detail.clone()).collect::<Vec<_>>();
    assert_eq!(details(&order), ["AZS12-000451-s1 2169.10: 503", "AZS12-000451-r1 462.16: 403"]);
    assert_eq!(order.owed_to_payer().to_decimal(), "462.16", "the shipment is owed to nobody");
    record_shipment(&mut order);
    assert_eq!(details(&order), ["AZS12-000451-r1 462.16: 403"], "each by itself");
    record_refund(&mut order);
    assert_eq!(order.discrepancies, []);
    assert_eq!(try_change(&order, delayed(&back, "403")), Outcome::Unchanged, "it has moved");
}

#[test]
fn money_that_nothing_moves_gets_its_effect_again() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    change(&mut order, paid_by("another".to_owned(), false));
    let untried = |number: &str| Event::MoneyUntried { number: number.to_owned() };
    for (number, effect) in [
        ("AZS12-000451-s1", Effect::Ship),
        ("AZS12-000451-r1", Effect::Refund),
        ("AZS12-000451-r2", Effect::ReturnSecondPayments),
    ] {
        assert_eq!(change(&mut order, untried(number)), [effect]);
    }
    assert_eq!(try_change(&order, untried("AZS12-000451-r3")), Outcome::Unchanged, "nothing of ours");
    record_shipment(&mut order);
    assert_eq!(try_change(&order, untried("AZS12-000451-s1")), Outcome::Unchanged, "it has moved");
}

#[test]
fn what_a_person_holds_is_not_late() {
    let canceled = [cancel(Canceller::Customer), Event::Withdrawn { release: 1 }, dispensed(2000)];
    let mut order = change_all(ready(order(true), false), canceled);
    let late = |number: &str| Event::MoneyDelayed { number: number.to_owned(), says: String::new() };
    assert_eq!(try_change(&order, late("AZS12-000451-r1")), Outcome::Unchanged);
    change(&mut order, paid_by("another".to_owned(), false));
    change(&mut order, late("AZS12-000451-r2"));
    assert!(order.discrepancy(Discrepancy::MoneyOwed).is_some(), "a second payment is not held");
}

#[test]
fn a_refused_refund_is_shown_until_the_money_is_back() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    refuse_refund(&mut order);
    assert_eq!(order.discrepancies[0].detail, "AZS12-000451-r1 2631.26: нет");
    let repeated = Event::RefundRefused { number: "AZS12-000451-r1".to_owned(), reason: "нет".to_owned() };
    assert_eq!(try_change(&order, repeated), Outcome::Unchanged);
    change(&mut order, refund_sum(1, None));
    assert!(order.discrepancy(Discrepancy::RefundRefused).is_some(), "it is only being tried again");
    record_refund(&mut order);
    assert_eq!(order.discrepancies, []);
    // Or the payment is cancelled as a whole.
    let mut order = change_all(paid_order(self::order(true), false), [cancel(Canceller::Customer)]);
    refuse_refund(&mut order);
    change(&mut order, Event::PaymentCanceled);
    assert_eq!(order.discrepancies, []);
}

#[test]
fn one_of_a_kind_is_settled_by_its_detail() {
    let mut order = over();
    change(&mut order, dispensed(3100));
    change(&mut order, dispensed(3200));
    let settled_one = |detail: &str| Event::DiscrepancySettled {
        what: Discrepancy::DispensedAfterEnd,
        detail: Some(detail.to_owned()),
    };
    let first = order.discrepancies[0].detail.clone();
    assert_eq!(try_change(&order, settled_one("another")), Outcome::Unchanged);
    change(&mut order, settled_one(&first));
    assert_eq!(order.discrepancies.len(), 1);
    assert_ne!(order.discrepancies[0].detail, first);
}

#[test]
fn a_refused_refund_is_no_longer_late() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    change(&mut order, Event::MoneyDelayed { number: "AZS12-000451-r1".to_owned(), says: "403".to_owned() });
    refuse_refund(&mut order);
    let open: Vec<_> = order.discrepancies.iter().map(|one| one.what).collect();
    assert_eq!(open, [Discrepancy::RefundRefused]);
    assert_eq!(order.owed_to_payer(), order.total, "refused, and still owed");
}

#[test]
fn an_invoice_that_can_still_be_paid_is_shown_once_until_it_is_withdrawn() {
    let mut order = change_all(order(true), [Event::InvoiceCreated(test_support::orders::invoice())]);
    change(&mut order, Event::TimeOver);
    change(&mut order, Event::InvoiceNotWithdrawn { says: "503".to_owned() });
    let again = Event::InvoiceNotWithdrawn { says: "403".to_owned() };
    assert_eq!(try_change(&order, again), Outcome::Unchanged, "once, whatever they say");
    change(&mut order, Event::InvoicesWithdrawn);
    assert_eq!(order.discrepancies, []);
    assert_eq!(try_change(&order, Event::InvoicesWithdrawn), Outcome::Unchanged);
}

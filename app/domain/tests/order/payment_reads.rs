//! What a read of Invoicebox says of a payment that was believed before.

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, Event, Outcome},
        settlement::{Payment, Progress, ReturnedBy},
    },
};
use test_support::{
    order_steps::{cancel, change, change_all, complete, paid_order, ready, record_refund, try_change},
    orders::{NOW, invoice, order, paid, started},
};
use time::Duration;

use crate::reading::kinds;

fn differs() -> Event {
    Event::PaidSumDiffers { amount: Kopecks::new(263_125) }
}

fn restored(held: bool) -> Event {
    Event::PaymentRestored { held }
}

#[test]
fn another_sum_than_was_paid_releases_no_pump_until_a_person_decides() {
    let unsent = || {
        let order = paid_order(order(true), false);
        let start = started(&order);
        change_all(order, [start])
    };
    for mut order in [paid_order(order(true), false), unsent()] {
        assert_eq!(change(&mut order, differs()), []);
        assert_eq!(
            (order.status, order.hold.map(|hold| hold.cause)),
            (Status::Paid, Some(Discrepancy::SumDiffers))
        );
        assert_eq!(order.discrepancies[0].detail, "2631.25 instead of 2631.26");
        assert!(order.open_release().is_none() && order.settlement.returns.is_empty());
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
        assert_eq!(try_change(&order, differs()), Outcome::Unchanged);
        let mut closed = order.clone();
        assert_eq!(change(&mut closed, complete(Some(3000))), [Effect::Ship]);
        assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::ReturnMoney]);
        assert_eq!(kinds(&order), []);
    }
    // Too late for the pump: it is shown.
    let mut released = ready(order(true), false);
    assert_eq!(change(&mut released, differs()), []);
    assert_eq!((released.hold, kinds(&released)), (None, vec![Discrepancy::SumDiffers]));
    assert_eq!(try_change(&order(true), differs()), Outcome::Unchanged, "nothing is paid");
}

/// Paid, cancelled by the customer, and returned by the cancellation of the payment.
fn canceled_with_its_payment(held: bool) -> Order {
    let mut order = change_all(paid_order(order(true), held), [cancel(Canceller::Customer)]);
    let number = order.settlement.returns[0].number.clone();
    change(&mut order, Event::RefundRecorded { number, by: ReturnedBy::Cancel });
    order
}

#[test]
fn a_payment_that_we_cancelled_and_that_is_there_again_is_owed_again() {
    for held in [false, true] {
        let mut order = canceled_with_its_payment(held);
        assert!(order.settlement.is_canceled());
        assert_eq!(change(&mut order, restored(held)), [Effect::ReturnMoney]);
        let payment = if held { Payment::Held } else { Payment::Taken };
        assert_eq!(order.settlement.payment, Some(payment));
        let back = &order.settlement.returns[0];
        assert_eq!((back.state, back.done_at, back.amount), (Progress::UnderWay, None, order.total));
        assert_eq!(kinds(&order), [Discrepancy::MoneyOwed]);
        assert!(order.discrepancies[0].detail.starts_with(&format!("{} 2631.26: ", back.number)));
        assert_eq!(order.status, Status::Canceled);
        assert_eq!(try_change(&order, restored(held)), Outcome::Unchanged);
        assert_eq!(record_refund(&mut order), [Effect::FollowRefunds]);
        assert_eq!(kinds(&order), [], "it has gone");
    }
    // What went by a refund of its own is gone, whatever the order's status there.
    let mut refunded = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    record_refund(&mut refunded);
    assert_eq!(try_change(&refunded, restored(false)), Outcome::Unchanged);
}

#[test]
fn a_second_payment_keeps_the_time_of_invoicebox() {
    let mut order = change_all(order(true), [Event::InvoiceCreated(invoice()), paid()]);
    let paid_at = Some(NOW - Duration::hours(3));
    let amount = Some(order.total);
    let second = Event::Paid { provider_id: "another".to_owned(), held: false, paid_at, amount };
    change(&mut order, second);
    let second = &order.settlement.second_payments[0];
    assert_eq!((second.learned, second.paid_at), (NOW, paid_at));
}

#[test]
fn a_number_that_is_called_taken_is_remembered() {
    let mut order = order(true);
    let first = order.merchant_order_id.clone();
    let effects = change(&mut order, Event::NumberTaken { next: "AZS12-000451-2".to_owned() });
    assert_eq!(effects, [Effect::CreateInvoice]);
    assert_eq!((order.merchant_order_id.as_str(), order.earlier_numbers), ("AZS12-000451-2", vec![first]));
}

//! Orders that are paid twice, and invoices that were made twice.

use crate::reading::kinds;
use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Invoice,
        machine::{Effect, Event, Outcome},
        settlement::{Progress, ReturnedBy},
    },
};
use test_support::{
    order_steps::{change, change_all, dispensed, ready, refund_sum, refuse_refund, try_change},
    orders::{invoice, order, paid, paid_by},
};

fn another() -> Invoice {
    Invoice { provider_id: "another".to_owned(), ..invoice() }
}

#[test]
fn a_second_payment_goes_back_and_its_refund_is_followed() {
    let mut order = ready(order(true), false);
    assert_eq!(change(&mut order, paid_by("another".to_owned(), false)), [Effect::ReturnSecondPayments]);
    assert_eq!(try_change(&order, paid_by("another".to_owned(), false)), Outcome::Unchanged);
    let second = order.settlement.second_payments[0].clone();
    assert_eq!((second.amount, second.state), (order.total, Progress::UnderWay));
    let recorded = |by| Event::RefundRecorded { number: second.number.clone(), by };
    let mut canceled = order.clone();
    assert_eq!(change(&mut canceled, recorded(ReturnedBy::Cancel)), []);
    assert_eq!(canceled.settlement.unconfirmed_second_payments().count(), 0);
    assert_eq!(change(&mut order, recorded(ReturnedBy::Refund)), [Effect::FollowRefunds]);
    assert_eq!(order.settlement.unconfirmed_second_payments().count(), 1);
    let refused = || Event::RefundRefused { number: second.number.clone(), reason: String::new() };
    let confirmed = || Event::RefundConfirmed { number: second.number.clone() };
    let mut taken_back = change_all(order.clone(), [refused()]);
    assert_eq!(taken_back.settlement.refused_total(), order.total);
    assert_eq!(try_change(&taken_back, confirmed()), Outcome::Unchanged);
    taken_back = change_all(taken_back, [dispensed(3741)]);
    assert_eq!(change(&mut taken_back, refund_sum(1, None)), [Effect::ReturnSecondPayments]);
    assert_eq!(taken_back.settlement.second_payments[0].number, "AZS12-000451-r2");
    change(&mut order, confirmed());
    for late in [refused(), confirmed(), recorded(ReturnedBy::Refund)] {
        assert_eq!(try_change(&order, late), Outcome::Unchanged);
    }
    let sum = Some(Kopecks::new(500));
    let partly = Event::Paid { provider_id: "third".to_owned(), held: false, paid_at: None, amount: sum };
    change(&mut order, partly);
    assert_eq!(order.settlement.second_payments[1].amount.get(), 500);
}

#[test]
fn a_late_duplicate_invoice_is_looked_for_withdrawn_and_refunded() {
    let mut order = order(true);
    assert_eq!(change(&mut order, Event::CreationUnanswered), [Effect::FindDuplicates]);
    assert_eq!(try_change(&order, Event::CreationUnanswered), Outcome::Unchanged, "looked for once");
    change(&mut order, Event::InvoiceCreated(invoice()));
    assert_eq!(change(&mut order, Event::InvoiceCreated(another())), [Effect::CancelDuplicates]);
    assert_eq!(kinds(&order), [Discrepancy::DuplicateInvoices]);
    assert_eq!(try_change(&order, Event::InvoiceCreated(another())), Outcome::Unchanged);
    // It was paid: then it is the order's, and the first is withdrawn.
    let mut by_other = order.clone();
    assert_eq!(change(&mut by_other, paid_by("another".to_owned(), false)), [Effect::CancelDuplicates]);
    assert_eq!(by_other.duplicate_invoices, [invoice().provider_id]);
    // Both were paid: the second goes back by itself.
    change(&mut order, paid());
    assert_eq!(change(&mut order, paid_by("another".to_owned(), false)), [Effect::ReturnSecondPayments]);
    assert!(order.duplicate_invoices.is_empty());
    assert_eq!(kinds(&order), [Discrepancy::DuplicateInvoices, Discrepancy::PaidTwice]);
}

#[test]
fn a_refusal_is_shown_while_its_money_is_tried_again() {
    let mut order =
        change_all(ready(order(true), false), [dispensed(3000), paid_by("another".to_owned(), false)]);
    refuse_refund(&mut order);
    let number = order.settlement.second_payments[0].number.clone();
    change(&mut order, Event::RefundRefused { number, reason: String::new() });
    change(&mut order, refund_sum(1, None));
    let numbers = [&order.settlement.returns[0].number, &order.settlement.second_payments[0].number];
    assert_eq!(numbers, ["AZS12-000451-r3", "AZS12-000451-r4"]);
    let second = order.settlement.second_payments[0].number.clone();
    change(&mut order, Event::RefundRecorded { number: second, by: ReturnedBy::Refund });
    assert!(order.discrepancy(Discrepancy::RefundRefused).is_some(), "the other one is still on its way");
    change(&mut order, paid_by("third".to_owned(), false));
    change(&mut order, paid_by("fourth".to_owned(), false));
    for index in [1, 2] {
        let number = order.settlement.second_payments[index].number.clone();
        change(&mut order, Event::RefundRefused { number, reason: String::new() });
    }
    change(&mut order, refund_sum(2, None));
    let numbers: Vec<_> =
        order.settlement.second_payments.iter().map(|second| second.number.as_str()).collect();
    assert_eq!(numbers, ["AZS12-000451-r4", "AZS12-000451-r7", "AZS12-000451-r8"]);
}

#[test]
fn of_a_second_payment_that_others_have_returned_in_part_only_the_rest_goes() {
    let found = |number: &str, amount| Event::SecondRefundFound {
        provider_id: "another".to_owned(),
        number: number.to_owned(),
        amount: Kopecks::new(amount),
        at: None,
        is_confirmed: false,
    };
    let paid = change_all(ready(order(true), false), [paid_by("another".to_owned(), false)]);
    let total = paid.total.get();
    let seconds = |order: &domain::order::Order| {
        let all = order.settlement.second_payments.iter();
        all.map(|it| (it.number.clone(), it.amount.get(), it.state)).collect::<Vec<_>>()
    };
    let ours = "AZS12-000451-r1".to_owned();
    let mut order = change_all(paid.clone(), [found("office-1", 100)]);
    let rest = (ours.clone(), total - 100, Progress::UnderWay);
    assert_eq!(seconds(&order), [("office-1".to_owned(), 100, Progress::Done), rest]);
    assert_eq!(kinds(&order), [Discrepancy::PaidTwice, Discrepancy::RefundedElsewhere]);
    for again in [found("office-1", 100), found("office-2", 0), found(&ours, 100)] {
        assert_eq!(try_change(&order, again), Outcome::Unchanged);
    }
    let mut other = found("office-2", 100);
    if let Event::SecondRefundFound { provider_id, .. } = &mut other {
        provider_id.push('x');
    }
    assert_eq!(try_change(&order, other), Outcome::Unchanged, "that invoice is not one of ours");
    // Cancelled by Invoicebox, it is owed.
    let canceled = Event::RefundRefused { number: "office-1".to_owned(), reason: String::new() };
    let owed = change_all(order.clone(), [canceled]);
    assert_eq!(owed.settlement.refused_total().get(), 100);
    // The rest goes, and all of it is known to be back.
    change(&mut order, Event::RefundRecorded { number: ours.clone(), by: ReturnedBy::Refund });
    assert_eq!(order.settlement.pending_second_payments().count(), 0);
    assert_eq!(try_change(&order, found("office-2", 100)), Outcome::Unchanged);
    // All of it, and when a call of ours may have left: under another number.
    let whole = change_all(paid.clone(), [found("office-1", total + 1)]);
    assert_eq!(seconds(&whole), [("office-1".to_owned(), total, Progress::Done)]);
    let sent = change_all(paid, [Event::RefundSent { number: ours }, found("office-1", 100)]);
    assert_eq!(seconds(&sent)[1], ("AZS12-000451-r2".to_owned(), total - 100, Progress::UnderWay));
}

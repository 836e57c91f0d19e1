//! Money that others move: a merchant's office, a bank, a payer who pays twice or another sum.

use crate::reading::{amounts, kinds, office};
use domain::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, Order, Reason, Status,
        machine::{Canceller, Effect, Event, Outcome},
        settlement::{Cause, Payment, Progress, RefundItem, RefundPart, RefundScope, ReturnedBy},
    },
};
use test_support::{
    order_steps::{
        cancel, change, change_all, complete, dispensed, paid_order, ready, record_refund, record_shipment,
        refund, refund_sum, refuse_refund, start, sums, try_change, volume,
    },
    orders::{NOW, invoice, order, paid, paid_by, started},
};
use time::Duration;

fn created() -> Order {
    change_all(order(true), [Event::InvoiceCreated(invoice())])
}

fn paid_sum(amount: i64) -> Event {
    let amount = Some(Kopecks::new(amount));
    Event::Paid { provider_id: invoice().provider_id, held: false, paid_at: None, amount }
}

#[test]
fn a_refund_of_the_office_during_fuelling_is_not_taken_for_ours() {
    let mut order = ready(order(true), false);
    change(&mut order, office("office-1", 14_900, &[("coffee", 14_900)]));
    assert_eq!(kinds(&order), [Discrepancy::RefundedElsewhere]);
    assert_eq!(try_change(&order, office("office-1", 14_900, &[])), Outcome::Unchanged, "read again");
    assert_eq!(change(&mut order, dispensed(3000)), [Effect::Ship]);
    let shipped = order.settlement.shipment.as_ref().map(|shipment| shipment.amount().get());
    assert_eq!(shipped, Some(187_110 + 14_900), "one coffee is still paid");
    assert_eq!(record_shipment(&mut order), [Effect::Refund], "and the rest of the petrol goes back");
    assert_eq!(amounts(&order), [(14_900, Progress::Done), (46_216, Progress::UnderWay)]);
    assert_eq!(sums(&order), [263_126, 187_110 + 14_900, 61_116]);
    let office = &order.settlement.returns[0];
    assert_eq!(
        (office.cause.clone(), office.by, office.is_confirmed),
        (Cause::Elsewhere, Some(ReturnedBy::Refund), true)
    );
}

#[test]
fn a_refund_of_the_office_without_lines_reduces_what_goes_back() {
    let mut order = ready(order(true), false);
    change(&mut order, office("office-1", 20_000, &[]));
    change(&mut order, dispensed(3000));
    assert_eq!(amounts(&order), [(20_000, Progress::Done), (26_216, Progress::UnderWay)]);
    // Known only when the shipment is on its way: our own return is reduced, under another number.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
    let decided_at = order.settlement.returns[0].decided_at;
    change(&mut order, office("office-1", 20_000, &[]));
    assert_eq!(amounts(&order), [(20_000, Progress::Done), (26_216, Progress::UnderWay)]);
    assert_eq!(order.settlement.returns[1].number, "AZS12-000451-r2");
    assert_eq!(order.settlement.returns[1].decided_at, decided_at, "it has waited since then");
    assert_eq!(order.settlement.dropped_returns.len(), 1);
    // After the shipment it is a refund of what was delivered.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    change(&mut order, office("office-1", 20_000, &[]));
    assert_eq!(amounts(&order), [(46_216, Progress::UnderWay), (20_000, Progress::Done)]);
}

#[test]
fn what_the_office_returned_of_a_line_before_its_rest_was_known_is_not_returned_again() {
    let found = |lines: &[(&str, i64)], minutes| match office("office-1", 20_000, lines) {
        Event::RefundFound { number, amount, lines, .. } => Event::RefundFound {
            number,
            amount,
            lines,
            at: Some(NOW + Duration::minutes(minutes)),
            is_confirmed: true,
        },
        event => event,
    };
    let fuel = order(true).lines[0].sku.0.clone();
    for (lines, minutes, ours) in [
        (vec![(fuel.as_str(), 20_000)], -1, 26_216),
        (Vec::new(), -1, 26_216),
        (vec![("coffee", 20_000)], -1, 46_216),
        // Later it is a refund of what was delivered.
        (vec![(fuel.as_str(), 20_000)], 0, 46_216),
    ] {
        let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
        record_shipment(&mut order);
        change(&mut order, found(&lines, minutes));
        let pending: i64 = order.settlement.pending_returns().map(|back| back.amount.get()).sum();
        assert_eq!(pending, ours, "{lines:?} {minutes}");
    }
    // The same sum is what is owed, also later: somebody lost patience.
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    change(&mut order, office("office-1", 46_216, &[]));
    assert_eq!(order.settlement.pending_returns().count(), 0);
    assert_eq!(sums(&order), [263_126, 216_910, 46_216]);
    // The same sum of another line is another refund.
    let mut order = change_all(ready(self::order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    change(&mut order, office("office-1", 46_216, &[("coffee", 46_216)]));
    assert_eq!(order.settlement.pending_returns().count(), 1);
}

#[test]
fn the_office_may_return_what_was_refused_to_us() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    record_shipment(&mut order);
    refuse_refund(&mut order);
    change(&mut order, office("office-1", 46_216, &[]));
    assert_eq!(order.settlement.refused_total(), Kopecks::ZERO);
    assert_eq!(kinds(&order), [Discrepancy::RefundedElsewhere], "nothing is owed any more");
    assert_eq!(sums(&order), [263_126, 216_910, 46_216]);
}

#[test]
fn money_that_is_back_is_not_returned_again() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    let total = order.total.get();
    let mut all = change_all(order.clone(), [office("office-1", total, &[])]);
    assert_eq!(amounts(&all), [(total, Progress::Done)]);
    assert_eq!(try_change(&all, refund_sum(1, None)), Outcome::Refused);
    assert_eq!(try_change(&all, Event::PaymentCanceled), Outcome::Unchanged);
    change(&mut order, office("office-1", 100_000, &[]));
    assert_eq!(amounts(&order), [(100_000, Progress::Done), (total - 100_000, Progress::UnderWay)]);
    let lines: i64 = order.settlement.returns[1].lines.iter().map(|line| line.total.get()).sum();
    assert_eq!((lines, order.settlement.returns[1].cause.clone()), (total - 100_000, Cause::Rest));
    // The first had left after all.
    let number = "AZS12-000451-r1".to_owned();
    change(&mut all, Event::RefundRecorded { number, by: ReturnedBy::Refund });
    assert_eq!(amounts(&all), [(total, Progress::Done), (total, Progress::Done)]);
    assert_eq!(kinds(&all).len(), 2, "an operator sees that it went twice");
}

#[test]
fn a_part_returned_before_the_start_releases_no_pump_and_all_of_it_ends_the_order() {
    let total = order(true).total.get();
    let unsent = || {
        let order = paid_order(order(true), false);
        let event = started(&order);
        change_all(order, [event])
    };
    for mut order in [paid_order(order(true), false), unsent()] {
        let mut all = order.clone();
        assert_eq!(change(&mut all, office("office-1", total, &[])), []);
        assert_eq!(all.final_total(), Some(Kopecks::ZERO));
        assert_eq!((all.status, all.reason.clone()), (Status::Unavailable, Some(Reason::PaymentCanceled)));
        assert!(all.open_release().is_none());
        change(&mut order, office("office-1", 100, &[]));
        assert_eq!(
            (order.status, order.hold.map(|hold| hold.cause)),
            (Status::Paid, Some(Discrepancy::RefundedElsewhere))
        );
        assert_eq!(try_change(&order, started(&order)), Outcome::Refused);
        assert!(order.open_release().is_none());
        let mut closed = order.clone();
        assert_eq!(change(&mut closed, complete(Some(3000))), [Effect::Ship]);
        assert_eq!(change(&mut order, cancel(Canceller::Operator)), [Effect::Refund]);
        assert_eq!(order.settlement.returned().get(), total);
    }
}

#[test]
fn a_pump_is_withdrawn_when_all_of_its_money_is_gone() {
    let total = order(true).total.get();
    let released = || start(paid_order(order(true), false));
    for mut order in [released(), ready(order(true), false)] {
        assert_eq!(change(&mut order, office("office-1", total, &[])), [Effect::WithdrawRelease]);
        assert_eq!(order.status, Status::Unavailable);
        assert!(order.open_release().is_some());
    }
    let mut fuelling = change_all(released(), [volume(1000)]);
    assert_eq!(change(&mut fuelling, office("office-1", total, &[])), [Effect::WithdrawRelease]);
    assert_eq!(fuelling.status, Status::Fuelling);
    let mut part = released();
    assert_eq!(change(&mut part, office("office-1", 100, &[])), []);
    assert_eq!(part.status, Status::Authorising, "it may be used already");
    assert!(!matches!(try_change(&created(), office("office-1", 100, &[])), Outcome::Changed(_)), "unpaid");
    assert_eq!(try_change(&part, office("office-2", 0, &[])), Outcome::Unchanged);
}

#[test]
fn the_capture_of_our_own_shipment_is_not_a_payment_of_the_rest() {
    let mut order = change_all(ready(order(true), true), [dispensed(3000)]);
    assert_eq!(try_change(&order, paid()), Outcome::Unchanged, "before the answer to the shipment");
    assert!(record_shipment(&mut order).is_empty());
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    // What the merchant has shipped itself may have taken all of it.
    let mut order = change_all(ready(self::order(true), true), [dispensed(3000)]);
    let other =
        Event::ShipmentRecorded { number: "AZS12-000451-s9".to_owned(), taken: Some(Kopecks::new(400_000)) };
    assert_eq!(try_change(&order, other), Outcome::Unchanged);
    let ours =
        Event::ShipmentRecorded { number: "AZS12-000451-s1".to_owned(), taken: Some(Kopecks::new(400_000)) };
    assert_eq!(change(&mut order, ours), [Effect::Refund]);
    assert_eq!(order.settlement.payment, Some(Payment::Taken));
    assert_eq!(amounts(&order), [(46_216, Progress::UnderWay)]);
}

#[test]
fn of_a_reserve_that_others_have_shipped_what_was_not_taken_is_not_asked_for() {
    // Also where a refund of the rest was refused, since the reserve stood.
    let mut order = change_all(ready(order(true), true), [dispensed(3000)]);
    let number = "AZS12-000451-s1".to_owned();
    change(&mut order, Event::ShipmentRefused { number: number.clone(), reason: String::new() });
    refuse_refund(&mut order);
    change(&mut order, Event::ShipmentRetried);
    change(&mut order, Event::ShipmentRecorded { number, taken: Some(Kopecks::new(216_910)) });
    assert_eq!(amounts(&order), [(46_216, Progress::Done)]);
    assert_eq!(order.discrepancies, []);
    for (taken, amounts_then) in [
        (263_126, vec![(46_216, Progress::UnderWay)]),
        (250_000, vec![(13_126, Progress::Done), (33_090, Progress::UnderWay)]),
        (216_910, vec![(46_216, Progress::Done)]),
    ] {
        let mut order = change_all(ready(self::order(true), true), [dispensed(3000)]);
        let sum = Some(Kopecks::new(taken));
        change(&mut order, Event::ShipmentRecorded { number: "AZS12-000451-s1".to_owned(), taken: sum });
        assert_eq!(amounts(&order), amounts_then, "{taken}");
        assert_eq!(sums(&order), [263_126, 216_910, 46_216], "{taken}");
    }
}

#[test]
fn another_sum_is_returned_as_it_came() {
    for amount in [263_125, 263_127] {
        let mut order = created();
        assert_eq!(change(&mut order, paid_sum(amount)), [Effect::ReturnMoney]);
        assert_eq!((order.status, order.reason.clone()), (Status::Unavailable, Some(Reason::PaidOtherSum)));
        assert_eq!(amounts(&order), [(amount, Progress::UnderWay)]);
        assert_eq!(kinds(&order), [Discrepancy::SumDiffers]);
        assert_eq!((order.paid_total().get(), order.refund().map(Kopecks::get)), (amount, Some(amount)));
        assert_eq!(record_refund(&mut order), [Effect::FollowRefunds]);
        assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Refused);
        assert_eq!(try_change(&order, paid_sum(amount)), Outcome::Unchanged);
    }
    let mut same = created();
    change(&mut same, paid_sum(263_126));
    assert_eq!(same.status, Status::Paid);
    // It had expired, too.
    let mut late = change_all(created(), [Event::TimeOver]);
    assert_eq!(change(&mut late, paid_sum(100)), [Effect::ReturnMoney]);
    assert_eq!(amounts(&late), [(100, Progress::UnderWay)]);
}

#[test]
fn an_invoice_over_another_sum_is_withdrawn_before_anybody_pays_it() {
    let differs = |invoice| Event::SumDiffers { amount: Kopecks::new(263_125), invoice };
    let mut order = order(true);
    assert_eq!(change(&mut order, differs(Some(invoice()))), [Effect::CancelInvoice]);
    assert_eq!((order.status, order.invoice.clone()), (Status::Failed, Some(invoice())));
    assert_eq!(order.discrepancies[0].detail, "2631.25 instead of 2631.26");
    let mut nothing_made = self::order(true);
    assert_eq!(change(&mut nothing_made, differs(None)), []);
    let mut known = created();
    assert_eq!(change(&mut known, differs(None)), []);
    assert_eq!(known.status, Status::AwaitingPayment);
    assert_eq!(try_change(&known, differs(None)), Outcome::Unchanged);
}

#[test]
fn the_day_of_a_refund_is_invoiceboxs_and_never_in_the_future() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    let number = "AZS12-000451-r1".to_owned();
    let dated = |hours| Event::RefundDated { number: number.clone(), at: NOW + Duration::hours(hours) };
    assert_eq!(try_change(&order, dated(-1)), Outcome::Unchanged, "it has not gone");
    record_refund(&mut order);
    assert_eq!(order.settlement.returns[0].done_at, Some(NOW));
    change(&mut order, dated(-1));
    assert_eq!(order.settlement.returns[0].done_at, Some(NOW - Duration::hours(1)));
    assert_eq!(try_change(&order, dated(-1)), Outcome::Unchanged);
    change(&mut order, dated(1));
    assert_eq!(order.settlement.returns[0].done_at, Some(NOW));
    change(&mut order, Event::RefundRefused { number: number.clone(), reason: String::new() });
    assert_eq!((order.settlement.returns[0].done_at, order.settlement.returns[0].by), (None, None));
}

#[test]
fn the_day_of_a_second_payment_s_refund_is_invoiceboxs_as_well() {
    let mut order = ready(order(true), false);
    change(&mut order, paid_by("another".to_owned(), false));
    let number = order.settlement.second_payments[0].number.clone();
    let dated = Event::RefundDated { number: number.clone(), at: NOW - Duration::hours(1) };
    assert_eq!(try_change(&order, dated.clone()), Outcome::Unchanged, "it has not gone");
    change(&mut order, Event::RefundRecorded { number, by: ReturnedBy::Refund });
    change(&mut order, dated);
    assert_eq!(order.settlement.second_payments[0].done_at, Some(NOW - Duration::hours(1)));
}

#[test]
fn only_the_number_of_a_dropped_return_brings_it_back() {
    let mut order = change_all(paid_order(order(true), false), [cancel(Canceller::Customer)]);
    change(&mut order, office("office-1", 100_000, &[]));
    assert_eq!(order.settlement.dropped_returns.len(), 1);
    change(&mut order, office("office-2", 50_000, &[]));
    assert_eq!(order.settlement.dropped_returns.len(), 2);
    assert_eq!(order.settlement.returned(), order.total);
    // Nor is the refund of a second payment one of the office.
    change(&mut order, paid_by("another".to_owned(), false));
    let number = order.settlement.second_payments[0].number.clone();
    assert_eq!(try_change(&order, office(&number, 263_126, &[])), Outcome::Unchanged);
}

#[test]
fn refunds_of_goods_do_not_count_against_what_goes_back() {
    let mut order = change_all(ready(order(true), false), [dispensed(3000)]);
    let coffee = RefundItem { sku: Sku("coffee".to_owned()), part: RefundPart::Amount(Kopecks::new(14_900)) };
    change(&mut order, refund(1, RefundScope::Items(vec![coffee])));
    change(&mut order, office("office-1", 100, &[]));
    let under_way = |amount| (amount, Progress::UnderWay);
    assert_eq!(amounts(&order), [under_way(14_900), (100, Progress::Done), under_way(46_116)]);
    assert_eq!(amounts(&order).iter().map(|(amount, _)| amount).sum::<i64>(), 61_116);
}

#[test]
fn an_invoice_whose_link_leads_elsewhere_is_withdrawn_and_its_link_forgotten() {
    let refused = || Event::LinkRefused { invoice: invoice() };
    let mut placing = order(true);
    assert_eq!(change(&mut placing, refused()), [Effect::CancelInvoice]);
    assert_eq!((placing.status, &placing.reason), (Status::Failed, &Some(Reason::LinkRefused)));
    assert_eq!(placing.invoice.as_ref().map(|invoice| invoice.payment_url.as_str()), Some(""));
    // The creation was answered twice: the link that is known stays.
    let known = created();
    assert_eq!(try_change(&known, refused()), Outcome::Unchanged);
}

//! Refunds that a manager decides: one key is one refund, and each names its lines.

use domain::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, Order,
        machine::{Canceller, Effect, Event, Outcome},
        settlement::{Progress, RefundItem, RefundPart, RefundScope, Return, ReturnedBy},
    },
    quantity::Centi,
    quote::{Line, LineKind},
    unit::Unit,
    vat::Vat,
};
use test_support::{
    order_steps::{
        cancel, change, change_all, complete, dispensed, paid_order, ready, record_refund, record_shipment,
        refund, refund_sum, refuse_refund, try_change,
    },
    orders::{handed_over, of_lines, order, petrol},
};

/// Two coffees at 149 roubles, three litres of milk at 99.99 with 10 % of tax, and 37.41 l of petrol.
fn mixed() -> Order {
    let mut lines = order(true).lines;
    let (sku, name) = (Sku("milk".to_owned()), "milk".to_owned());
    let (quantity, price) = (Centi::units(3), Kopecks::new(9999));
    let milk = Line::new(sku, name, LineKind::Goods, Unit::Piece, quantity, price, Vat::Rus10);
    lines.extend(milk);
    delivered(of_lines(lines))
}

/// All of it was delivered and shipped.
fn delivered(order: Order) -> Order {
    let mut order = change_all(ready(order, false), [dispensed(3741)]);
    record_shipment(&mut order);
    order
}

fn item(sku: &str, part: RefundPart) -> RefundItem {
    RefundItem { sku: Sku(sku.to_owned()), part }
}

fn pieces(sku: &str, count: i64) -> RefundItem {
    item(sku, RefundPart::Quantity(Centi::new(100 * count)))
}

fn kopecks(sku: &str, amount: i64) -> RefundItem {
    item(sku, RefundPart::Amount(Kopecks::new(amount)))
}

fn items(key: u128, items: &[RefundItem]) -> Event {
    refund(key, RefundScope::Items(items.to_vec()))
}

/// `(sku, quantity, price, total, tax)` of the lines of a return.
fn parts(back: &Return) -> Vec<(&str, i64, i64, i64, i64)> {
    let part = |line: &'_ Line| (line.quantity.get(), line.price.get(), line.total.get(), line.vat_sum.get());
    back.lines
        .iter()
        .map(|line| {
            let (quantity, price, total, vat) = part(line);
            (line.sku.0.as_str(), quantity, price, total, vat)
        })
        .collect()
}

#[test]
fn the_same_key_is_the_same_refund_in_every_state() {
    let milk = || items(1, &[pieces("milk", 1)]);
    let mut order = mixed();
    assert_eq!(change(&mut order, milk()), [Effect::Refund]);
    let other = items(1, &[pieces("milk", 2)]);
    let states: [fn(&mut Order); 4] = [
        |_| {},
        |order| {
            record_refund(order);
        },
        |order| {
            let number = order.settlement.returns[0].number.clone();
            change(order, Event::RefundRefused { number, reason: String::new() });
        },
        |order| {
            change(order, refund_sum(9, None));
        },
    ];
    for reach in states {
        reach(&mut order);
        assert_eq!(try_change(&order, milk()), Outcome::Unchanged, "after a lost answer");
        assert_eq!(try_change(&order, other.clone()), Outcome::Refused, "another refund");
    }
    // Two equal refunds that are meant: two keys.
    let mut order = mixed();
    let coffee = |key| items(key, &[pieces("coffee", 1)]);
    change(&mut order, coffee(1));
    change(&mut order, coffee(2));
    assert_eq!(order.settlement.returned().get(), 29_800);
    assert_eq!(try_change(&order, coffee(3)), Outcome::Refused, "there were two");
}

#[test]
fn a_key_that_tried_again_what_was_refused_does_so_once() {
    let mut order = mixed();
    change(&mut order, items(1, &[pieces("milk", 1)]));
    refuse_refund(&mut order);
    assert_eq!(change(&mut order, refund_sum(2, None)), [Effect::Refund]);
    refuse_refund(&mut order);
    assert_eq!(try_change(&order, refund_sum(2, None)), Outcome::Unchanged, "its answer was lost");
    assert_eq!(change(&mut order, refund_sum(3, Some(9999))), [Effect::Refund], "the sum that is owed");
    assert_eq!(order.settlement.returns[0].number, "AZS12-000451-r3");
    assert_eq!((order.settlement.returns.len(), order.settlement.issued_refund_numbers), (1, 3));
}

#[test]
fn a_refund_names_its_lines_and_their_tax_follows_from_the_sum() {
    let mut order = mixed();
    change(&mut order, items(1, &[pieces("milk", 1), pieces("coffee", 1)]));
    let expected = [("milk", 100, 9999, 9999, 909), ("coffee", 100, 14_900, 14_900, 2687)];
    assert_eq!(parts(&order.settlement.returns[0]), expected, "10 % of milk stay 10 %");
    let request = order.settlement.returns[0].request.clone();
    assert_eq!(request.map(|request| request.reason), Some("претензия".to_owned()));
    // A sum that is no quantity goes back as one unit at its price.
    change(&mut order, items(2, &[kopecks("a92", 10_001)]));
    assert_eq!(parts(&order.settlement.returns[1]), [("a92", 100, 10_001, 10_001, 1803)]);
    // A quantity of fuel is one; half a piece of goods is not.
    change(
        &mut order,
        items(3, &[item("a92", RefundPart::Quantity(Centi::new(150))), kopecks("coffee", 7450)]),
    );
    assert_eq!(
        parts(&order.settlement.returns[2]),
        [("a92", 150, 6237, 9356, 1687), ("coffee", 100, 7450, 7450, 1343)]
    );
}

#[test]
fn the_last_kopeck_of_each_line_comes_back_with_no_more_than_its_tax() {
    let mut order = mixed();
    let milk = |key, amount| items(key, &[kopecks("milk", amount)]);
    for (key, amount) in (1..).zip([9999, 9999, 9998]) {
        change(&mut order, milk(key, amount));
    }
    assert_eq!(try_change(&order, milk(4, 2)), Outcome::Refused);
    change(&mut order, milk(4, 1));
    let taxes: Vec<i64> = order.settlement.returns.iter().map(|back| back.vat().get()).collect();
    assert_eq!((taxes.as_slice(), order.lines[2].vat_sum.get()), ([909, 909, 909, 0].as_slice(), 2727));
    assert_eq!(order.settlement.returned().get(), 29_997);
    // All that is left, at once: each line its own rest.
    change(&mut order, refund_sum(5, None));
    let rest = parts(&order.settlement.returns[4]);
    assert_eq!(rest, [("a92", 3741, 6237, 233_326, 42_075), ("coffee", 200, 14_900, 29_800, 5374)]);
    assert_eq!(order.final_total(), Some(Kopecks::ZERO));
}

/// Three parts of 12.47 l, each rounded by itself, are a kopeck less than 37.41 l.
#[test]
fn quantities_that_are_rounded_each_by_itself_still_come_back_whole() {
    let mut order = mixed();
    for key in 1..=3 {
        change(&mut order, items(key, &[item("a92", RefundPart::Quantity(Centi::new(1247)))]));
    }
    let sums: Vec<i64> = order.settlement.returns.iter().map(|back| back.amount.get()).collect();
    assert_eq!((sums.as_slice(), sums.iter().sum::<i64>()), ([77_775, 77_775, 77_775].as_slice(), 233_325));
    change(&mut order, items(4, &[kopecks("a92", 1)]));
    let one = |order: &Order| parts(&order.settlement.returns[3])[0].4;
    assert_eq!(one(&order), 0, "one kopeck has no tax");
    // Halves of an odd sum.
    let mut order = delivered(of_lines(vec![petrol(Centi::new(3741))]));
    assert_eq!(order.total.get() % 2, 0);
    for (key, centi) in (1..).zip([1871, 1870]) {
        change(&mut order, items(key, &[item("a92", RefundPart::Quantity(Centi::new(centi)))]));
    }
    assert_eq!(order.settlement.returned(), order.total);
}

#[test]
fn a_refund_that_is_not_of_the_order_is_refused() {
    let order = mixed();
    let wrong = [
        items(1, &[]),
        items(1, &[pieces("tea", 1)]),
        items(1, &[pieces("milk", 4)]),
        items(1, &[pieces("milk", 0)]),
        items(1, &[pieces("milk", -1)]),
        items(1, &[kopecks("milk", 0)]),
        items(1, &[kopecks("milk", -1)]),
        items(1, &[kopecks("milk", 29_998)]),
        items(1, &[pieces("milk", 1), pieces("milk", 1)]),
        items(1, &[pieces("milk", 1), pieces("tea", 1)]),
        refund_sum(1, Some(100)),
    ];
    for event in wrong {
        assert_eq!(try_change(&order, event.clone()), Outcome::Refused, "{event:?}");
    }
    let whole = refund_sum(1, Some(order.total.get()));
    assert!(matches!(try_change(&order, whole), Outcome::Changed(_)), "all of it needs no lines");
    let mut one_line = delivered(of_lines(vec![petrol(Centi::new(3741))]));
    assert_eq!(one_line.refundable(), one_line.total, "nothing is owed, all may be returned");
    assert_eq!(try_change(&one_line, refund_sum(1, Some(233_327))), Outcome::Refused);
    change(&mut one_line, refund_sum(1, Some(100)));
    assert_eq!(parts(&one_line.settlement.returns[0]), [("a92", 100, 100, 100, 18)]);
    // When one line is left of several, a sum is of that line.
    let mut one_left = order;
    change(&mut one_left, items(1, &[pieces("milk", 3), pieces("coffee", 2)]));
    change(&mut one_left, refund_sum(2, Some(100)));
    assert_eq!(parts(&one_left.settlement.returns[1])[0].0, "a92");
}

#[test]
fn only_ended_orders_are_refunded() {
    let open = [order(true), paid_order(order(true), false), ready(order(true), false)];
    for order in open {
        assert_eq!(try_change(&order, refund_sum(1, None)), Outcome::Refused, "{:?}", order.status);
    }
    let unpaid = change_all(order(true), [cancel(Canceller::Customer)]);
    assert_eq!(try_change(&unpaid, refund_sum(1, None)), Outcome::Refused);
}

#[test]
fn a_refund_that_invoicebox_cancels_later_is_owed_again_until_it_is_confirmed() {
    let mut order = mixed();
    change(&mut order, items(1, &[pieces("milk", 1)]));
    assert_eq!(record_refund(&mut order), [Effect::FollowRefunds]);
    let number = order.settlement.returns[0].number.clone();
    let canceled = Event::RefundRefused { number: number.clone(), reason: "отменён".to_owned() };
    let confirmed = Event::RefundConfirmed { number: number.clone() };
    assert_eq!(order.settlement.unconfirmed_returns().count(), 1);
    let mut back = order.clone();
    change(&mut back, canceled.clone());
    assert_eq!((back.settlement.refused_total().get(), back.settlement.returns[0].by), (9999, None));
    assert!(back.discrepancy(Discrepancy::RefundRefused).is_some());
    assert_eq!(try_change(&back, confirmed.clone()), Outcome::Unchanged);
    change(&mut order, confirmed.clone());
    assert_eq!(order.settlement.unconfirmed_returns().count(), 0);
    for late in [canceled, confirmed, Event::RefundRecorded { number, by: ReturnedBy::Refund }] {
        assert_eq!(try_change(&order, late), Outcome::Unchanged);
    }
    // What the shipment has let go, or a cancellation has returned, is no refund that could be cancelled.
    let mut reserve = change_all(ready(of_lines(vec![petrol(Centi::new(4000))]), true), [dispensed(3000)]);
    record_shipment(&mut reserve);
    let refused = Event::RefundRefused { number: "AZS12-000451-r1".to_owned(), reason: String::new() };
    assert_eq!(try_change(&reserve, refused), Outcome::Unchanged);
    let mut canceled = change_all(paid_order(self::order(true), false), [cancel(Canceller::Customer)]);
    let by_cancel = Event::RefundRecorded { number: "AZS12-000451-r1".to_owned(), by: ReturnedBy::Cancel };
    assert_eq!(change(&mut canceled, by_cancel), []);
    assert_eq!(canceled.settlement.returns[0].state, Progress::Done);
    assert_eq!(canceled.settlement.unconfirmed_returns().count(), 0);
}

#[test]
fn a_refund_whose_number_appears_after_it_was_refused_has_happened() {
    let mut order = mixed();
    change(&mut order, items(1, &[pieces("milk", 1)]));
    refuse_refund(&mut order);
    assert_eq!(order.refundable().get(), 9999, "what is owed comes first");
    let recorded = Event::RefundRecorded { number: "AZS12-000451-r1".to_owned(), by: ReturnedBy::Refund };
    change(&mut order, recorded);
    assert_eq!((order.settlement.refused_total(), order.discrepancies.len()), (Kopecks::ZERO, 0));
}

#[test]
fn by_hand_a_cashier_closes_with_the_volume_read_and_what_was_handed_over() {
    let order = ready(order(true), false);
    let volumes = [(Some(-1), false), (Some(3746), true), (Some(3747), false), (Some(0), true), (None, true)];
    for (volume, is_taken) in volumes {
        let outcome = try_change(&order, complete(volume));
        assert_eq!(matches!(outcome, Outcome::Changed(_)), is_taken, "{volume:?}");
    }
    let with = |sku: &str, quantity| {
        let items =
            vec![domain::order::HandedItem { sku: Sku(sku.to_owned()), quantity: Centi::new(quantity) }];
        let closed =
            Event::CompletedByOperator { dispensed: Some(Centi::new(3000)), items: Some(items.clone()) };
        let handed = handed_over(items);
        [try_change(&order, closed), try_change(&order, handed)].map(|outcome| outcome != Outcome::Refused)
    };
    assert_eq!([with("coffee", 200), with("coffee", 0), with("coffee", 100)], [[true; 2]; 3]);
    for (sku, quantity) in [("coffee", 201), ("coffee", -1), ("tea", 100), ("a92", 100)] {
        assert_eq!(with(sku, quantity), [false; 2], "{sku} {quantity}");
    }
}

/// 0.07 l and 37.34 l, each rounded up, are a kopeck more than 37.41 l; a hundredth more than was bought is none of it.
#[test]
fn the_last_quantity_of_a_line_may_be_a_kopeck_less_and_never_more_than_was_bought() {
    let by_quantity = |key, centi| items(key, &[item("a92", RefundPart::Quantity(Centi::new(centi)))]);
    let mut order = delivered(of_lines(vec![petrol(Centi::new(3741))]));
    change(&mut order, by_quantity(1, 7));
    change(&mut order, by_quantity(2, 3734));
    let sums: Vec<i64> = order.settlement.returns.iter().map(|back| back.amount.get()).collect();
    assert_eq!(sums, [437, 232_889]);
    let (sku, name) = (Sku("a92".to_owned()), "a92".to_owned());
    let (kind, price) = (LineKind::Fuel(domain::fuel::FuelId::A92), Kopecks::new(60));
    let cheap = Line::new(sku, name, kind, Unit::Litre, Centi::units(1), price, Vat::Rus22);
    let mut order = change_all(ready(of_lines(cheap.into_iter().collect()), false), [dispensed(100)]);
    record_shipment(&mut order);
    assert_eq!(try_change(&order, by_quantity(1, 101)), Outcome::Refused, "0.61 for a litre of 0.60");
}

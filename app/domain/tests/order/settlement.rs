//! The money after the payment, to the kopeck, and what the customer reads about it.

use domain::{
    locale::Locale,
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, Event, Outcome, RefusalKind, StationReport},
        settlement::{Cause, Progress, RefundItem, RefundPart, RefundScope, ReturnedBy},
    },
    quantity::Centi,
    view::OrderView,
};
use test_support::{
    order_steps::{
        cancel, canceled_by_station, change, change_after, change_all, complete, dispensed, message,
        paid_order, pump_refused, ready, record_refund, record_shipment, refund, refund_sum, refuse_refund,
        start, sums, try_change, volume,
    },
    orders::{invoice, of_lines, order, paid, petrol, report},
};
use time::Duration;

/// An order of petrol alone, at 62.37 a litre.
fn only_fuel(centi: i64) -> Order {
    of_lines(vec![petrol(Centi::new(centi))])
}

#[test]
fn forty_litres_ordered_thirty_seven_and_a_bit_dispensed() {
    let mut order = ready(only_fuel(4000), false);
    assert_eq!((order.total.get(), order.vat.get()), (249_480, 44_988));
    assert_eq!(change(&mut order, dispensed(3741)), [Effect::Ship]);
    let shipment = order.settlement.shipment.as_ref().expect("a shipment");
    let line = &shipment.lines[0];
    assert_eq!((line.quantity.get(), line.total.get(), line.vat_sum.get()), (3741, 233_326, 42_075));
    let rest = &order.settlement.returns[0];
    let line = &rest.lines[0];
    assert_eq!(rest.cause, Cause::Rest);
    assert_eq!(
        (line.quantity.get(), line.price.get(), line.total.get(), line.vat_sum.get()),
        (259, 6237, 16_154, 2913),
        "2.59 l at 62.37 = 161.54"
    );
    assert_eq!((rest.amount.get(), rest.vat().get()), (16_154, 2913));
    assert_eq!(
        record_shipment(&mut order),
        [Effect::Refund],
        "the rest is returned once the shipment is recorded"
    );
    assert_eq!(sums(&order), [249_480, 233_326, 16_154]);
    assert_eq!(
        message(&order),
        "Налито меньше, чем оплачено. Инвойсбокс вернёт 161,54 ₽ плательщику, обычно в течение двух рабочих дней."
    );
}

#[test]
fn a_rest_that_does_not_divide_goes_back_as_one_unit() {
    let mut order = ready(only_fuel(1001), false);
    assert_eq!(order.total.get(), 62_432);
    change(&mut order, dispensed(1000));
    let line = &order.settlement.returns[0].lines[0];
    assert_eq!(line.total.get(), 62, "624.32 − 623.70");
    assert_eq!((line.quantity.get(), line.price.get()), (1, 6237), "0.01 l at 62.37 is 0.62");
    // An operator's sum that is no quantity of the product.
    record_shipment(&mut order);
    record_refund(&mut order);
    change(&mut order, refund_sum(1, Some(10_001)));
    let line = &order.settlement.returns[1].lines[0];
    assert_eq!((line.quantity.get(), line.price.get(), line.total.get()), (100, 10_001, 10_001));
    assert_eq!(line.vat_sum.get(), 1803, "100.01 × 22 / 122");
    assert_eq!(sums(&order), [62_432, 52_369, 10_063]);
}

#[test]
fn nothing_dispensed_returns_everything_and_ships_nothing() {
    let mut order = ready(only_fuel(4000), false);
    assert_eq!(change(&mut order, dispensed(-5)), [Effect::ReturnMoney]);
    assert_eq!((order.status, order.dispensed), (Status::Completed, Some(Centi::ZERO)));
    assert!(order.settlement.shipment.is_none());
    assert_eq!(sums(&order), [249_480, 0, 249_480]);
    assert!(
        message(&order).starts_with("Топливо не налито. Инвойсбокс вернёт 2 494,80 ₽"),
        "{}",
        message(&order)
    );
    // A notification reports the cancelled payment, too.
    change(&mut order, Event::PaymentCanceled);
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    assert!(order.discrepancies.is_empty());
}

#[test]
fn an_end_below_the_meter_is_held_beyond_the_meter_overrun() {
    for (end, is_held) in [(0, true), (2994, true), (2995, false), (3000, false), (3010, false)] {
        let metered = [report(StationReport::FuellingStarted), volume(3000)];
        let mut order = change_all(ready(only_fuel(4000), false), metered);
        let effects = change(&mut order, dispensed(end));
        assert_eq!((order.status, order.dispensed), (Status::Completed, Some(Centi::new(end))));
        let recorded: Vec<_> = order.discrepancies.iter().map(|it| (it.what, it.detail.as_str())).collect();
        let detail = format!("end {}, metered 30", Centi::new(end).to_decimal());
        let expected = [(Discrepancy::DispensedLessThanMetered, detail.as_str())];
        assert_eq!(recorded, if is_held { &expected[..] } else { &[] }, "{end}");
        assert_eq!(effects.is_empty(), is_held, "{end}: {effects:?}");
        assert_eq!(order.final_total().is_none(), is_held, "{end}");
    }
}

#[test]
fn a_fuelling_that_the_station_interrupts_waits_for_its_end_or_a_person() {
    let metered = [report(StationReport::FuellingStarted), volume(1234), canceled_by_station(1, "авария.")];
    let mut order = change_all(ready(only_fuel(4000), false), metered);
    assert_eq!(order.status, Status::Fuelling);
    let waits = message(&order);
    assert!(waits.starts_with("АЗС прервала налив: авария. Ждём от неё итог."), "{waits}");
    // The end comes after all: it counts.
    let mut in_time = order.clone();
    assert_eq!(change(&mut in_time, dispensed(1250)), [Effect::Ship]);
    assert!(message(&in_time).starts_with("Налито меньше, чем оплачено."), "{}", message(&in_time));
    assert!(in_time.discrepancies.is_empty(), "what was missing has come");
    // It does not: a manager closes the order with the last reading.
    assert_eq!(change(&mut order, complete(Some(1234))), [Effect::Ship]);
    assert_eq!((order.status, sums(&order)), (Status::Completed, [249_480, 76_965, 172_515]));
    // It comes when that was decided.
    assert!(change(&mut order, dispensed(3741)).is_empty());
    let recorded: Vec<_> = order.discrepancies.iter().map(|it| (it.what, it.detail.as_str())).collect();
    assert_eq!(recorded, [(Discrepancy::DispensedAfterEnd, "release 1: 37.41")]);
    assert!(order.hold.is_some(), "the rest has not left yet");
    // Nothing was ever measured, and a manager says so.
    let interrupted = [report(StationReport::FuellingStarted), canceled_by_station(1, "авария.")];
    let mut order = change_all(ready(only_fuel(4000), false), interrupted);
    assert_eq!(change(&mut order, complete(Some(0))), [Effect::ReturnMoney]);
}

#[test]
fn an_overrun_is_never_charged_and_is_recorded_beyond_the_meter_overrun() {
    for (volume, is_recorded) in [(3741, false), (3746, false), (3747, true), (9000, true)] {
        let mut order = ready(order(true), false);
        assert_eq!(change(&mut order, dispensed(volume)), [Effect::Ship]);
        let shipment = order.settlement.shipment.as_ref().expect("a shipment");
        assert_eq!(shipment.amount(), order.total, "{volume}");
        assert_eq!(shipment.lines[0].quantity.get(), 3741, "what was paid, not what ran over");
        assert_eq!(
            order.discrepancies.iter().any(|it| it.what == Discrepancy::DispensedMoreThanPaid),
            is_recorded
        );
        assert_eq!(sums(&order), [order.total.get(), order.total.get(), 0]);
        assert_eq!(message(&order), "");
        assert!(record_shipment(&mut order).is_empty(), "nothing is left to give back");
    }
}

#[test]
fn of_a_reserve_the_shipment_takes_what_was_dispensed() {
    let mut order = ready(only_fuel(4000), true);
    change(&mut order, dispensed(3741));
    assert!(record_shipment(&mut order).is_empty(), "the final shipment has released the rest");
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    assert_eq!(sums(&order), [249_480, 233_326, 16_154]);
    let message = message(&order);
    assert!(message.contains("161,54 ₽ не списаны: банк снимет резерв"), "{message}");
    // Money that was captured in the meantime has to be refunded.
    let mut order = ready(only_fuel(4000), true);
    change(&mut order, paid());
    change(&mut order, dispensed(3741));
    assert_eq!(record_shipment(&mut order), [Effect::Refund]);
}

#[test]
fn refused_documents_do_not_keep_the_rest() {
    let mut order = ready(only_fuel(4000), false);
    change(&mut order, dispensed(3741));
    let number = order.settlement.shipment.as_ref().expect("a shipment").number.clone();
    let refused = Event::ShipmentRefused { number, reason: "closed".to_owned() };
    assert_eq!(change(&mut order, refused), [Effect::Refund]);
    assert_eq!(order.discrepancies[0].what, Discrepancy::ShipmentRefused);
    assert!(record_shipment(&mut order).is_empty(), "the record may come late");
    assert!(order.is_shipped());
}

#[test]
fn a_refused_shipment_is_sent_again_when_a_person_says_so() {
    let mut order = ready(only_fuel(4000), true);
    assert_eq!(try_change(&order, Event::ShipmentRetried), Outcome::Refused, "there is none");
    change(&mut order, dispensed(3741));
    assert_eq!(try_change(&order, Event::ShipmentRetried), Outcome::Unchanged, "it is under way");
    let number = order.settlement.shipment.as_ref().expect("a shipment").number.clone();
    change(&mut order, Event::ShipmentRefused { number: number.clone(), reason: "closed".to_owned() });
    refuse_refund(&mut order);
    assert_eq!(change(&mut order, Event::ShipmentRetried), [Effect::Ship]);
    assert!(order.discrepancy(Discrepancy::ShipmentRefused).is_none());
    assert_eq!(
        order.settlement.shipment.as_ref().expect("a shipment").number,
        number,
        "so it is found there"
    );
    record_shipment(&mut order);
    let back = &order.settlement.returns[0];
    assert_eq!((back.state, back.by), (Progress::Done, Some(ReturnedBy::Release)), "the reserve is released");
    assert_eq!(order.discrepancies, []);
    change(&mut order, Event::PaymentCanceled);
    assert_eq!(try_change(&order, Event::ShipmentRetried), Outcome::Refused, "the money is gone");
}

#[test]
fn a_refused_refund_is_named_and_tried_again_by_the_operator_under_another_number() {
    let mut order = ready(only_fuel(4000), false);
    change(&mut order, dispensed(3741));
    record_shipment(&mut order);
    let first = order.settlement.returns[0].number.clone();
    refuse_refund(&mut order);
    assert_eq!(order.discrepancies[0].what, Discrepancy::RefundRefused);
    assert_eq!(order.settlement.refused_total().get(), 16_154);
    let text = message(&order);
    assert!(text.contains("161,54 ₽ автоматически не удалось") && text.contains("№ 451"), "{text}");
    assert!(!text.contains("Инвойсбокс вернёт"), "{text}");
    assert_eq!(order.refundable().get(), 16_154);
    assert_eq!(change(&mut order, refund_sum(1, None)), [Effect::Refund]);
    let back = &order.settlement.returns[0];
    assert_eq!((back.state, back.amount.get()), (Progress::UnderWay, 16_154));
    assert_ne!(back.number, first, "a number is never used twice");
    assert!(message(&order).contains("Инвойсбокс вернёт 161,54 ₽"), "{}", message(&order));
    assert_eq!(sums(&order), [249_480, 233_326, 16_154], "owed or under way, it is the same money");
}

#[test]
fn the_operator_refunds_what_is_left_and_no_more() {
    let mut order = ready(order(true), false);
    let total = order.total.get();
    change(&mut order, dispensed(3741));
    record_shipment(&mut order);
    for amount in [Some(0), Some(-1), Some(total + 1)] {
        assert_eq!(try_change(&order, refund_sum(1, amount)), Outcome::Refused, "{amount:?}");
    }
    assert_eq!(try_change(&order, refund_sum(1, Some(14_900))), Outcome::Refused, "of which line?");
    let coffee = |key| {
        let part = RefundPart::Amount(Kopecks::new(14_900));
        refund(key, RefundScope::Items(vec![RefundItem { sku: order.lines[1].sku.clone(), part }]))
    };
    let (coffee, same_key) = (coffee(1), refund_sum(1, None));
    assert_eq!(change(&mut order, coffee.clone()), [Effect::Refund]);
    assert_eq!(try_change(&order, coffee), Outcome::Unchanged, "sent twice");
    assert_eq!(try_change(&order, same_key), Outcome::Refused, "another refund under the same key");
    record_refund(&mut order);
    assert_eq!(sums(&order), [total, total - 14_900, 14_900]);
    change(&mut order, refund_sum(2, None));
    let lines = &order.settlement.returns[1].lines;
    let parts: Vec<i64> = lines.iter().map(|line| line.total.get()).collect();
    assert_eq!(parts.iter().sum::<i64>(), total - 14_900);
    let vat: i64 = order.settlement.returns.iter().map(|back| back.vat().get()).sum();
    assert_eq!(vat, order.vat.get(), "all the tax is returned with all the money");
    assert_eq!(sums(&order), [total, 0, total]);
    assert_eq!(try_change(&order, refund_sum(3, None)), Outcome::Refused);
    assert!(message(&order).starts_with("АЗС оформила возврат."), "{}", message(&order));
}

#[test]
fn a_customer_can_cancel_until_fuelling_starts() {
    let cancel = || cancel(Canceller::Customer);
    // Not asked yet: at once.
    let mut order = change_all(only_fuel(4000), [Event::InvoiceCreated(invoice()), paid()]);
    assert_eq!(change(&mut order, cancel()), [Effect::ReturnMoney]);
    assert_eq!(order.status, Status::Canceled);
    assert!(
        message(&order).starts_with("Вы отменили заказ. Инвойсбокс вернёт 2 494,80 ₽ плательщику"),
        "{}",
        message(&order)
    );
    // Released: the station is asked first.
    let mut order = ready(only_fuel(4000), false);
    assert_eq!(change(&mut order, cancel()), [Effect::WithdrawRelease]);
    assert_eq!(order.status, Status::Ready);
    assert!(message(&order).contains("ждём подтверждения от АЗС"), "{}", message(&order));
    assert_eq!(change(&mut order, Event::Withdrawn { release: 1 }), [Effect::ReturnMoney]);
    assert_eq!((order.status, sums(&order)), (Status::Canceled, [249_480, 0, 249_480]));
    // The nozzle was quicker.
    let mut order = ready(only_fuel(4000), false);
    change(&mut order, cancel());
    change(&mut order, report(StationReport::FuellingStarted));
    assert_eq!(try_change(&order, Event::Withdrawn { release: 1 }), Outcome::Unchanged);
    assert_eq!(try_change(&order, cancel()), Outcome::Refused);
    assert_eq!(change(&mut order, dispensed(4000)), [Effect::Ship]);
    assert_eq!(sums(&order), [249_480, 249_480, 0]);
    // Both at once: the station reports its meter instead of an answer.
    let mut order = ready(only_fuel(4000), false);
    change(&mut order, cancel());
    assert_eq!(change(&mut order, dispensed(100)), [Effect::Ship]);
    assert_eq!(sums(&order), [249_480, 6237, 243_243]);
}

#[test]
fn a_reversed_payment_leaves_nothing_to_ship_or_refund() {
    let mut order = ready(only_fuel(4000), false);
    change(&mut order, report(StationReport::FuellingStarted));
    assert_eq!(change(&mut order, Event::PaymentCanceled), [Effect::WithdrawRelease]);
    assert!(message(&order).contains("Остановите налив"), "{}", message(&order));
    assert!(change(&mut order, dispensed(100)).is_empty());
    assert_eq!(sums(&order), [249_480, 0, 249_480]);
    assert_eq!(order.discrepancies[0].what, Discrepancy::PaymentReversed);
}

/// Every pump refuses, five times.
fn after_five_refusals(order: Order) -> Order {
    (1..=5).fold(paid_order(order, false), |order, release| change_all(start(order), [pump_refused(release)]))
}

/// Nobody starts the pump in time.
fn not_begun(order: Order) -> Order {
    let mut order = paid_order(order, false);
    change_after(&mut order, Event::StartTimeOver, Duration::hours(2));
    order
}

#[test]
fn every_bad_end_reports_what_happened_to_the_money() {
    let created = || Event::InvoiceCreated(invoice());
    let fuel = || only_fuel(4000);
    let unpaid = [
        change_all(fuel(), [created(), cancel(Canceller::Customer)]),
        change_all(fuel(), [created(), cancel(Canceller::Operator)]),
        change_all(fuel(), [created(), Event::PaymentCanceled]),
        change_all(fuel(), [created(), Event::TimeOver]),
        change_all(fuel(), [Event::InvoiceRefused]),
    ];
    for order in unpaid {
        assert!(message(&order).contains("Деньги не списаны"), "{:?}", order.reason);
    }
    let sold_out = |reason: &str| {
        report(StationReport::Refused { reason: reason.to_owned(), kind: RefusalKind::SoldOut })
    };
    let released = || start(paid_order(fuel(), false));
    let paid_ones = [
        change_all(released(), [sold_out("топливо закончилось")]),
        change_all(released(), [sold_out(" ")]),
        after_five_refusals(fuel()),
        not_begun(fuel()),
        change_all(fuel(), [created(), Event::TimeOver, paid()]),
        change_all(ready(fuel(), false), [cancel(Canceller::Operator), Event::Withdrawn { release: 1 }]),
        change_all(ready(fuel(), false), [dispensed(0)]),
    ];
    for order in paid_ones {
        for (locale, parts) in [
            (Locale::Ru, ["Инвойсбокс вернёт", "плательщику", "двух рабочих дней"]),
            (Locale::En, ["Invoicebox returns", "to the payer", "two working days"]),
        ] {
            let message = OrderView::from_order(&order, locale).message.expect("a sentence");
            for part in parts {
                assert!(message.contains(part), "{:?}: {message}", order.reason);
            }
            assert!(!message.contains(".."), "{message}");
        }
    }
}

#[test]
fn documents_come_only_of_what_was_delivered() {
    let has = |order: &Order| order.has_documents();
    let only_fuel = || test_support::orders::of_lines(vec![order(true).lines[0].clone()]);
    assert!(has(&change_all(ready(only_fuel(), false), [dispensed(3000)])));
    assert!(!has(&change_all(ready(only_fuel(), false), [dispensed(0)])));
    assert!(!has(&ready(only_fuel(), false)));
    let number = "AZS12-000451-s1".to_owned();
    let refused = Event::ShipmentRefused { number, reason: String::new() };
    assert!(!has(&change_all(ready(only_fuel(), false), [dispensed(3000), refused])));
}

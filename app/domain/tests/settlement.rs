//! The money after the payment, to the kopeck, and what the customer reads about it.

#![expect(clippy::expect_used, reason = "helpers of tests may stop the test")]

use domain::{
    locale::Locale,
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, Event, Outcome, apply},
        settlement::{Cause, Progress, ReturnedBy},
    },
    quantity::Centi,
    view::OrderView,
};
use test_support::orders::{NOW, invoice, of_lines, order, paid, petrol};

/// An order of petrol alone, at 62.37 a litre.
fn only_fuel(centi: i64) -> Order {
    of_lines(vec![petrol(Centi::new(centi))])
}

/// Applies an event; gives its effects without the report to the station, which moves no money.
fn apply_event(order: &mut Order, event: Event) -> Vec<Effect> {
    match apply(order, event.clone(), NOW) {
        Outcome::Changed(mut effects) => {
            effects.retain(|effect| *effect != Effect::ReportEnd);
            effects
        }
        outcome => panic!("{event:?}: {outcome:?}"),
    }
}

fn apply_all(mut order: Order, events: impl IntoIterator<Item = Event>) -> Order {
    for event in events {
        apply_event(&mut order, event);
    }
    order
}

/// Paid, with the pump released.
fn ready(order: Order, held: bool) -> Order {
    let payment = Event::Paid { provider_id: invoice().provider_id, held };
    apply_all(
        order,
        [Event::InvoiceCreated(invoice()), payment, Event::ReleaseRequested, Event::StationAccepted],
    )
}

fn shipped(order: &mut Order) -> Vec<Effect> {
    let number = order.settlement.shipment.as_ref().expect("a shipment").number.clone();
    apply_event(order, Event::ShipmentRecorded { number })
}

fn refunded(order: &mut Order) {
    let number = order.settlement.pending_returns().next().expect("a return").number.clone();
    apply_event(order, Event::RefundRecorded { number, by: ReturnedBy::Refund });
}

fn refund_refused(order: &mut Order) {
    let number = order.settlement.pending_returns().next().expect("a return").number.clone();
    apply_event(order, Event::RefundRefused { number, reason: "нет".to_owned() });
}

fn refund(amount: Option<i64>, reason: &str) -> Event {
    Event::RefundRequested { amount: amount.map(Kopecks::new), reason: reason.to_owned() }
}

fn message(order: &Order) -> String {
    let message = OrderView::from_order(order, Locale::Ru).message;
    message.unwrap_or_default().replace(['\u{a0}', '\u{202f}'], " ")
}

/// `[paid, final, refund]`; the first is the total.
fn sums(order: &Order) -> [i64; 3] {
    let view = OrderView::from_order(order, Locale::Ru);
    [view.total, view.final_total.expect("ended"), view.refund.expect("ended")].map(Kopecks::get)
}

#[test]
fn forty_litres_ordered_thirty_seven_and_a_bit_dispensed() {
    let mut order = ready(only_fuel(4000), false);
    assert_eq!((order.total.get(), order.vat.get()), (249_480, 44_988));
    assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::new(3741))), [Effect::Ship]);
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
    assert_eq!(shipped(&mut order), [Effect::Refund], "the rest is returned once the shipment is recorded");
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
    apply_event(&mut order, Event::Dispensed(Centi::new(1000)));
    let line = &order.settlement.returns[0].lines[0];
    assert_eq!(line.total.get(), 62, "624.32 − 623.70");
    assert_eq!((line.quantity.get(), line.price.get()), (1, 6237), "0.01 l at 62.37 is 0.62");
    // An operator's sum that is no quantity of the product.
    shipped(&mut order);
    refunded(&mut order);
    apply_event(&mut order, refund(Some(10_001), "пролив"));
    let line = &order.settlement.returns[1].lines[0];
    assert_eq!((line.quantity.get(), line.price.get(), line.total.get()), (100, 10_001, 10_001));
    assert_eq!(line.vat_sum.get(), 1803, "100.01 × 22 / 122");
    assert_eq!(sums(&order), [62_432, 52_369, 10_063]);
}

#[test]
fn nothing_dispensed_returns_everything_and_ships_nothing() {
    let mut order = ready(only_fuel(4000), false);
    assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::new(-5))), [Effect::ReturnMoney]);
    assert_eq!((order.status, order.dispensed), (Status::Completed, Some(Centi::ZERO)));
    assert!(order.settlement.shipment.is_none());
    assert_eq!(sums(&order), [249_480, 0, 249_480]);
    assert!(
        message(&order).starts_with("Топливо не налито. Инвойсбокс вернёт 2 494,80 ₽"),
        "{}",
        message(&order)
    );
    // A notification reports the cancelled payment, too.
    apply_event(&mut order, Event::PaymentCanceled);
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Cancel));
    assert!(order.discrepancies.is_empty());
}

#[test]
fn nothing_dispensed_keeps_the_coffee_paid() {
    let mut order = ready(order(true), false);
    assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::ZERO)), [Effect::Ship]);
    assert_eq!(order.settlement.shipment.as_ref().expect("coffee").amount().get(), 29_800);
    assert_eq!(sums(&order), [233_326 + 29_800, 29_800, 233_326]);
}

#[test]
fn an_end_below_the_meter_counts_and_is_recorded_beyond_the_meter_overrun() {
    for (end, is_recorded) in [(0, true), (2994, true), (2995, false), (3000, false), (3010, false)] {
        let metered = [Event::FuellingStarted, Event::Volume(Centi::new(3000))];
        let mut order = apply_all(ready(only_fuel(4000), false), metered);
        apply_event(&mut order, Event::Dispensed(Centi::new(end)));
        assert_eq!((order.status, order.dispensed), (Status::Completed, Some(Centi::new(end))));
        let recorded: Vec<_> = order.discrepancies.iter().map(|it| (it.what, it.detail.as_str())).collect();
        let detail = format!("end {}, metered 30", Centi::new(end).to_decimal());
        let expected = [(Discrepancy::DispensedLessThanMetered, detail.as_str())];
        assert_eq!(recorded, if is_recorded { &expected[..] } else { &[] }, "{end}");
    }
}

#[test]
fn a_fuelling_that_the_station_interrupts_is_paid_by_the_last_reading() {
    let interrupted = || Event::StationRefused { reason: "авария.".to_owned() };
    let metered = [Event::FuellingStarted, Event::Volume(Centi::new(1234)), interrupted()];
    let mut order = apply_all(ready(only_fuel(4000), false), metered);
    assert_eq!(order.status, Status::Fuelling);
    let waits = message(&order);
    assert!(waits.starts_with("АЗС прервала налив: авария. Ждём от неё итог."), "{waits}");
    // The end comes after all: it counts.
    let mut in_time = order.clone();
    apply_event(&mut in_time, Event::Dispensed(Centi::new(1250)));
    assert!(message(&in_time).starts_with("Налито меньше, чем оплачено."), "{}", message(&in_time));
    // It does not, or comes when the money is on its way.
    assert_eq!(apply_event(&mut order, Event::EndMissing), [Effect::Ship]);
    assert_eq!((order.status, sums(&order)), (Status::Completed, [249_480, 76_965, 172_515]));
    assert!(message(&order).contains("по последнему показанию колонки. Инвойсбокс вернёт 1 725,15 ₽"));
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    let recorded: Vec<_> = order.discrepancies.iter().map(|it| (it.what, it.detail.as_str())).collect();
    let expected = [
        (Discrepancy::FuellingCancelledByStation, "авария."),
        (Discrepancy::SettledAtLastReading, "12.34"),
        (Discrepancy::DispensedAfterEnd, "37.41"),
    ];
    assert_eq!(recorded, expected);
    // Nothing was ever measured: all of it is returned. An end that nobody can read is closed by a person.
    let mut order = apply_all(ready(only_fuel(4000), false), [Event::FuellingStarted, interrupted()]);
    let mut unreadable = order.clone();
    assert_eq!(apply_event(&mut order, Event::EndMissing), [Effect::ReturnMoney]);
    apply_event(&mut unreadable, Event::DispensedUnreadable { text: "много".to_owned() });
    assert_eq!(apply(&mut unreadable, Event::EndMissing, NOW), Outcome::Unchanged);
}

#[test]
fn an_overrun_is_never_charged_and_is_recorded_beyond_the_meter_overrun() {
    for (volume, is_recorded) in [(3741, false), (3746, false), (3747, true), (9000, true)] {
        let mut order = ready(order(true), false);
        assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::new(volume))), [Effect::Ship]);
        let shipment = order.settlement.shipment.as_ref().expect("a shipment");
        assert_eq!(shipment.amount(), order.total, "{volume}");
        assert_eq!(shipment.lines[0].quantity.get(), 3741, "what was paid, not what ran over");
        assert_eq!(
            order.discrepancies.iter().any(|it| it.what == Discrepancy::DispensedMoreThanPaid),
            is_recorded
        );
        assert_eq!(sums(&order), [order.total.get(), order.total.get(), 0]);
        assert_eq!(message(&order), "");
        assert!(shipped(&mut order).is_empty(), "nothing is left to give back");
    }
}

#[test]
fn of_a_reserve_the_shipment_takes_what_was_dispensed() {
    let mut order = ready(only_fuel(4000), true);
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    assert!(shipped(&mut order).is_empty(), "the final shipment has released the rest");
    assert_eq!(order.settlement.returns[0].by, Some(ReturnedBy::Release));
    assert_eq!(sums(&order), [249_480, 233_326, 16_154]);
    let message = message(&order);
    assert!(message.contains("161,54 ₽ не списаны: банк снимет резерв"), "{message}");
    // Money that was captured in the meantime has to be refunded.
    let mut order = ready(only_fuel(4000), true);
    apply_event(&mut order, paid());
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    assert_eq!(shipped(&mut order), [Effect::Refund]);
}

#[test]
fn refused_documents_do_not_keep_the_rest() {
    let mut order = ready(only_fuel(4000), false);
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    let number = order.settlement.shipment.as_ref().expect("a shipment").number.clone();
    let refused = Event::ShipmentRefused { number: number.clone(), reason: "closed".to_owned() };
    assert_eq!(apply_event(&mut order, refused), [Effect::Refund]);
    assert_eq!(order.discrepancies[0].what, Discrepancy::ShipmentRefused);
    assert!(
        apply_event(&mut order, Event::ShipmentRecorded { number }).is_empty(),
        "the record may come late"
    );
    assert!(order.is_shipped());
}

#[test]
fn a_refused_refund_is_named_and_tried_again_by_the_operator_under_another_number() {
    let mut order = ready(only_fuel(4000), false);
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    shipped(&mut order);
    let first = order.settlement.returns[0].number.clone();
    refund_refused(&mut order);
    assert_eq!(order.discrepancies[0].what, Discrepancy::RefundRefused);
    assert_eq!(order.settlement.refused_total().get(), 16_154);
    let text = message(&order);
    assert!(text.contains("161,54 ₽ автоматически не удалось") && text.contains("№ 451"), "{text}");
    assert!(!text.contains("Инвойсбокс вернёт"), "{text}");
    assert_eq!(order.refundable().get(), 16_154);
    assert_eq!(apply_event(&mut order, refund(None, "")), [Effect::Refund]);
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
    apply_event(&mut order, Event::Dispensed(Centi::new(3741)));
    shipped(&mut order);
    for amount in [Some(0), Some(-1), Some(total + 1)] {
        assert_eq!(apply(&mut order, refund(amount, ""), NOW), Outcome::Refused, "{amount:?}");
    }
    assert_eq!(apply_event(&mut order, refund(Some(14_900), "кофе")), [Effect::Refund]);
    assert_eq!(apply(&mut order, refund(Some(14_900), "кофе"), NOW), Outcome::Unchanged, "sent twice");
    refunded(&mut order);
    assert_eq!(sums(&order), [total, total - 14_900, 14_900]);
    apply_event(&mut order, refund(None, "претензия"));
    let lines = &order.settlement.returns[1].lines;
    let parts: Vec<i64> = lines.iter().map(|line| line.total.get()).collect();
    assert_eq!(parts.iter().sum::<i64>(), total - 14_900);
    let vat: i64 = order.settlement.returns.iter().map(|back| back.vat().get()).sum();
    assert_eq!(vat, order.vat.get(), "all the tax is returned with all the money");
    assert_eq!(sums(&order), [total, 0, total]);
    assert_eq!(apply(&mut order, refund(None, "ещё"), NOW), Outcome::Refused);
    assert!(message(&order).starts_with("АЗС оформила возврат."), "{}", message(&order));
}

#[test]
fn a_customer_can_cancel_until_fuelling_starts() {
    let by = Canceller::Customer;
    let cancel = || Event::CancelRequested { by };
    // Not asked yet: at once.
    let mut order = apply_all(only_fuel(4000), [Event::InvoiceCreated(invoice()), paid()]);
    assert_eq!(apply_event(&mut order, cancel()), [Effect::ReturnMoney]);
    assert_eq!(order.status, Status::Canceled);
    assert!(
        message(&order).starts_with("Вы отменили заказ. Инвойсбокс вернёт 2 494,80 ₽ плательщику"),
        "{}",
        message(&order)
    );
    // Released: the station is asked first.
    let mut order = ready(only_fuel(4000), false);
    assert_eq!(apply_event(&mut order, cancel()), [Effect::WithdrawRelease]);
    assert_eq!(order.status, Status::Ready);
    assert!(message(&order).contains("ждём подтверждения от АЗС"), "{}", message(&order));
    assert_eq!(apply_event(&mut order, Event::Withdrawn), [Effect::ReturnMoney]);
    assert_eq!((order.status, sums(&order)), (Status::Canceled, [249_480, 0, 249_480]));
    // The nozzle was quicker.
    let mut order = ready(only_fuel(4000), false);
    apply_event(&mut order, cancel());
    apply_event(&mut order, Event::FuellingStarted);
    assert_eq!(apply(&mut order, Event::Withdrawn, NOW), Outcome::Unchanged);
    assert_eq!(apply(&mut order, cancel(), NOW), Outcome::Refused);
    assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::new(4000))), [Effect::Ship]);
    assert_eq!(sums(&order), [249_480, 249_480, 0]);
    // Both at once: the station reports its meter instead of an answer.
    let mut order = ready(only_fuel(4000), false);
    apply_event(&mut order, cancel());
    assert_eq!(apply_event(&mut order, Event::Dispensed(Centi::new(100))), [Effect::Ship]);
    assert_eq!(sums(&order), [249_480, 6237, 243_243]);
}

#[test]
fn a_reversed_payment_leaves_nothing_to_ship_or_refund() {
    let mut order = ready(only_fuel(4000), false);
    apply_event(&mut order, Event::FuellingStarted);
    assert_eq!(apply_event(&mut order, Event::PaymentCanceled), [Effect::WithdrawRelease]);
    assert!(message(&order).contains("Остановите налив"), "{}", message(&order));
    assert!(apply_event(&mut order, Event::Dispensed(Centi::new(100))).is_empty());
    assert_eq!(sums(&order), [249_480, 0, 249_480]);
    assert_eq!(order.discrepancies[0].what, Discrepancy::PaymentReversed);
}

#[test]
fn every_bad_end_reports_what_happened_to_the_money() {
    let created = || Event::InvoiceCreated(invoice());
    let fuel = || only_fuel(4000);
    let unpaid = [
        apply_all(fuel(), [created(), Event::CancelRequested { by: Canceller::Customer }]),
        apply_all(fuel(), [created(), Event::CancelRequested { by: Canceller::Operator }]),
        apply_all(fuel(), [created(), Event::PaymentCanceled]),
        apply_all(fuel(), [created(), Event::TimeOver]),
        apply_all(fuel(), [Event::InvoiceRefused]),
    ];
    for order in unpaid {
        assert!(message(&order).contains("Деньги не списаны"), "{:?}", order.reason);
    }
    let refused = |reason: &str| Event::StationRefused { reason: reason.to_owned() };
    let paid_ones = [
        apply_all(fuel(), [created(), paid(), refused("колонка занята")]),
        apply_all(fuel(), [created(), paid(), refused(" ")]),
        apply_all(fuel(), [created(), paid(), Event::StationSilent]),
        apply_all(fuel(), [created(), Event::TimeOver, paid()]),
        apply_all(
            ready(fuel(), false),
            [Event::CancelRequested { by: Canceller::Operator }, Event::Withdrawn],
        ),
        apply_all(ready(fuel(), false), [Event::Dispensed(Centi::ZERO)]),
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

//! Whatever arrives, in whatever order and however often, some things never happen, and the money always balances.

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, Status,
        machine::{Canceller, Effect, Event, MAX_DISCREPANCIES, Outcome, apply},
        settlement::{Progress, ReturnedBy},
    },
    quantity::Centi,
};
use proptest::{prelude::*, sample::select};
use test_support::orders::{NOW, invoice, order, paid};
use time::Duration;

fn any_event() -> impl Strategy<Value = Event> {
    let another = || "another".to_owned();
    let no_text = String::new;
    let mut duplicate = invoice();
    duplicate.provider_id = another();
    let ship = || "AZS12-000451-s1".to_owned();
    let unservable = |provider_id| Event::PaidUnservable { provider_id, held: false, reason: String::new() };
    let fixed = select(vec![
        Event::InvoiceCreated(invoice()),
        Event::InvoiceCreated(duplicate),
        Event::InvoiceRefused,
        Event::NumberTaken { next: "AZS12-000451-2".to_owned() },
        paid(),
        Event::Paid { provider_id: invoice().provider_id, held: true },
        Event::Paid { provider_id: another(), held: false },
        unservable(invoice().provider_id),
        unservable(another()),
        Event::PaymentCanceled,
        Event::TimeOver,
        Event::CancelRequested { by: Canceller::Customer },
        Event::CancelRequested { by: Canceller::Operator },
        Event::Withdrawn,
        Event::WithdrawalRefused,
        Event::ReleaseRequested,
        Event::StationAccepted,
        Event::StationRefused { reason: String::new() },
        Event::StationSilent,
        Event::WithdrawalUnanswered,
        Event::ReleaseLapsed,
        Event::EndMissing,
        Event::Overdue,
        Event::FuellingStarted,
        Event::DispensedUnreadable { text: no_text() },
        Event::HandedOver,
        Event::CompletedByOperator(None),
        Event::ShipmentRecorded { number: ship() },
        Event::ShipmentRefused { number: ship(), reason: no_text() },
    ]);
    let volume = || {
        prop_oneof![-10_i64..=5000, Just(0), Just(3741), Just(3746), Just(i64::MAX), Just(i64::MIN)]
            .prop_map(Centi::new)
    };
    let amount = prop_oneof![Just(None), (-100_i64..300_000).prop_map(|sum| Some(Kopecks::new(sum)))];
    let number = || (1_u32..5).prop_map(|n| format!("AZS12-000451-r{n}"));
    let by = select(vec![ReturnedBy::Cancel, ReturnedBy::Refund, ReturnedBy::Release]);
    prop_oneof![
        16 => fixed,
        2 => volume().prop_map(Event::Volume),
        2 => volume().prop_map(Event::Dispensed),
        1 => volume().prop_map(|volume| Event::CompletedByOperator(Some(volume))),
        3 => (amount, select(vec!["a", "b"]))
            .prop_map(|(amount, reason)| Event::RefundRequested { amount, reason: reason.to_owned() }),
        2 => (number(), by).prop_map(|(number, by)| Event::RefundRecorded { number, by }),
        2 => number().prop_map(|number| Event::RefundRefused { number, reason: String::new() }),
    ]
}

/// A day as it should go, so that the late statuses are reached as often as the early ones.
fn successful_events(with_fuel: bool) -> Vec<Event> {
    let rest = if with_fuel {
        vec![
            Event::ReleaseRequested,
            Event::StationAccepted,
            Event::FuellingStarted,
            Event::Volume(Centi::new(1000)),
            Event::Dispensed(Centi::new(3000)),
        ]
    } else {
        vec![Event::HandedOver]
    };
    let end = [
        Event::ShipmentRecorded { number: "AZS12-000451-s1".to_owned() },
        Event::RefundRecorded { number: "AZS12-000451-r1".to_owned(), by: ReturnedBy::Refund },
    ];
    [Event::InvoiceCreated(invoice()), paid()].into_iter().chain(rest).chain(end).collect()
}

prop_compose! {
    /// A good day up to some hour, then anything, every event up to three times.
    fn any_events()(
        with_fuel in any::<bool>(),
        good in 0_usize..10,
        wild in proptest::collection::vec((any_event(), 1_usize..=3), 0..30),
    ) -> (bool, Vec<Event>) {
        let wild = wild.into_iter().flat_map(|(event, times)| vec![event; times]);
        (with_fuel, successful_events(with_fuel).into_iter().take(good).chain(wild).collect())
    }
}

fn has_discrepancy(order: &Order, what: Discrepancy) -> bool {
    order.discrepancies.iter().any(|recorded| recorded.what == what)
}

/// `paid = final + Σ returns`; every return is exact in its lines; none exceeds its line.
fn check_money(order: &Order) -> Result<(), TestCaseError> {
    let settlement = &order.settlement;
    let returned = settlement.returned();
    match (settlement.payment, order.final_total()) {
        (None, kept) => {
            prop_assert_eq!(kept, None);
            prop_assert_eq!(returned, Kopecks::ZERO);
        }
        (Some(_), None) => prop_assert!(!order.status.is_final(), "a paid order ends with an account"),
        (Some(_), Some(kept)) => {
            prop_assert!(order.status.is_final());
            prop_assert_eq!(kept + returned, order.total, "paid = final + returned");
            prop_assert_eq!(order.refund(), Some(returned));
        }
    }
    for back in &settlement.returns {
        prop_assert!(back.amount > Kopecks::ZERO || settlement.is_reversed());
        if !back.lines.is_empty() {
            prop_assert_eq!(back.lines.iter().map(|line| line.total).sum::<Kopecks>(), back.amount);
        }
        if back.state == Progress::Refused {
            prop_assert!(has_discrepancy(order, Discrepancy::RefundRefused), "a refused return is named");
        }
        prop_assert_eq!(back.state == Progress::Done, back.by.is_some());
    }
    for line in &order.lines {
        let parts = settlement.returns.iter().flat_map(|back| &back.lines);
        let parts = parts.filter(|part| part.sku == line.sku);
        let (total, vat) =
            parts.fold((0, 0), |(total, vat), part| (total + part.total.get(), vat + part.vat_sum.get()));
        prop_assert!(
            total <= line.total.get() && vat <= line.vat_sum.get(),
            "no line gives more than it has"
        );
    }
    let mut numbers: Vec<&str> = settlement.returns.iter().map(|back| back.number.as_str()).collect();
    numbers.sort_unstable();
    prop_assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "refund numbers are unique");
    if let Some(shipment) = &settlement.shipment {
        prop_assert!(order.status == Status::Completed && shipment.amount() > Kopecks::ZERO);
        let reason_to_differ = settlement.is_reversed();
        let by_rest: Kopecks = settlement
            .returns
            .iter()
            .filter(|back| back.cause == domain::order::settlement::Cause::Rest)
            .map(|back| back.amount)
            .sum();
        prop_assert!(reason_to_differ || shipment.amount() + by_rest == order.total);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_sequence_breaks_an_order((with_fuel, events) in any_events()) {
        let mut order = order(with_fuel);
        let mut done: Vec<Effect> = Vec::new();
        let mut returned_everything = 0;
        for (minute, event) in (1_i64..).zip(events) {
            let before = order.clone();
            let applied = event.clone();
            match apply(&mut order, event, NOW + Duration::minutes(minute)) {
                Outcome::Changed(effects) => {
                    prop_assert!(order.seq > before.seq, "every change has its number");
                    returned_everything += effects.iter().filter(|it| **it == Effect::ReturnMoney).count();
                    done.extend(effects);
                }
                _ => prop_assert_eq!(&order, &before),
            }
            if before.status.is_final() && order.status != before.status {
                prop_assert_eq!(order.status, Status::Unavailable);
                prop_assert!(matches!(before.status, Status::Canceled | Status::Expired | Status::Failed));
                prop_assert!(has_discrepancy(&order, Discrepancy::PaidAfterEnd), "a final state is left by name only");
            }
            if before.status.is_paid() && !order.status.is_paid() {
                let named = matches!(applied, Event::StationRefused { .. } | Event::StationSilent
                    | Event::PaymentCanceled | Event::CancelRequested { .. } | Event::Withdrawn
                    | Event::Dispensed(_));
                prop_assert!(named, "paid orders end badly for a named cause only: {:?}", applied);
                prop_assert!(matches!(order.status, Status::Unavailable | Status::Canceled));
                prop_assert!(order.settlement.returned() == order.total, "all of it is returned");
            }
            // Once fuel flows, nobody cancels the order.
            if before.status == Status::Fuelling {
                prop_assert!(matches!(order.status, Status::Fuelling | Status::Completed));
            }
            prop_assert!(before.dispensed.is_none() || order.dispensed.is_some());
            prop_assert!(with_fuel || order.dispensed.is_none(), "nothing comes out of a pump without fuel");
            prop_assert!(!order.status.is_final() || order.cancellation.is_none());
            check_money(&order)?;
        }

        let count = |effect| done.iter().filter(|done| **done == effect).count();
        let once = [Effect::RequestRelease, Effect::ReportEnd, Effect::Announce, Effect::CancelInvoice, Effect::Ship];
        for once in once {
            prop_assert!(count(once) <= 1, "{once:?} {} times", count(once));
        }
        prop_assert!(returned_everything <= 1, "all the money is returned once");
        prop_assert!(with_fuel || count(Effect::RequestRelease) == 0);

        for pair in order.history.windows(2) {
            prop_assert!(pair[0].seq < pair[1].seq && pair[0].at <= pair[1].at);
        }
        prop_assert_eq!(order.history.last().map(|step| step.status), Some(order.status));
        let mut seen = Vec::new();
        for recorded in &order.discrepancies {
            let one = (recorded.what, &recorded.detail);
            prop_assert!(!seen.contains(&one), "each is recorded once");
            seen.push(one);
        }
        prop_assert!(seen.len() <= MAX_DISCREPANCIES + Discrepancy::ALL.len(), "an order does not grow without limit");
    }
}

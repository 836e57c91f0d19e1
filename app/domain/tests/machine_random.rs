//! Whatever arrives, in whatever order and however often, some things never happen.

mod order_fixture;

use domain::{
    order::{
        Status,
        machine::{Canceller, Effect, Event, Outcome, apply},
    },
    quantity::Centi,
};
use order_fixture::{NOW, invoice, order};
use proptest::{prelude::*, sample::select};
use time::Duration;

fn any_event() -> impl Strategy<Value = Event> {
    let fixed = select(vec![
        Event::InvoiceCreated(invoice()),
        Event::InvoiceRefused,
        Event::Paid { provider_id: invoice().provider_id },
        Event::Paid { provider_id: "another".to_owned() },
        Event::PaymentCanceled,
        Event::TimeOver,
        Event::CancelRequested { by: Canceller::Customer },
        Event::CancelRequested { by: Canceller::Operator },
        Event::AuthorisationSent,
        Event::StationAccepted,
        Event::StationRefused { reason: String::new() },
        Event::StationSilent,
        Event::FuellingStarted,
        Event::HandedOver,
        Event::ReturnRefused,
    ]);
    let volume = prop_oneof![-10_i64..=5000, Just(3741), Just(i64::MAX), Just(i64::MIN)].prop_map(Centi::new);
    prop_oneof![
        6 => fixed,
        1 => volume.clone().prop_map(Event::Volume),
        1 => volume.prop_map(Event::Dispensed),
    ]
}

/// A day as it should go, so that the late statuses are reached as often as the early ones.
fn good_day(with_fuel: bool) -> Vec<Event> {
    let paid = [Event::InvoiceCreated(invoice()), Event::Paid { provider_id: invoice().provider_id }];
    let rest = if with_fuel {
        vec![
            Event::AuthorisationSent,
            Event::StationAccepted,
            Event::FuellingStarted,
            Event::Volume(Centi::new(1000)),
            Event::Dispensed(Centi::new(3000)),
        ]
    } else {
        vec![Event::HandedOver]
    };
    paid.into_iter().chain(rest).collect()
}

prop_compose! {
    /// A good day up to some hour, then anything, every event told up to three times.
    fn any_story()(
        with_fuel in any::<bool>(),
        good in 0_usize..8,
        wild in proptest::collection::vec((any_event(), 1_usize..=3), 0..30),
    ) -> (bool, Vec<Event>) {
        let wild = wild.into_iter().flat_map(|(event, times)| vec![event; times]);
        (with_fuel, good_day(with_fuel).into_iter().take(good).chain(wild).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_story_breaks_an_order((with_fuel, story) in any_story()) {
        let mut order = order(with_fuel);
        let mut done: Vec<Effect> = Vec::new();
        for (minute, event) in (1_i64..).zip(story) {
            let before = order.clone();
            let reported = matches!(event, Event::StationRefused { .. } | Event::StationSilent
                | Event::PaymentCanceled | Event::Paid { .. });
            match apply(&mut order, event, NOW + Duration::minutes(minute)) {
                Outcome::Changed(effects) => {
                    prop_assert!(order.seq > before.seq, "every change has its number");
                    done.extend(effects);
                }
                _ => prop_assert_eq!(&order, &before),
            }
            if before.status.is_final() && order.status != before.status {
                prop_assert_eq!(order.status, Status::Unavailable);
                prop_assert!(matches!(before.status, Status::Canceled | Status::Expired | Status::Failed));
            }
            if before.status.is_paid() && !order.status.is_paid() {
                prop_assert!(reported, "paid orders end badly for a named cause only");
                prop_assert_eq!(order.status, Status::Unavailable);
            }
            prop_assert!(before.dispensed.is_none() || order.dispensed.is_some());
            prop_assert!(with_fuel || order.dispensed.is_none(), "nothing comes out of a pump without fuel");
        }

        let count = |effect| done.iter().filter(|done| **done == effect).count();
        for once in [Effect::Authorise, Effect::Announce, Effect::ReturnMoney, Effect::CancelInvoice] {
            prop_assert!(count(once) <= 1, "{once:?} {} times", count(once));
        }
        prop_assert!(with_fuel || count(Effect::Authorise) == 0);

        for pair in order.history.windows(2) {
            prop_assert!(pair[0].seq < pair[1].seq && pair[0].at <= pair[1].at);
        }
        prop_assert_eq!(order.history.last().map(|step| step.status), Some(order.status));

        match (order.final_total(), order.refund()) {
            (Some(kept), Some(back)) => {
                prop_assert!(order.status.is_final());
                prop_assert_eq!(kept + back, order.total);
                prop_assert!(kept.get() >= 0 && back.get() >= 0);
            }
            (kept, back) => prop_assert_eq!((kept, back), (None, None)),
        }
        let was_paid = order.history.iter().any(|step| step.status.is_paid());
        if was_paid && order.status.is_final() {
            prop_assert!(order.final_total().is_some(), "a paid order ends with an account");
        }
        let mut seen = Vec::new();
        for discrepancy in &order.discrepancies {
            prop_assert!(!seen.contains(&discrepancy), "each is recorded once");
            seen.push(discrepancy);
        }
    }
}

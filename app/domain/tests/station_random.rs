//! Whatever a station reports, in whatever order and however often: once the end is reported, the sums are the same.

use domain::{
    order::{
        Discrepancy, Order, Status,
        machine::{Effect, Event, MAX_DISCREPANCIES, Outcome, StationReport},
    },
    quantity::Centi,
};
use proptest::prelude::*;
use test_support::{
    order_steps::{dispensed, unreadable},
    orders::{NOW, ORDERED, apply_at, order, released, report},
};

/// Paid and started, and the station has been asked.
fn authorising() -> Order {
    released(order(true))
}

prop_compose! {
    /// A volume up to what was ordered and the meter's own error, and every report that may come on the way there, each
    /// once or more, in any order. The end is among it, anywhere.
    fn any_fuelling()(dispensed in 0..=ORDERED.get() + 5)(
        dispensed in Just(dispensed),
        events in proptest::collection::vec((0_u8..4, 0..=dispensed), 0..20)
            .prop_map(move |events| events.into_iter().map(|(kind, volume)| match kind {
                0 => report(StationReport::Accepted),
                1 => report(StationReport::FuellingStarted),
                2 => report(StationReport::Volume(Centi::new(volume))),
                _ => report(StationReport::Dispensed(Centi::new(dispensed))),
            }).collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
    ) -> (Centi, Vec<Event>) {
        let mut events = events;
        events.insert(at.index(events.len() + 1), report(StationReport::Dispensed(Centi::new(dispensed))));
        (Centi::new(dispensed), events)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_the_same_reports_gives_the_same_sums((dispensed, events) in any_fuelling()) {
        let mut straight = authorising();
        let _ = apply_at(&mut straight, report(StationReport::Dispensed(dispensed)), NOW);
        let mut order = authorising();
        let mut done = Vec::new();
        for event in events {
            if let Outcome::Changed(effects) = apply_at(&mut order, event, NOW) {
                done.extend(effects);
            }
        }
        prop_assert_eq!(order.status, Status::Completed);
        prop_assert_eq!(order.dispensed, Some(dispensed));
        prop_assert_eq!(order.final_total(), straight.final_total());
        prop_assert_eq!(order.settlement.returned(), straight.settlement.returned());
        prop_assert!(order.discrepancies.is_empty(), "{:?}", order.discrepancies);
        let count = |effect| done.iter().filter(|done| **done == effect).count();
        prop_assert_eq!(count(Effect::ReportEnd), 1);
        prop_assert!(count(Effect::Ship) <= 1 && count(Effect::ReturnMoney) <= 1);
    }
}

#[test]
fn repeated_different_ends_are_bounded_by_the_discrepancy_limit() {
    let mut order = authorising();
    for volume in 1..=100 {
        let _ = apply_at(&mut order, dispensed(volume), NOW);
    }
    assert_eq!(order.dispensed, Some(Centi::new(1)), "the first end counts");
    assert_eq!(order.discrepancies.len(), MAX_DISCREPANCIES);
    assert_eq!(order.discrepancies[0].detail, "release 1: 0.02");
    // The first of another kind is recorded all the same.
    let _ = apply_at(&mut order, unreadable(), NOW);
    assert_eq!(order.discrepancies.last().map(|recorded| recorded.what), Some(Discrepancy::VolumeUnreadable));
}

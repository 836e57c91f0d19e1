//! Whatever a station says in whatever order and however often: once it has told the end, the sums are the same.

use domain::{
    order::{
        Discrepancy, Order, Status,
        machine::{Effect, Event, MAX_DISCREPANCIES, Outcome, apply},
    },
    quantity::Centi,
};
use proptest::prelude::*;
use test_support::orders::{NOW, ORDERED, invoice, order, paid};

/// Paid, and the station has been asked.
fn authorising() -> Order {
    let mut order = order(true);
    for event in [Event::InvoiceCreated(invoice()), paid(), Event::ReleaseRequested] {
        let _ = apply(&mut order, event, NOW);
    }
    order
}

prop_compose! {
    /// A volume up to what was ordered and the meter's own error, and everything that may be said on the way there, each
    /// once or more, in any order. The end is among it, anywhere.
    fn any_fuelling()(poured in 0..=ORDERED.get() + 5)(
        poured in Just(poured),
        words in proptest::collection::vec((0_u8..4, 0..=poured), 0..20)
            .prop_map(move |words| words.into_iter().map(|(kind, volume)| match kind {
                0 => Event::StationAccepted,
                1 => Event::FuellingStarted,
                2 => Event::Volume(Centi::new(volume)),
                _ => Event::Dispensed(Centi::new(poured)),
            }).collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
    ) -> (Centi, Vec<Event>) {
        let mut words = words;
        words.insert(at.index(words.len() + 1), Event::Dispensed(Centi::new(poured)));
        (Centi::new(poured), words)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_tellings_of_one_fuelling_end_in_the_same_sums((poured, words) in any_fuelling()) {
        let mut straight = authorising();
        let _ = apply(&mut straight, Event::Dispensed(poured), NOW);
        let mut told = authorising();
        let mut done = Vec::new();
        for word in words {
            if let Outcome::Changed(effects) = apply(&mut told, word, NOW) {
                done.extend(effects);
            }
        }
        prop_assert_eq!(told.status, Status::Completed);
        prop_assert_eq!(told.dispensed, Some(poured));
        prop_assert_eq!(told.final_total(), straight.final_total());
        prop_assert_eq!(told.settlement.returned(), straight.settlement.returned());
        prop_assert!(told.discrepancies.is_empty(), "{:?}", told.discrepancies);
        let count = |effect| done.iter().filter(|done| **done == effect).count();
        prop_assert_eq!(count(Effect::ReportEnd), 1);
        prop_assert!(count(Effect::Ship) <= 1 && count(Effect::ReturnMoney) <= 1);
    }
}

#[test]
fn a_station_that_tells_ever_new_ends_fills_the_list_and_not_the_database() {
    let mut order = authorising();
    for volume in 1..=100 {
        let _ = apply(&mut order, Event::Dispensed(Centi::new(volume)), NOW);
    }
    assert_eq!(order.dispensed, Some(Centi::new(1)), "the first end stands");
    assert_eq!(order.discrepancies.len(), MAX_DISCREPANCIES);
    assert_eq!(order.discrepancies[0].detail, "0.02");
    // What is new of its kind is noted all the same.
    let _ = apply(&mut order, Event::DispensedUnreadable { text: "много".to_owned() }, NOW);
    assert_eq!(order.discrepancies.last().map(|noted| noted.what), Some(Discrepancy::VolumeUnreadable));
}

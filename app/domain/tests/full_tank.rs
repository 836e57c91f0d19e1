//! A full tank: what is paid, and when it is offered.

#![expect(clippy::expect_used, reason = "a broken expectation is a failed test")]

use domain::{
    draft::{DraftContent, FillBy, FuelChoice},
    fuel::FuelId,
    id::PumpNumber,
    money::Kopecks,
    order::StartMode,
    pricing::price_draft,
    quantity::Centi,
    refusal::OrderRefusal,
    station::{Automation, Offer, Station},
    unit::Unit,
};
use test_support::stations::station;

/// Petrol at 50 roubles, at most `max` at a time.
fn capped(max: Option<Centi>) -> Station {
    let mut station = station(Kopecks::new(5000));
    for fuel in &mut station.trade.fuels {
        fuel.max = max;
    }
    station
}

/// The volume that is paid.
fn paid(offer: Offer<'_>, volume: Option<i64>, amount: Option<i64>) -> Result<i64, OrderRefusal> {
    let choice = FuelChoice {
        id: FuelId::A95,
        by: FillBy::FullTank,
        volume: volume.map(Centi::new),
        amount: amount.map(Kopecks::new),
    };
    let content = DraftContent {
        pump: Some(PumpNumber(1)),
        start: StartMode::ByDriver,
        fuel: Some(&choice),
        items: &[],
    };
    price_draft(offer, content).map(|quote| quote.lines.first().expect("a line").quantity.get())
}

const OFFERED: Automation = Automation { silent: false, full_tank: true };

#[test]
fn a_ceiling_is_paid_which_the_customer_may_choose_under_the_cap() {
    let uncapped = capped(None);
    assert_eq!(paid(uncapped.offer(OFFERED), None, None), Ok(6000), "a car's tank where nothing is given");
    assert_eq!(paid(uncapped.offer(OFFERED), Some(4500), None), Ok(4500));
    assert_eq!(paid(uncapped.offer(OFFERED), None, Some(100_000)), Ok(2000), "by its sum");
    let short = capped(Some(Centi::new(3000)));
    assert_eq!(paid(short.offer(OFFERED), None, None), Ok(3000), "thirty litres a visit");
    let too_much = OrderRefusal::VolumeTooLarge { max: Centi::new(3000), unit: Unit::Litre };
    assert_eq!(paid(short.offer(OFFERED), Some(3001), None), Err(too_much.clone()));
    assert_eq!(paid(short.offer(OFFERED), None, Some(150_050)), Err(too_much), "a cap bounds the sum too");
}

#[test]
fn it_is_refused_where_the_station_cannot_and_all_fuel_where_it_is_silent() {
    let station = capped(None);
    assert_eq!(
        paid(station.offer(Automation::default()), Some(4500), None),
        Err(OrderRefusal::FullTankNotOffered)
    );
    let silent = station.offer(Automation { silent: true, ..OFFERED });
    assert!(!silent.can_order_fuel());
    assert_eq!(paid(silent, Some(4500), None), Err(OrderRefusal::StationSilent));
    let goods = DraftContent { pump: None, start: StartMode::ByDriver, fuel: None, items: &[] };
    assert_eq!(price_draft(silent, goods), Err(OrderRefusal::EmptyDraft), "goods are asked for first");
}

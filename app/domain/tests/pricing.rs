//! Prices and limits of a draft: what is sold, at which pump, how much.

use domain::{
    draft::{DraftContent, FillBy, FuelChoice, Item},
    fuel::FuelId,
    id::{PumpNumber, Sku},
    money::Kopecks,
    order::StartMode,
    pricing::{MAX_ITEM_COUNT, MAX_ORDER_LINES, max_volume, price_draft},
    quantity::Centi,
    quote::{Quote, QuoteWarning},
    refusal::OrderRefusal,
    station::{Automation, FuelProduct, Product, ProductKind, PumpState, Station},
    unit::Unit,
    vat::Vat,
};
use test_support::stations;

fn station() -> Station {
    stations::station(Kopecks::new(5000))
}

fn fuel(id: FuelId, litres: i64) -> FuelChoice {
    FuelChoice { id, by: FillBy::Volume, volume: Some(Centi::new(litres)), amount: None }
}

fn priced(
    station: &Station,
    pump: Option<u16>,
    start: StartMode,
    fuel: &FuelChoice,
) -> Result<Quote, OrderRefusal> {
    let content = DraftContent { pump: pump.map(PumpNumber), start, fuel: Some(fuel), items: &[] };
    price_draft(station.offer(Automation::default()), content)
}

#[test]
fn a_draft_needs_a_pump_only_where_the_payment_is_the_start() {
    let petrol = fuel(FuelId::A95, 2000);
    let quote = priced(&station(), None, StartMode::ByDriver, &petrol).expect("the driver chooses one");
    assert_eq!((quote.total.get(), quote.warnings.len()), (100_000, 0));
    assert_eq!(priced(&station(), None, StartMode::WhenPaid, &petrol), Err(OrderRefusal::PumpRequired));
    assert!(priced(&station(), Some(1), StartMode::WhenPaid, &petrol).is_ok());
    let unknown = OrderRefusal::PumpUnknown { pump: PumpNumber(2) };
    assert_eq!(priced(&station(), Some(2), StartMode::ByDriver, &petrol), Err(unknown));
    let mut without = station();
    let diesel = FuelProduct { id: FuelId::Diesel, ..without.trade.fuels[0].clone() };
    without.trade.fuels.push(diesel);
    without.trade.pumps[0].fuels = vec![FuelId::Diesel];
    let nowhere = OrderRefusal::FuelUnknown { fuel: FuelId::A95 };
    assert_eq!(priced(&without, None, StartMode::ByDriver, &petrol), Err(nowhere));
    let lacks = OrderRefusal::PumpLacksFuel { pump: PumpNumber(1), fuel: FuelId::A95 };
    assert_eq!(priced(&without, Some(1), StartMode::ByDriver, &petrol), Err(lacks));
}

#[test]
fn a_taken_pump_is_a_warning_and_no_refusal() {
    let petrol = fuel(FuelId::A95, 2000);
    let states = [
        (PumpState::Free, false),
        (PumpState::Unknown, false),
        (PumpState::Busy, true),
        (PumpState::OutOfOrder, true),
    ];
    for (state, is_warned) in states {
        let mut station = station();
        station.trade.pumps[0].state = state;
        let quote = priced(&station, Some(1), StartMode::ByDriver, &petrol).expect("a quote");
        let warning = QuoteWarning::PumpBusy { pump: PumpNumber(1) };
        assert_eq!(quote.warnings, if is_warned { vec![warning] } else { vec![] }, "{state:?}");
    }
}

#[test]
fn a_grade_without_a_price_or_in_no_stock_is_not_sold() {
    let petrol = fuel(FuelId::A95, 2000);
    for price in [None, Some(0), Some(-1)] {
        let mut station = station();
        station.trade.fuels[0].price = price.map(Kopecks::new);
        let unknown = OrderRefusal::FuelUnknown { fuel: FuelId::A95 };
        let refused = priced(&station, Some(1), StartMode::ByDriver, &petrol);
        assert!(matches!(&refused, Err(OrderRefusal::NotPayable)) || refused == Err(unknown), "{price:?}");
    }
    // Another grade is still sold here.
    let mut station = station();
    let diesel = station.trade.fuels[0].clone();
    station.trade.fuels.push(FuelProduct { id: FuelId::Diesel, ..diesel });
    station.trade.fuels[0].price = Some(Kopecks::ZERO);
    let unknown = OrderRefusal::FuelUnknown { fuel: FuelId::A95 };
    assert_eq!(priced(&station, Some(1), StartMode::ByDriver, &petrol), Err(unknown));
    station.trade.fuels[0].price = Some(Kopecks::new(5000));
    station.trade.fuels[0].available = false;
    let sold_out = OrderRefusal::FuelSoldOut { fuel: FuelId::A95 };
    assert_eq!(priced(&station, Some(1), StartMode::ByDriver, &petrol), Err(sold_out));
}

#[test]
fn a_volume_is_from_two_litres_to_the_most_of_its_grade() {
    let station = station();
    let volume = |centi| priced(&station, Some(1), StartMode::ByDriver, &fuel(FuelId::A95, centi));
    let too_small = OrderRefusal::VolumeTooSmall { min: Centi::new(200), unit: Unit::Litre };
    let too_large = OrderRefusal::VolumeTooLarge { max: Centi::new(20_000), unit: Unit::Litre };
    assert_eq!(volume(199), Err(too_small));
    assert!(volume(200).is_ok() && volume(20_000).is_ok());
    assert_eq!(volume(20_001), Err(too_large));
    let product = |id, max| FuelProduct { id, max, ..station.trade.fuels[0].clone() };
    for (id, max, most) in [
        (FuelId::A95, None, 20_000),
        (FuelId::Diesel, None, 100_000),
        (FuelId::DieselPremium, None, 100_000),
        (FuelId::DieselWinter, None, 100_000),
        (FuelId::A95, Some(60_000), 60_000),
        (FuelId::A95, Some(500_000), 100_000),
        (FuelId::Diesel, Some(3000), 3000),
    ] {
        assert_eq!(max_volume(&product(id, max.map(Centi::new))), Centi::new(most), "{id:?} {max:?}");
    }
}

/// As many products as an order may have, and one more.
#[test]
fn an_order_has_at_most_a_hundred_lines_of_one_to_ninety_nine() {
    let mut station = station();
    station.trade.goods = (0..=MAX_ORDER_LINES)
        .map(|index| Product {
            sku: Sku(format!("p{index}")),
            name: String::new(),
            unit: Unit::Piece,
            kind: ProductKind::Goods,
            price: Kopecks::new(100),
            vat: Vat::Rus22,
        })
        .collect();
    let quote = |counts: &[u32]| {
        let item = |(index, count): (usize, &u32)| Item { sku: Sku(format!("p{index}")), count: *count };
        let items: Vec<Item> = counts.iter().enumerate().map(item).collect();
        let content = DraftContent { pump: None, start: StartMode::ByDriver, fuel: None, items: &items };
        price_draft(station.offer(Automation::default()), content).map(|quote| quote.total.get())
    };
    assert_eq!(quote(&[1; MAX_ORDER_LINES]), Ok(10_000));
    assert_eq!(quote(&[1; MAX_ORDER_LINES + 1]), Err(OrderRefusal::TooManyLines));
    let out_of_range = OrderRefusal::CountOutOfRange { sku: "p0".to_owned() };
    assert_eq!(quote(&[MAX_ITEM_COUNT]), Ok(9900));
    for count in [0, MAX_ITEM_COUNT + 1] {
        assert_eq!(quote(&[count]), Err(out_of_range.clone()), "{count}");
    }
}

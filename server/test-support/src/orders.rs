//! Orders for tests of the state machine.

use domain::{
    draft::{Customer, Host},
    fuel::FuelId,
    geo::Point,
    id::{OrderId, PumpNumber, Sku, StationId},
    money::Kopecks,
    order::{
        HandedItem, Invoice, Order, Placement, StartMode, StartRules, Starter, StationBrief, Status,
        machine::{Event, Outcome, StationReport, apply},
    },
    quantity::Centi,
    quote::{Line, LineKind, Quote},
    unit::Unit,
    vat::Vat,
};
use time::{Duration, OffsetDateTime};

use crate::DEMO_MERCHANT_ID;

pub const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
pub const ORDERED: Centi = Centi::new(3741);
/// Less than [`ORDERED`], so that a rest is returned.
const DISPENSED: Centi = Centi::new(3000);

pub fn invoice() -> Invoice {
    Invoice {
        provider_id: "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b".to_owned(),
        container_id: None,
        payment_url: "https://pay.example/order/1".to_owned(),
    }
}

/// The event of a payment by money.
pub fn paid() -> Event {
    paid_by(invoice().provider_id, false)
}

/// The event of a payment of the order's total through this invoice.
pub fn paid_by(provider_id: String, held: bool) -> Event {
    Event::Paid { provider_id, held, paid_at: None, amount: None }
}

/// The event of the driver's start of pump 4, having seen the order as it is.
pub fn started(order: &Order) -> Event {
    started_after(order.history_seq())
}

/// The event of the driver's start of pump 4, having seen the history up to this entry.
pub fn started_after(seq: u32) -> Event {
    Event::StartRequested { pump: PumpNumber(4), seq, by: Starter::Driver }
}

/// The event of a station's report about the first release.
pub fn report(report: StationReport) -> Event {
    report_of(1, report)
}

/// The event of a station's report about this release.
pub fn report_of(release: u32, report: StationReport) -> Event {
    Event::Station { release, report }
}

/// The event of a cashier who says what was handed over, and nothing of fuel.
pub fn handed_over(items: Vec<HandedItem>) -> Event {
    Event::CompletedByOperator { dispensed: None, items: Some(items) }
}

/// The same of all goods of this order.
pub fn all_handed_over(order: &Order) -> Event {
    let goods = order.lines.iter().filter(|line| line.fuel().is_none());
    handed_over(goods.map(|line| HandedItem { sku: line.sku.clone(), quantity: line.quantity }).collect())
}

/// Applies an event under the rules of starts that are the default.
pub fn apply_at(order: &mut Order, event: Event, now: OffsetDateTime) -> Outcome {
    apply(order, event, now, &StartRules::default())
}

/// Pays this order and starts its pump; the request is about to be sent.
pub fn released(mut order: Order) -> Order {
    let now = order.placed_at;
    for event in [Event::InvoiceCreated(invoice()), paid()] {
        let _ = apply_at(&mut order, event, now);
    }
    let start = started(&order);
    for event in [start, Event::ReleaseRequested] {
        let _ = apply_at(&mut order, event, now);
    }
    assert_eq!(order.status, Status::Authorising);
    order
}

/// This order, paid, with 30 l dispensed.
pub fn completed(order: Order) -> Order {
    let mut order = released(order);
    let now = order.placed_at;
    let _ = apply_at(&mut order, report(StationReport::Dispensed(DISPENSED)), now);
    assert_eq!(order.status, Status::Completed);
    order
}

/// Petrol at 62.37.
pub fn petrol(quantity: Centi) -> Line {
    line("a92", LineKind::Fuel(FuelId::A92), Unit::Litre, quantity, Kopecks::new(6237))
}

/// 37.41 l of petrol and two coffees, or the coffees alone.
pub fn order(with_fuel: bool) -> Order {
    let petrol = petrol(ORDERED);
    let coffee = line("coffee", LineKind::Goods, Unit::Piece, Centi::units(2), Kopecks::new(14_900));
    of_lines(if with_fuel { vec![petrol, coffee] } else { vec![coffee] })
}

/// An order of these lines, from pump 4 when there is fuel.
pub fn of_lines(lines: Vec<Line>) -> Order {
    Order::place(placement(lines))
}

/// The placement of an order of these lines, which a test may change.
pub fn placement(lines: Vec<Line>) -> Placement {
    let with_fuel = lines.iter().any(|line| line.fuel().is_some());
    Placement {
        id: OrderId::parse("7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1").expect("an id"),
        number: 451,
        merchant_order_id: "AZS12-000451".to_owned(),
        merchant_id: DEMO_MERCHANT_ID.to_owned(),
        now: NOW,
        expires_at: NOW + Duration::minutes(30),
        station: StationBrief {
            id: StationId("azs-12".to_owned()),
            name: "АЗС № 12".to_owned(),
            brand: String::new(),
            address: String::new(),
            city: String::new(),
            point: Point { lat: 54.6, lon: 39.7 },
            phone: None,
        },
        pump: with_fuel.then_some(PumpNumber(4)),
        start: StartMode::ByDriver,
        full_tank: false,
        by_hand: false,
        quote: Quote::from_lines(lines),
        customer: Customer::default(),
        vehicle: None,
        host: Host::default(),
    }
}

fn line(sku: &str, kind: LineKind, unit: Unit, quantity: Centi, price: Kopecks) -> Line {
    Line::new(Sku(sku.to_owned()), sku.to_owned(), kind, unit, quantity, price, Vat::Rus22).expect("in range")
}

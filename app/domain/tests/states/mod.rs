//! Rows and columns of the table of states: every kind of event, and an order in every kind of state.

pub mod kinds;

use domain::{
    id::IdempotencyKey,
    money::Kopecks,
    order::{
        Discrepancy, Order, StartReason,
        machine::{Canceller, Event, Outcome, RefusalKind, StationReport},
        settlement::{RefundItem, RefundPart, RefundRequest, RefundScope, ReturnedBy},
    },
    quantity::Centi,
};
use test_support::order_steps::cancel;
use test_support::orders::{
    NOW, all_handed_over, apply_at, handed_over, invoice, of_lines, order, paid, paid_by, petrol, placement,
    report, report_of, started, started_after,
};
use time::Duration;

pub const SHIPMENT: &str = "AZS12-000451-s1";
pub const RETURN: &str = "AZS12-000451-r1";
/// Less than the 37.41 that were ordered.
pub const DISPENSED: Centi = Centi::new(3000);

/// An event for an order, and how long after [`NOW`] it happens.
pub struct Row {
    pub name: &'static str,
    pub event: fn(&Order) -> Event,
    pub after: Duration,
}

pub type Column = (&'static str, Order);

pub fn rows() -> Vec<Row> {
    let now = |(name, event): (&'static str, fn(&Order) -> Event)| Row { name, event, after: Duration::ZERO };
    let later = [
        ("the time to start is over", (|_| Event::StartTimeOver) as fn(&Order) -> Event, Duration::hours(2)),
        ("the time to start is over, too early", |_| Event::StartTimeOver, Duration::hours(1)),
        ("the time for the goods is over", |_| Event::GoodsTimeOver, Duration::hours(24)),
    ];
    let later = later.into_iter().map(|(name, event, after)| Row { name, event, after });
    let events = [payment_rows(), start_rows(), station_rows(), people_rows(), money_rows()];
    events.into_iter().flatten().map(now).chain(later).collect()
}

type NamedEvent = (&'static str, fn(&Order) -> Event);

fn another() -> String {
    "another".to_owned()
}

fn payment_rows() -> Vec<NamedEvent> {
    vec![
        ("invoice created", |_| Event::InvoiceCreated(invoice())),
        ("another invoice under our number", |_| {
            Event::InvoiceCreated(domain::order::Invoice { provider_id: another(), ..invoice() })
        }),
        ("invoice refused", |_| Event::InvoiceRefused),
        ("number taken", |_| Event::NumberTaken { next: "AZS12-000451-2".to_owned() }),
        ("creation unanswered", |_| Event::CreationUnanswered),
        ("unpaid invoice over another sum", |_| Event::SumDiffers {
            amount: Kopecks::new(100),
            invoice: Some(invoice()),
        }),
        ("unpaid invoice whose link leads elsewhere", |_| Event::LinkRefused { invoice: invoice() }),
        ("another sum named for it", |_| Event::SumDiffers { amount: Kopecks::new(100), invoice: None }),
        ("another sum than was paid", |_| Event::PaidSumDiffers { amount: Kopecks::new(100) }),
        ("paid", |_| paid()),
        ("paid by a reserve", |_| paid_by(invoice().provider_id, true)),
        ("paid, another sum", |_| Event::Paid {
            provider_id: invoice().provider_id,
            held: false,
            paid_at: None,
            amount: Some(Kopecks::new(100)),
        }),
        ("paid through another invoice", |_| paid_by(another(), false)),
        ("payment cancelled", |_| Event::PaymentCanceled),
        ("payment there again", |_| Event::PaymentRestored { held: false }),
        ("time over", |_| Event::TimeOver),
    ]
}

fn start_rows() -> Vec<NamedEvent> {
    vec![
        ("driver starts pump 4", |order| started(order)),
        ("driver starts it having seen less", |order| started_after(order.history_seq() - 1)),
        ("release requested", |_| Event::ReleaseRequested),
        ("release not reached", |_| Event::ReleaseUnreached { release: 1 }),
        ("start not sent", |_| Event::StartNotSent { release: 1, reason: StartReason::TooLate }),
        ("start offered", |_| Event::StartOffered),
        ("ready by hand", |_| Event::ReadyByHand),
        ("release lapsed", |_| Event::ReleaseLapsed),
        ("overdue", |_| Event::Overdue),
        ("release withdrawn", |order| Event::Withdrawn { release: last_release(order) }),
        ("release not withdrawn", |order| Event::WithdrawalRefused { release: last_release(order) }),
        ("withdrawal unanswered", |order| Event::WithdrawalUnanswered { release: last_release(order) }),
    ]
}

/// The release that is open or ended last.
fn last_release(order: &Order) -> u32 {
    order.releases.last().map_or(1, |release| release.number)
}

fn reported(order: &Order, report: StationReport) -> Event {
    report_of(last_release(order), report)
}

fn refused(kind: RefusalKind) -> StationReport {
    StationReport::Refused { reason: "занято".to_owned(), kind }
}

fn unreadable() -> StationReport {
    StationReport::DispensedUnreadable { text: "много".to_owned() }
}

fn station_rows() -> Vec<NamedEvent> {
    vec![
        ("station accepts", |order| reported(order, StationReport::Accepted)),
        ("station refuses the pump", |order| reported(order, refused(RefusalKind::Answer))),
        ("station cancels", |order| reported(order, refused(RefusalKind::Callback))),
        ("station has no fuel", |order| reported(order, refused(RefusalKind::SoldOut))),
        ("station refuses the price", |order| reported(order, refused(RefusalKind::Price))),
        ("fuelling starts", |order| reported(order, StationReport::FuellingStarted)),
        ("volume", |order| reported(order, StationReport::Volume(Centi::new(3100)))),
        ("dispensed", |order| reported(order, StationReport::Dispensed(DISPENSED))),
        ("dispensed nothing", |order| reported(order, StationReport::Dispensed(Centi::ZERO))),
        ("dispensed more than paid", |order| reported(order, StationReport::Dispensed(Centi::new(3747)))),
        ("dispensed, volume unreadable", |order| reported(order, unreadable())),
        ("first release: accepts", |_| report(StationReport::Accepted)),
        ("first release: volume", |_| report(StationReport::Volume(Centi::new(3200)))),
        ("first release: dispensed", |_| report(StationReport::Dispensed(Centi::new(500)))),
        ("first release: dispensed nothing", |_| report(StationReport::Dispensed(Centi::ZERO))),
        ("first release: volume unreadable", |_| report(unreadable())),
    ]
}

fn people_rows() -> Vec<NamedEvent> {
    vec![
        ("customer cancels", |_| cancel(Canceller::Customer)),
        ("operator cancels", |_| cancel(Canceller::Operator)),
        ("goods handed over", all_handed_over),
        ("no goods handed over", |_| handed_over(Vec::new())),
        ("operator completes", |_| Event::CompletedByOperator { dispensed: None, items: None }),
        ("operator completes with a volume", |_| completed_by_operator(DISPENSED)),
        ("operator refunds all", |_| refund(RefundScope::Rest)),
        ("operator refunds a sum", |_| refund(RefundScope::Amount(Kopecks::new(100)))),
        ("operator refunds a part of the first line", |order| {
            let (sku, part) = (order.lines[0].sku.clone(), RefundPart::Amount(Kopecks::new(100)));
            refund(RefundScope::Items(vec![RefundItem { sku, part }]))
        }),
        ("first discrepancy settled", |order| Event::DiscrepancySettled {
            what: order.discrepancies.first().map_or(Discrepancy::PaidTwice, |one| one.what),
            detail: None,
        }),
    ]
}

fn completed_by_operator(volume: Centi) -> Event {
    Event::CompletedByOperator { dispensed: Some(volume), items: None }
}

fn refund(scope: RefundScope) -> Event {
    let key = IdempotencyKey(uuid::Uuid::from_u128(1));
    Event::RefundRequested(RefundRequest { key, scope, reason: String::new() })
}

fn money_rows() -> Vec<NamedEvent> {
    vec![
        ("shipment recorded", |_| shipped(None)),
        ("shipped by others", |order| shipped(Some(order.total))),
        ("shipment refused", |_| Event::ShipmentRefused {
            number: SHIPMENT.to_owned(),
            reason: String::new(),
        }),
        ("operator has the shipment sent again", |_| Event::ShipmentRetried),
        ("operator has refused returns tried again", |_| Event::RefundsRetried),
        ("refund about to be sent", |_| refund_sent()),
        ("refund decided anew is not there", |_| Event::RefundAbsent { number: RETURN.to_owned() }),
        ("refund recorded", |_| refunded()),
        ("refund confirmed", |_| Event::RefundConfirmed { number: RETURN.to_owned() }),
        ("refund dated", |_| Event::RefundDated {
            number: RETURN.to_owned(),
            at: NOW - Duration::minutes(1),
        }),
        ("refund refused", |_| refund_refused()),
        ("refund not moving", |_| delayed()),
        ("refund accepted and not carried out", |_| Event::RefundOverdue { number: RETURN.to_owned() }),
        ("refund that nothing tries", |_| Event::MoneyUntried { number: RETURN.to_owned() }),
        ("invoice not withdrawn", |_| Event::InvoiceNotWithdrawn { says: "503".to_owned() }),
        ("invoices withdrawn", |_| Event::InvoicesWithdrawn),
        ("part refunded by somebody else", |_| found(Kopecks::new(10_000))),
        ("all refunded by somebody else", |order| found(order.total)),
        ("part of a second payment refunded by somebody else", |_| Event::SecondRefundFound {
            provider_id: another(),
            number: "office-2".to_owned(),
            amount: Kopecks::new(10_000),
            at: None,
            is_confirmed: true,
        }),
        ("reserve taken in part by others", |_| Event::ReserveTaken { amount: Kopecks::new(100_000) }),
    ]
}

fn shipped(taken: Option<Kopecks>) -> Event {
    Event::ShipmentRecorded { number: SHIPMENT.to_owned(), taken }
}

fn delayed() -> Event {
    Event::MoneyDelayed { number: RETURN.to_owned(), says: "503".to_owned() }
}

fn refund_sent() -> Event {
    Event::RefundSent { number: RETURN.to_owned() }
}

fn refunded() -> Event {
    Event::RefundRecorded { number: RETURN.to_owned(), by: ReturnedBy::Refund }
}

fn refund_refused() -> Event {
    Event::RefundRefused { number: RETURN.to_owned(), reason: String::new() }
}

fn found(amount: Kopecks) -> Event {
    Event::RefundFound {
        number: "office-1".to_owned(),
        amount,
        lines: Vec::new(),
        at: None,
        is_confirmed: true,
    }
}

/// One step of a story, which may depend on how far the order has come.
type Step = fn(&Order) -> Event;

fn story(mut order: Order, steps: &[Step]) -> Order {
    for step in steps {
        let event = step(&order);
        let outcome = apply_at(&mut order, event.clone(), NOW);
        assert!(matches!(outcome, Outcome::Changed(_)), "{event:?} is no step of a story: {outcome:?}");
    }
    order
}

const CREATED: Step = |_| Event::InvoiceCreated(invoice());
const PAID: Step = |_| paid();
const HELD: Step = |_| paid_by(invoice().provider_id, true);
const START: Step = |order| started(order);
const SENT: Step = |_| Event::ReleaseRequested;
const ACCEPTED: Step = |order| reported(order, StationReport::Accepted);
const REFUSED: Step = |order| reported(order, refused(RefusalKind::Answer));
const FUELLING: Step = |order| reported(order, StationReport::FuellingStarted);
const METER: Step = |order| reported(order, StationReport::Volume(DISPENSED));
const INTERRUPTED: Step = |order| reported(order, refused(RefusalKind::Callback));
const UNREADABLE: Step = |order| reported(order, unreadable());
const FINISHED: Step = |order| reported(order, StationReport::Dispensed(DISPENSED));
const NOTHING: Step = |order| reported(order, StationReport::Dispensed(Centi::ZERO));
const LATE_VOLUME: Step = |_| report(StationReport::Volume(Centi::new(300)));
const LATE_END: Step = |_| report(StationReport::Dispensed(Centi::new(400)));
const LAPSED: Step = |_| Event::ReleaseLapsed;
const WITHDRAWN: Step = |order| Event::Withdrawn { release: last_release(order) };
const STANDS: Step = |order| Event::WithdrawalUnanswered { release: last_release(order) };
const CANCEL: Step = |_| cancel(Canceller::Customer);
const CLOSED: Step = |_| completed_by_operator(DISPENSED);
const SHIPPED: Step = |_| shipped(None);
const DELAYED: Step = |_| delayed();
const REFUND_SENT: Step = |_| refund_sent();
const REFUNDED: Step = |_| refunded();
const REFUND_REFUSED: Step = |_| refund_refused();
const RELEASED: [Step; 5] = [CREATED, PAID, START, SENT, ACCEPTED];

/// A story that goes on after so many steps to a released pump.
fn then(count: usize, more: &[Step]) -> Order {
    story(order(true), &[&RELEASED[..count], more].concat())
}

/// States before a pump is released, of an order with fuel that automation gives.
pub fn waiting_states() -> Vec<Column> {
    let elsewhere: Step = |_| found(Kopecks::new(10_000));
    let twice: Step = |_| paid_by(another(), false);
    vec![
        ("placing", then(0, &[])),
        ("awaiting_payment", then(1, &[])),
        ("awaiting_payment, fuel reported", then(1, &[LATE_END])),
        ("paid", then(2, &[])),
        ("paid, the pump was refused", then(4, &[REFUSED])),
        ("paid, the nozzle was not lifted", then(5, &[LAPSED, WITHDRAWN])),
        ("paid, late fuel flows", then(4, &[REFUSED, LATE_VOLUME])),
        ("paid, late fuel has flowed", then(4, &[REFUSED, LATE_END])),
        ("paid, fuel before the payment", then(1, &[LATE_END, PAID])),
        ("paid, part refunded by somebody else", then(2, &[elsewhere])),
        ("paid twice, the second payment goes back", then(2, &[twice])),
    ]
}

/// States with a release, or with fuel whose volume nobody knows.
pub fn open_states() -> Vec<Column> {
    vec![
        ("authorising, not sent", then(3, &[])),
        ("authorising", then(4, &[])),
        ("authorising, second pump", then(4, &[REFUSED, START, SENT])),
        ("the same, late fuel flows", then(4, &[REFUSED, START, SENT, LATE_VOLUME])),
        ("authorising, being cancelled", then(4, &[CANCEL])),
        ("authorising, lapsed", then(4, &[LAPSED])),
        ("ready", then(5, &[])),
        ("ready, being cancelled", then(5, &[CANCEL])),
        ("ready, the release stands", then(5, &[LAPSED, STANDS])),
        ("fuelling", then(5, &[FUELLING])),
        ("fuelling, the meter at 30.00", then(5, &[METER])),
        ("the same, cancelled by the station", then(5, &[METER, INTERRUPTED])),
        ("the same, end unreadable", then(5, &[METER, UNREADABLE])),
    ]
}

/// Completed orders, with what is left to do about the money.
pub fn completed_states() -> Vec<Column> {
    let held = |more: &[Step]| story(order(true), &[&[CREATED, HELD, START, SENT], more].concat());
    vec![
        ("shipping", then(4, &[FINISHED])),
        ("shipping, of a reserve", held(&[FINISHED])),
        ("refunding the rest", then(4, &[FINISHED, SHIPPED])),
        ("settled", then(4, &[FINISHED, SHIPPED, REFUNDED])),
        ("the same, it does not move", then(4, &[FINISHED, SHIPPED, DELAYED])),
        ("refund refused", then(4, &[FINISHED, SHIPPED, REFUND_REFUSED])),
        ("less than metered", then(4, &[METER, NOTHING])),
        ("another end came late", then(4, &[FINISHED, SHIPPED, LATE_END])),
        (
            "decided anew when the return may have left",
            then(4, &[CANCEL, WITHDRAWN, REFUND_SENT, LATE_END, CLOSED]),
        ),
        ("closed by a person, released", then(5, &[CLOSED])),
        ("the same, the release stands", then(5, &[CLOSED, STANDS])),
        ("nothing dispensed, goods wait", then(4, &[NOTHING])),
        ("the same, of a reserve", held(&[NOTHING])),
    ]
}

/// Other ends.
pub fn ended_states() -> Vec<Column> {
    let over: Step = |_| Event::TimeOver;
    let payable: Step = |_| Event::InvoiceNotWithdrawn { says: "403".to_owned() };
    let sold_out: Step = |order| reported(order, refused(RefusalKind::SoldOut));
    let reversed: Step = |_| Event::PaymentCanceled;
    let failed: Step = |_| Event::InvoiceRefused;
    let other_sum: Step = |_| Event::Paid {
        provider_id: invoice().provider_id,
        held: false,
        paid_at: None,
        amount: Some(Kopecks::new(100)),
    };
    vec![
        ("canceled unpaid", then(1, &[CANCEL])),
        ("canceled paid, returning", then(2, &[CANCEL])),
        ("the same, late fuel has flowed", then(4, &[CANCEL, WITHDRAWN, LATE_END])),
        ("expired", then(1, &[over])),
        ("the same, the invoice can still be paid", then(1, &[over, payable])),
        ("unavailable, returning", then(4, &[sold_out])),
        ("unavailable, returned", then(4, &[sold_out, REFUNDED])),
        ("unavailable, payment reversed", then(2, &[reversed])),
        ("the same, the pump was released", then(5, &[reversed])),
        ("unavailable, another sum paid", then(1, &[other_sum])),
        ("failed", then(0, &[failed])),
    ]
}

/// Where no release is needed: goods and services, or fuel that a cashier gives by hand.
pub fn by_hand_states() -> Vec<Column> {
    let handed_over: Step = all_handed_over;
    let goods = |steps: &[Step]| story(order(false), steps);
    let by_hand = |steps: &[Step]| {
        let mut placement = placement(vec![petrol(Centi::new(3741))]);
        placement.by_hand = true;
        story(Order::place(placement), steps)
    };
    let earlier =
        Order { start_until: None, ..story(of_lines(vec![petrol(Centi::new(3741))]), &[CREATED, PAID]) };
    vec![
        ("goods: awaiting_payment", goods(&[CREATED])),
        ("goods: ready", goods(&[CREATED, PAID])),
        ("goods: completed, shipping", goods(&[CREATED, PAID, handed_over])),
        ("goods: completed, settled", goods(&[CREATED, PAID, handed_over, SHIPPED])),
        ("by hand: awaiting_payment", by_hand(&[CREATED])),
        ("by hand: ready", by_hand(&[CREATED, PAID])),
        ("by hand: completed", by_hand(&[CREATED, PAID, CLOSED])),
        ("of an earlier version: paid", earlier),
    ]
}

pub fn states() -> Vec<(&'static str, Vec<Column>)> {
    vec![
        ("Fuel, before a release", waiting_states()),
        ("Fuel, on the way", open_states()),
        ("Fuel, completed", completed_states()),
        ("Fuel, ended otherwise", ended_states()),
        ("Goods and services, or fuel that a cashier gives by hand", by_hand_states()),
    ]
}

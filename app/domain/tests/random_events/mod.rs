//! Anything that may happen to an order, in any order.

use domain::{
    id::{PumpNumber, Sku},
    money::Kopecks,
    order::{
        Discrepancy, HandedItem, Order, StartReason, Starter,
        machine::{Canceller, Event, RefusalKind, StationReport},
        settlement::{RefundItem, RefundPart, RefundScope, ReturnedBy},
    },
    quantity::Centi,
};
use proptest::{prelude::*, sample::select};
use test_support::{
    order_steps::{cancel, dispensed, refund},
    orders::{handed_over, invoice, paid, paid_by, report, report_of},
};

/// An event, or one that depends on what the order has come to.
#[derive(Clone, Debug)]
pub enum RandomEvent {
    Fixed(Event),
    /// A start of this pump by somebody who has seen so many history entries less than there are.
    Start {
        pump: u16,
        unseen: u32,
    },
}

impl RandomEvent {
    pub fn for_order(&self, order: &Order) -> Event {
        match self {
            Self::Fixed(event) => event.clone(),
            Self::Start { pump, unseen } => Event::StartRequested {
                pump: PumpNumber(*pump),
                seq: order.history_seq().saturating_sub(*unseen),
                by: Starter::Driver,
            },
        }
    }
}

fn payment_events() -> Vec<Event> {
    let another = || "another".to_owned();
    let mut duplicate = invoice();
    duplicate.provider_id = another();
    vec![
        Event::InvoiceCreated(invoice()),
        Event::InvoiceCreated(duplicate),
        Event::InvoiceRefused,
        Event::NumberTaken { next: "AZS12-000451-2".to_owned() },
        Event::CreationUnanswered,
        Event::SumDiffers { amount: Kopecks::new(100), invoice: None },
        Event::LinkRefused { invoice: invoice() },
        Event::PaidSumDiffers { amount: Kopecks::new(100) },
        paid(),
        paid_by(invoice().provider_id, true),
        paid_by(another(), false),
        Event::Paid {
            provider_id: invoice().provider_id,
            held: false,
            paid_at: None,
            amount: Some(Kopecks::new(100)),
        },
        Event::ReserveTaken { amount: Kopecks::new(100_000) },
        Event::PaymentCanceled,
        Event::PaymentRestored { held: false },
        Event::TimeOver,
    ]
}

fn clock_events() -> Vec<Event> {
    vec![
        Event::ReleaseRequested,
        Event::ReleaseRequested,
        Event::ReleaseUnreached { release: 1 },
        Event::StartNotSent { release: 1, reason: StartReason::TooLate },
        Event::StartTimeOver,
        Event::StartOffered,
        Event::ReadyByHand,
        Event::ReleaseLapsed,
        Event::Overdue,
        Event::GoodsTimeOver,
    ]
}

fn people_events() -> Vec<Event> {
    let coffee = |quantity| HandedItem { sku: Sku("coffee".to_owned()), quantity: Centi::units(quantity) };
    vec![
        cancel(Canceller::Customer),
        cancel(Canceller::Operator),
        handed_over(vec![coffee(1)]),
        handed_over(vec![coffee(3)]),
        Event::CompletedByOperator { dispensed: None, items: None },
        handed_over(Vec::new()),
        Event::DiscrepancySettled { what: Discrepancy::ReleaseNotWithdrawn, detail: None },
        Event::DiscrepancySettled { what: Discrepancy::DispensedAfterEnd, detail: None },
    ]
}

fn shipment_events() -> Vec<Event> {
    let ship = || "AZS12-000451-s1".to_owned();
    vec![
        Event::ShipmentRecorded { number: ship(), taken: None },
        Event::ShipmentRecorded { number: ship(), taken: Some(Kopecks::new(400_000)) },
        Event::ShipmentRefused { number: ship(), reason: String::new() },
        Event::ShipmentRetried,
        Event::MoneyDelayed { number: ship(), says: String::new() },
        Event::MoneyUntried { number: ship() },
        Event::InvoiceNotWithdrawn { says: String::new() },
        Event::InvoicesWithdrawn,
    ]
}

fn any_volume() -> impl Strategy<Value = Centi> {
    prop_oneof![-10_i64..=5000, Just(0), Just(3741), Just(3746), Just(i64::MAX), Just(i64::MIN)]
        .prop_map(Centi::new)
}

fn any_report() -> impl Strategy<Value = StationReport> {
    let refused = |kind| StationReport::Refused { reason: String::new(), kind };
    let kinds = [RefusalKind::Answer, RefusalKind::Callback, RefusalKind::SoldOut, RefusalKind::Price];
    let fixed = kinds.map(refused).into_iter().chain([
        StationReport::Accepted,
        StationReport::FuellingStarted,
        StationReport::DispensedUnreadable { text: String::new() },
    ]);
    prop_oneof![
        select(fixed.collect::<Vec<_>>()),
        any_volume().prop_map(StationReport::Volume),
        any_volume().prop_map(StationReport::Dispensed),
    ]
}

fn any_refund() -> impl Strategy<Value = Event> {
    let sum = || (-100_i64..300_000).prop_map(Kopecks::new);
    let part = prop_oneof![sum().prop_map(RefundPart::Amount), any_volume().prop_map(RefundPart::Quantity),];
    let item = (select(vec!["a92", "coffee", "tea"]), part)
        .prop_map(|(sku, part)| RefundItem { sku: Sku(sku.to_owned()), part });
    let scope = prop_oneof![
        2 => Just(RefundScope::Rest),
        1 => sum().prop_map(RefundScope::Amount),
        2 => proptest::collection::vec(item, 0..3).prop_map(RefundScope::Items),
    ];
    (1_u128..4, scope).prop_map(|(key, scope)| refund(key, scope))
}

fn any_refund_answer() -> impl Strategy<Value = Event> {
    let number = || (1_u32..6).prop_map(|n| format!("AZS12-000451-r{n}"));
    let by = select(vec![ReturnedBy::Cancel, ReturnedBy::Refund]);
    let elsewhere = (select(vec!["office-1", "office-2"]), 1_i64..300_000, any::<bool>(), any::<bool>());
    let known = || prop_oneof![4 => number(), 1 => Just("office-1".to_owned())];
    prop_oneof![
        3 => (number(), by).prop_map(|(number, by)| Event::RefundRecorded { number, by }),
        2 => known().prop_map(|number| Event::RefundRefused { number, reason: String::new() }),
        1 => known().prop_map(|number| Event::RefundConfirmed { number }),
        2 => number().prop_map(|number| Event::RefundSent { number }),
        1 => number().prop_map(|number| Event::RefundAbsent { number }),
        1 => number().prop_map(|number| Event::MoneyDelayed { number, says: String::new() }),
        1 => number().prop_map(|number| Event::MoneyUntried { number }),
        1 => number().prop_map(|number| Event::RefundOverdue { number }),
        1 => elsewhere.prop_map(|(number, amount, by_line, is_confirmed)| {
            let amount = Kopecks::new(amount);
            let lines = if by_line { vec![(Sku("coffee".to_owned()), amount)] } else { Vec::new() };
            Event::RefundFound { number: number.to_owned(), amount, lines, at: None, is_confirmed }
        }),
    ]
}

fn any_withdrawal_answer() -> impl Strategy<Value = Event> {
    (1_u32..4, 0_u8..3).prop_map(|(release, kind)| match kind {
        0 => Event::Withdrawn { release },
        1 => Event::WithdrawalRefused { release },
        _ => Event::WithdrawalUnanswered { release },
    })
}

pub fn any_event() -> impl Strategy<Value = RandomEvent> {
    let by_operator =
        any_volume().prop_map(|volume| Event::CompletedByOperator { dispensed: Some(volume), items: None });
    let reports = (1_u32..4, any_report()).prop_map(|(release, report)| report_of(release, report));
    let fixed = prop_oneof![
        3 => select(payment_events()),
        3 => select(clock_events()),
        3 => select(people_events()),
        1 => select(shipment_events()),
        6 => reports,
        1 => by_operator,
        2 => any_refund(),
        3 => any_refund_answer(),
        3 => any_withdrawal_answer(),
    ];
    let start = (select(vec![4_u16, 4, 5]), select(vec![0_u32, 0, 0, 1]));
    prop_oneof![
        8 => fixed.prop_map(RandomEvent::Fixed),
        1 => start.prop_map(|(pump, unseen)| RandomEvent::Start { pump, unseen }),
    ]
}

/// A day as it should go, so that the late statuses are reached as often as the early ones.
pub fn successful_events(with_fuel: bool, held: bool) -> Vec<RandomEvent> {
    let fixed = RandomEvent::Fixed;
    let rest = if with_fuel {
        vec![
            RandomEvent::Start { pump: 4, unseen: 0 },
            fixed(Event::ReleaseRequested),
            fixed(report(StationReport::Accepted)),
            fixed(report(StationReport::FuellingStarted)),
            fixed(report(StationReport::Volume(Centi::new(1000)))),
            fixed(dispensed(3000)),
        ]
    } else {
        vec![fixed(Event::CompletedByOperator { dispensed: None, items: None })]
    };
    let end = [
        fixed(Event::ShipmentRecorded { number: "AZS12-000451-s1".to_owned(), taken: None }),
        fixed(Event::RefundRecorded { number: "AZS12-000451-r1".to_owned(), by: ReturnedBy::Refund }),
    ];
    let payment = paid_by(invoice().provider_id, held);
    [fixed(Event::InvoiceCreated(invoice())), fixed(payment)].into_iter().chain(rest).chain(end).collect()
}

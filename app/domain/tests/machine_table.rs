//! Every event in every state of an order, as a table that people read: `STATES.md`. The test writes it again and
//! compares, so what the machine does can only change together with the table.
//!
//! After a change that is meant: `UPDATE_STATES=1 cargo test -p domain --test machine_table`, and read the diff.

use std::{fmt::Write, fs, path::PathBuf};

use domain::{
    order::{
        Order, Status,
        machine::{Canceller, Effect, Event, Outcome, apply},
        settlement::ReturnedBy,
    },
    quantity::Centi,
};
use test_support::orders::{NOW, invoice, order, paid};

const SHIPMENT: &str = "AZS12-000451-s1";
const RETURN: &str = "AZS12-000451-r1";
/// Less than the 37.41 that were ordered.
const DISPENSED: Centi = Centi::new(3000);

const HEAD: &str = "\
# States of an order

Written by `tests/machine_table.rs` from the machine itself; do not edit by hand.

Rows are events, columns are states. `–` nothing changes, `×` refused, `•` recorded without a new status, otherwise the
new status; after `+` what is done in the world, in this order; after `!` the discrepancy that an operator sees.
";

fn events() -> Vec<(&'static str, Event)> {
    let number = || SHIPMENT.to_owned();
    let back = || RETURN.to_owned();
    let (customer, operator) = (Canceller::Customer, Canceller::Operator);
    let another = || "another".to_owned();
    let mut duplicate = invoice();
    duplicate.provider_id = another();
    vec![
        ("invoice created", Event::InvoiceCreated(invoice())),
        ("another invoice under our number", Event::InvoiceCreated(duplicate)),
        ("invoice refused", Event::InvoiceRefused),
        ("number taken", Event::NumberTaken { next: "AZS12-000451-2".to_owned() }),
        ("paid", paid()),
        ("paid by a reserve", Event::Paid { provider_id: invoice().provider_id, held: true }),
        ("paid, station cannot serve", unservable()),
        ("paid through another invoice", Event::Paid { provider_id: another(), held: false }),
        ("payment cancelled", Event::PaymentCanceled),
        ("time over", Event::TimeOver),
        ("customer cancels", Event::CancelRequested { by: customer }),
        ("operator cancels", Event::CancelRequested { by: operator }),
        ("release withdrawn", Event::Withdrawn),
        ("release not withdrawn", Event::WithdrawalRefused),
        ("withdrawal unanswered", Event::WithdrawalUnanswered),
        ("release requested", Event::ReleaseRequested),
        ("station accepts", Event::StationAccepted),
        ("station refuses", Event::StationRefused { reason: "занято".to_owned() }),
        ("station silent", Event::StationSilent),
        ("release lapsed", Event::ReleaseLapsed),
        ("end missing", Event::EndMissing),
        ("overdue", Event::Overdue),
        ("fuelling starts", Event::FuellingStarted),
        ("volume", Event::Volume(Centi::new(1000))),
        ("dispensed", Event::Dispensed(DISPENSED)),
        ("dispensed nothing", Event::Dispensed(Centi::ZERO)),
        ("dispensed more than paid", Event::Dispensed(Centi::new(3747))),
        ("dispensed, volume unreadable", Event::DispensedUnreadable { text: "много".to_owned() }),
        ("handed over", Event::HandedOver),
        ("operator completes", Event::CompletedByOperator(None)),
        ("operator completes with a volume", Event::CompletedByOperator(Some(DISPENSED))),
        ("operator refunds all", Event::RefundRequested { amount: None, reason: String::new() }),
        ("shipment recorded", Event::ShipmentRecorded { number: number() }),
        ("shipment refused", Event::ShipmentRefused { number: number(), reason: String::new() }),
        ("refund recorded", Event::RefundRecorded { number: back(), by: ReturnedBy::Refund }),
        ("refund refused", Event::RefundRefused { number: back(), reason: String::new() }),
    ]
}

fn unservable() -> Event {
    let provider_id = invoice().provider_id;
    Event::PaidUnservable { provider_id, held: false, reason: "занято".to_owned() }
}

fn story(with_fuel: bool, events: &[Event]) -> Order {
    let mut order = order(with_fuel);
    for event in events {
        let outcome = apply(&mut order, event.clone(), NOW);
        assert!(matches!(outcome, Outcome::Changed(_)), "{event:?} is no step of a story: {outcome:?}");
    }
    order
}

type Column = (&'static str, Order);

/// States on the way, with fuel from a pump that automation releases.
fn open_states() -> Vec<Column> {
    use Event as E;
    let created = E::InvoiceCreated(invoice());
    let cancel = E::CancelRequested { by: Canceller::Customer };
    let ready = [created.clone(), paid(), E::ReleaseRequested, E::StationAccepted];
    let then = |count: usize, more: &[Event]| story(true, &[&ready[..count], more].concat());
    vec![
        ("placing", then(0, &[])),
        ("awaiting_payment", then(1, &[])),
        ("paid", then(2, &[])),
        ("authorising", then(3, &[])),
        ("authorising, being cancelled", then(3, std::slice::from_ref(&cancel))),
        ("ready", then(4, &[])),
        ("ready, being cancelled", then(4, &[cancel])),
        ("ready, lapsed", then(4, &[E::ReleaseLapsed])),
        ("fuelling", then(4, &[E::FuellingStarted])),
        ("fuelling, the meter at 30.00", then(4, &[E::Volume(DISPENSED)])),
        (
            "the same, cancelled by the station",
            then(4, &[E::Volume(DISPENSED), E::StationRefused { reason: "авария".to_owned() }]),
        ),
    ]
}

/// Ends, with what is left to do about the money.
fn ended_states() -> Vec<Column> {
    use Event as E;
    let created = || E::InvoiceCreated(invoice());
    let shipped = || E::ShipmentRecorded { number: SHIPMENT.to_owned() };
    let refunded = || E::RefundRecorded { number: RETURN.to_owned(), by: ReturnedBy::Refund };
    let refused = || E::RefundRefused { number: RETURN.to_owned(), reason: String::new() };
    let completed = |more: &[Event]| {
        let day = [created(), paid(), E::ReleaseRequested, E::Dispensed(DISPENSED)];
        story(true, &[&day[..], more].concat())
    };
    let cancel = E::CancelRequested { by: Canceller::Customer };
    vec![
        ("completed, shipping", completed(&[])),
        ("completed, refunding the rest", completed(&[shipped()])),
        ("completed, settled", completed(&[shipped(), refunded()])),
        ("completed, refund refused", completed(&[shipped(), refused()])),
        ("canceled unpaid", story(true, &[created(), cancel.clone()])),
        ("canceled paid, returning", story(true, &[created(), paid(), cancel])),
        ("expired", story(true, &[created(), E::TimeOver])),
        ("unavailable, returning", story(true, &[created(), unservable()])),
        ("unavailable, returned", story(true, &[created(), unservable(), refunded()])),
        ("unavailable, payment reversed", story(true, &[created(), paid(), E::PaymentCanceled])),
        ("failed", story(true, &[E::InvoiceRefused])),
    ]
}

/// Without fuel, where it differs: no pump is asked, and goods are handed over by a person.
fn goods_states() -> Vec<Column> {
    use Event as E;
    let created = || E::InvoiceCreated(invoice());
    let shipped = || E::ShipmentRecorded { number: SHIPMENT.to_owned() };
    vec![
        ("placing", story(false, &[])),
        ("awaiting_payment", story(false, &[created()])),
        ("ready", story(false, &[created(), paid()])),
        ("completed, shipping", story(false, &[created(), paid(), E::HandedOver])),
        ("completed, settled", story(false, &[created(), paid(), E::HandedOver, shipped()])),
    ]
}

fn cell(before: &Order, after: &Order, outcome: &Outcome) -> String {
    let effects = match outcome {
        Outcome::Unchanged => return "–".to_owned(),
        Outcome::Refused => return "×".to_owned(),
        Outcome::Changed(effects) => effects,
    };
    let mut cell = if before.status == after.status { "•" } else { after.status.name() }.to_owned();
    for (mark, effect) in ["+", ","].iter().chain(std::iter::repeat(&",")).zip(effects) {
        let _ = write!(cell, "{}{mark} {}", if *mark == "+" { " " } else { "" }, effect.name());
    }
    for recorded in after.discrepancies.iter().skip(before.discrepancies.len()) {
        let _ = write!(cell, " ! {}", recorded.what.name());
    }
    cell
}

fn table(title: &str, columns: &[Column]) -> String {
    let mut text = format!("\n## {title}\n\n| |");
    for (name, _) in columns {
        let _ = write!(text, " {name} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(columns.len()));
    for (name, event) in events() {
        let _ = write!(text, "\n| {name} |");
        for (state, before) in columns {
            let mut after = before.clone();
            let outcome = apply(&mut after, event.clone(), NOW);
            match outcome {
                Outcome::Changed(_) => assert!(after.seq > before.seq, "{state} × {name}"),
                _ => assert_eq!(after, *before, "{state} × {name} changed nothing"),
            }
            let _ = write!(text, " {} |", cell(before, &after, &outcome));
        }
    }
    text.push('\n');
    text
}

fn states() -> Vec<(&'static str, Vec<Column>)> {
    vec![
        ("Fuel, on the way", open_states()),
        ("Fuel, ended", ended_states()),
        ("Goods and services, or fuel that a cashier releases, where it differs", goods_states()),
    ]
}

#[test]
fn every_event_in_every_state_matches_the_table() {
    let written: String = states().iter().map(|(title, columns)| table(title, columns)).collect();
    let written = format!("{HEAD}{written}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("STATES.md");
    if std::env::var_os("UPDATE_STATES").is_some() {
        fs::write(&path, &written).expect("STATES.md can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    for (kept, written) in kept.lines().zip(written.lines()) {
        assert_eq!(kept, written, "the machine and STATES.md differ: see the head of this test");
    }
    assert_eq!(kept, written);
}

#[test]
fn the_table_covers_every_status_and_every_effect() {
    let states = states();
    let columns: Vec<&Column> = states.iter().flat_map(|(_, columns)| columns).collect();
    for status in Status::ALL {
        assert!(columns.iter().any(|(_, order)| order.status == status), "{}", status.name());
    }
    let text: String = states.iter().map(|(title, columns)| table(title, columns)).collect();
    // The first effect of all comes with the placing itself.
    for effect in Effect::ALL.into_iter().filter(|effect| *effect != Effect::CreateInvoice) {
        assert!(text.contains(effect.name()), "{}", effect.name());
    }
    for what in domain::order::Discrepancy::ALL {
        assert!(text.contains(what.name()), "{}", what.name());
    }
}

/// The answer to the creation may come last: after the payment, the cancellation, the end of time.
#[test]
fn a_late_invoice_is_kept_and_withdrawn_when_it_must_not_be_paid() {
    for (state, before) in open_states().into_iter().chain(ended_states()) {
        let mut order = before;
        order.invoice = None;
        let outcome = apply(&mut order, Event::InvoiceCreated(invoice()), NOW);
        assert_eq!(order.invoice, Some(invoice()), "{state}");
        let withdrawn = matches!(&outcome, Outcome::Changed(effects) if effects == &[Effect::CancelInvoice]);
        let dead = matches!(order.status, Status::Canceled | Status::Expired | Status::Failed);
        assert_eq!(withdrawn, dead, "{state}");
    }
}

#[test]
fn a_repeated_event_changes_nothing() {
    for (_, columns) in states() {
        for (state, before) in columns {
            for (name, event) in events() {
                // A second refund is another one; a reading may well follow the start of fuelling.
                if matches!(event, Event::RefundRequested { .. }) {
                    continue;
                }
                let mut order = before.clone();
                let _ = apply(&mut order, event.clone(), NOW);
                let once = order.clone();
                let again = apply(&mut order, event, NOW);
                assert!(!matches!(again, Outcome::Changed(_)), "{state} × {name}: {again:?}");
                assert_eq!(order, once, "{state} × {name}");
            }
        }
    }
}

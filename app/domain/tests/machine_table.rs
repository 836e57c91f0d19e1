//! Every status against every event. A cell says what comes of it:
//! `-` nothing, `x` refused, `.` noted without a new status, otherwise the new status; after `+` the effects:
//! `I` cancel the invoice, `A` authorise, `W` withdraw the authorisation, `N` announce, `R` return the money.

mod order_fixture;

use domain::{
    order::{
        Order, Status,
        machine::{Canceller, Effect, Event, Outcome, apply},
    },
    quantity::Centi,
};
use order_fixture::{NOW, ORDERED, invoice, order};

fn events() -> [(&'static str, Event); 16] {
    [
        ("invoice created", Event::InvoiceCreated(invoice())),
        ("invoice refused", Event::InvoiceRefused),
        ("paid", Event::Paid { provider_id: invoice().provider_id }),
        ("payment cancelled", Event::PaymentCanceled),
        ("time over", Event::TimeOver),
        ("customer cancels", Event::CancelRequested { by: Canceller::Customer }),
        ("operator cancels", Event::CancelRequested { by: Canceller::Operator }),
        ("authorisation sent", Event::AuthorisationSent),
        ("station accepts", Event::StationAccepted),
        ("station refuses", Event::StationRefused { reason: "занято".to_owned() }),
        ("station silent", Event::StationSilent),
        ("fuelling starts", Event::FuellingStarted),
        ("volume", Event::Volume(Centi::new(1000))),
        ("dispensed", Event::Dispensed(ORDERED)),
        ("handed over", Event::HandedOver),
        ("return refused", Event::ReturnRefused),
    ]
}

/// With fuel. Columns as in [`events`]. The invoice is known in every status but `placing` and `failed`.
#[rustfmt::skip]
const FUEL: [(Status, [&str; 16]); 11] = [
    //                          created     refused   paid             pay cancelled    over         customer      operator      sent           accepts  refuses          silent            starts      volume      dispensed    handed  return refused
    (Status::Placing,         ["awaiting_payment", "failed", "paid+A", "canceled",      "expired",   "canceled",   "canceled",   "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::AwaitingPayment, ["-",         "-",      "paid+A",        "canceled",      "expired+I", "canceled+I", "canceled+I", "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::Paid,            ["-",         "-",      "-",             "unavailable+W", "-",         "x",          "x",          "authorising", "-",     "unavailable+R", "unavailable+WR", "-",        "-",        "completed", "x",    "."]),
    (Status::Authorising,     ["-",         "-",      "-",             "unavailable+W", "-",         "x",          "x",          "-",           "ready", "unavailable+R", "unavailable+WR", "fuelling", "fuelling", "completed", "x",    "."]),
    (Status::Ready,           ["-",         "-",      "-",             "unavailable+W", "-",         "x",          "x",          "-",           "-",     "unavailable+R", "-",              "fuelling", "fuelling", "completed", "x",    "."]),
    (Status::Fuelling,        ["-",         "-",      "-",             ".",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        ".",        "completed", "x",    "."]),
    (Status::Completed,       ["-",         "-",      "-",             ".",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        "-",        "-",         "-",    "."]),
    (Status::Canceled,        ["-",         "-",      "unavailable+R", "-",             "-",         "-",          "-",          "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::Expired,         ["-",         "-",      "unavailable+R", "-",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::Unavailable,     ["-",         "-",      "-",             "-",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::Failed,          [".+I",       "-",      "unavailable+R", "-",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
];

/// Without fuel, where it differs: no pump is asked, and goods are handed over by a person.
#[rustfmt::skip]
const GOODS: [(Status, [&str; 16]); 4] = [
    (Status::Placing,         ["awaiting_payment", "failed", "ready+N", "canceled",     "expired",   "canceled",   "canceled",   "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::AwaitingPayment, ["-",         "-",      "ready+N",       "canceled",      "expired+I", "canceled+I", "canceled+I", "-",           "-",     "-",             "-",              "-",        "-",        ".",         "x",    "."]),
    (Status::Ready,           ["-",         "-",      "-",             "unavailable",   "-",         "x",          "x",          "-",           "-",     "unavailable+R", "-",              "-",        "-",        ".",         "completed", "."]),
    (Status::Completed,       ["-",         "-",      "-",             ".",             "-",         "x",          "x",          "-",           "-",     "-",             "-",              "-",        "-",        ".",         "-",    "."]),
];

fn at(status: Status, with_fuel: bool) -> Order {
    let mut order = order(with_fuel);
    order.status = status;
    order.invoice = (!matches!(status, Status::Placing | Status::Failed)).then(invoice);
    order.dispensed = (with_fuel && status == Status::Completed).then_some(ORDERED);
    order
}

fn cell(before: &Order, after: &Order, outcome: &Outcome) -> String {
    let effects = match outcome {
        Outcome::Unchanged => return "-".to_owned(),
        Outcome::Refused => return "x".to_owned(),
        Outcome::Changed(effects) => effects,
    };
    let status = if before.status == after.status { "." } else { after.status.name() };
    let letters: String = effects
        .iter()
        .map(|effect| match effect {
            Effect::CreateInvoice => 'C',
            Effect::CancelInvoice => 'I',
            Effect::Authorise => 'A',
            Effect::WithdrawAuthorisation => 'W',
            Effect::Announce => 'N',
            Effect::ReturnMoney => 'R',
        })
        .collect();
    if letters.is_empty() { status.to_owned() } else { format!("{status}+{letters}") }
}

fn wrong_cells(table: &[(Status, [&str; 16])], with_fuel: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (status, row) in table {
        for ((name, event), expected) in events().into_iter().zip(row) {
            let before = at(*status, with_fuel);
            let mut after = before.clone();
            let outcome = apply(&mut after, event, NOW);
            let found = cell(&before, &after, &outcome);
            if found != *expected {
                wrong.push(format!("{} × {name}: expected {expected}, found {found}", status.name()));
            }
            match outcome {
                Outcome::Changed(_) => assert!(after.seq > before.seq, "{} × {name}", status.name()),
                _ => assert_eq!(after, before, "{} × {name} changed nothing", status.name()),
            }
        }
    }
    wrong
}

#[test]
fn every_event_in_every_status_does_what_the_table_says() {
    let rows: Vec<Status> = FUEL.iter().map(|(status, _)| *status).collect();
    assert_eq!(rows, Status::ALL, "the table knows every status");
    assert_eq!(wrong_cells(&FUEL, true), Vec::<String>::new());
    assert_eq!(wrong_cells(&GOODS, false), Vec::<String>::new());
}

/// The answer to the creation may come last: after the payment, the cancellation, the end of time.
#[test]
fn an_invoice_that_is_told_late_is_kept_and_withdrawn_where_nobody_may_pay_it() {
    for status in Status::ALL {
        let mut order = at(status, true);
        order.invoice = None;
        let outcome = apply(&mut order, Event::InvoiceCreated(invoice()), NOW);
        assert_eq!(order.invoice, Some(invoice()), "{}", status.name());
        let withdrawn = matches!(&outcome, Outcome::Changed(effects) if effects == &[Effect::CancelInvoice]);
        let dead = matches!(status, Status::Canceled | Status::Expired | Status::Failed);
        assert_eq!(withdrawn, dead, "{}", status.name());
    }
}

#[test]
fn the_same_fact_told_again_changes_nothing() {
    for (status, row) in FUEL {
        for ((name, event), cell) in events().into_iter().zip(row) {
            // Running fuel may well be reported again: `Volume` after `FuellingStarted` is another fact.
            if cell == "-" || cell == "x" {
                continue;
            }
            let mut order = at(status, true);
            let _ = apply(&mut order, event.clone(), NOW);
            let once = order.clone();
            let again = apply(&mut order, event, NOW);
            assert!(!matches!(again, Outcome::Changed(_)), "{} × {name}: {again:?}", status.name());
            assert_eq!(order, once, "{} × {name}", status.name());
        }
    }
}

#[test]
fn a_reading_below_zero_is_a_reading_of_zero() {
    let mut order = at(Status::Fuelling, true);
    let _ = apply(&mut order, Event::Dispensed(Centi::new(-5)), NOW);
    assert_eq!((order.status, order.dispensed), (Status::Completed, Some(Centi::ZERO)));
    assert_eq!(order.final_total().map(domain::money::Kopecks::get), Some(29_800), "the coffee is paid");
}

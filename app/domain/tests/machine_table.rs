//! Every event in every state of an order, as a table that people read: `STATES.md`. The test writes it again and
//! compares, so what the machine does can only change together with the table.
//!
//! After a change that is meant: `UPDATE_STATES=1 cargo test -p domain --test machine_table`, and read the diff.

mod states;

use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf};

use domain::order::{
    Discrepancy, Order, Status,
    machine::{Effect, Event, Outcome},
};
use states::{
    Column,
    kinds::{EVENT_KINDS, kind_of},
    rows, states,
};
use test_support::orders::{NOW, apply_at, invoice};

const HEAD: &str = "\
# States of an order

Written by `tests/machine_table.rs` from the machine itself; do not edit by hand.

Rows are events, columns are states. `–` nothing changes, `×` refused, `•` recorded without a new status, otherwise the
new status; after `+` what is done in the world, in this order; after `!` the discrepancy that an operator sees, after
`✓` one that is closed; `‖` the money is held from now on, `→` no longer.

What a station reports is about the release that is open or ended last, unless the row names the first one.
";

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
    let new = |these: &Order, those: &Order| {
        let is_new = |one: &&domain::order::RecordedDiscrepancy| !those.discrepancies.contains(one);
        these.discrepancies.iter().filter(is_new).map(|one| one.what.name()).collect::<Vec<_>>()
    };
    for (mark, names) in [("!", new(after, before)), ("✓", new(before, after))] {
        for name in names {
            let _ = write!(cell, " {mark} {name}");
        }
    }
    match (before.hold, after.hold) {
        (None, Some(_)) => cell.push_str(" ‖"),
        (Some(_), None) => cell.push_str(" →"),
        _ => {}
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
    for row in rows() {
        let name = row.name;
        let _ = write!(text, "\n| {name} |");
        for (state, before) in columns {
            let mut after = before.clone();
            let outcome = apply_at(&mut after, (row.event)(before), NOW + row.after);
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
fn the_table_covers_every_status_every_event_and_every_effect() {
    let states = states();
    let columns: Vec<&Column> = states.iter().flat_map(|(_, columns)| columns).collect();
    for status in Status::ALL {
        assert!(columns.iter().any(|(_, order)| order.status == status), "{}", status.name());
    }
    let placed = &columns[0].1;
    let kinds: BTreeSet<usize> = rows().iter().map(|row| kind_of(&(row.event)(placed))).collect();
    assert!(kinds.into_iter().eq(0..EVENT_KINDS), "each kind of event has a row");
    let text: String = states.iter().map(|(title, columns)| table(title, columns)).collect();
    // The first effect of all comes with the placing itself.
    for effect in Effect::ALL.into_iter().filter(|effect| *effect != Effect::CreateInvoice) {
        assert!(text.contains(effect.name()), "{}", effect.name());
    }
    // Only earlier versions closed an order at the last reading by themselves.
    for what in Discrepancy::ALL.into_iter().filter(|what| *what != Discrepancy::SettledAtLastReading) {
        assert!(text.contains(what.name()), "{}", what.name());
    }
}

/// The answer to the creation may come last: after the payment, the cancellation, the end of time.
#[test]
fn a_late_invoice_is_kept_and_withdrawn_when_it_must_not_be_paid() {
    for (state, before) in states().into_iter().flat_map(|(_, columns)| columns) {
        let mut order = before;
        order.invoice = None;
        let outcome = apply_at(&mut order, Event::InvoiceCreated(invoice()), NOW);
        assert_eq!(order.invoice, Some(invoice()), "{state}");
        let withdrawn = matches!(&outcome, Outcome::Changed(effects) if effects == &[Effect::CancelInvoice]);
        let dead = matches!(order.status, Status::Canceled | Status::Expired | Status::Failed);
        assert_eq!(withdrawn, dead, "{state}");
    }
}

#[test]
fn a_repeated_event_changes_nothing() {
    for (state, before) in states().into_iter().flat_map(|(_, columns)| columns) {
        for row in rows() {
            let (name, event) = (row.name, (row.event)(&before));
            // Each is a look that has found no effect: the next finds the one that it has got.
            if matches!(event, Event::MoneyUntried { .. }) {
                continue;
            }
            let mut order = before.clone();
            let _ = apply_at(&mut order, event.clone(), NOW + row.after);
            let once = order.clone();
            let again = apply_at(&mut order, event, NOW + row.after);
            assert!(!matches!(again, Outcome::Changed(_)), "{state} × {name}: {again:?}");
            assert_eq!(order, once, "{state} × {name}");
        }
    }
}

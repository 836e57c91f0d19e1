//! Stored bodies of orders, effects and discrepancies, as databases hold them: they outlive the names in the code.

use domain::order::{Discrepancy, Order, Status, machine::Effect};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

/// One order a line: being cancelled, completed with a refused shipment and a duplicate invoice, expired.
const ORDERS: &str = include_str!("data/stored_orders.jsonl");

#[test]
fn a_stored_order_is_read_and_written_unchanged() {
    for (index, line) in ORDERS.lines().enumerate() {
        let order: Result<Order, _> = serde_json::from_str(line);
        let written = order.and_then(|order| serde_json::to_string(&order));
        assert_eq!(written.unwrap_or_else(|error| error.to_string()), line, "line {index}");
    }
}

#[test]
fn a_duplicate_invoice_is_known_by_its_stored_name() {
    let with_duplicate = ORDERS.lines().filter_map(|line| serde_json::from_str::<Order>(line).ok());
    let counts: Vec<usize> = with_duplicate.map(|order| order.duplicate_invoices.len()).collect();
    assert_eq!(counts, [1, 1, 0]);
}

/// Everything below is in columns and bodies of databases: a name changes only with a migration that rewrites it.
const STATUSES: [&str; 11] = [
    "placing",
    "awaiting_payment",
    "paid",
    "authorising",
    "ready",
    "fuelling",
    "completed",
    "canceled",
    "expired",
    "unavailable",
    "failed",
];
const EFFECTS: [&str; 10] = [
    "create_invoice",
    "cancel_invoice",
    "cancel_twins",
    "authorise",
    "withdraw_authorisation",
    "report_end",
    "announce",
    "ship",
    "refund",
    "return_money",
];
const DISCREPANCIES: [&str; 16] = [
    "paid_after_end",
    "paid_twice",
    "twin_invoices",
    "number_taken",
    "payment_reversed",
    "dispensed_more_than_paid",
    "dispensed_less_than_metered",
    "dispensed_after_end",
    "dispensed_unpaid",
    "volume_unreadable",
    "station_gave_up",
    "settled_at_last_reading",
    "release_stands",
    "not_finished",
    "shipment_refused",
    "refund_refused",
];

#[test]
fn statuses_keep_their_stored_names() {
    assert_eq!(Status::ALL.map(Status::name), STATUSES);
    assert_names_in_bodies(&Status::ALL, &STATUSES);
}

#[test]
fn effects_keep_their_stored_names() {
    assert_eq!(Effect::ALL.map(Effect::name), EFFECTS);
    assert_eq!(EFFECTS.map(Effect::parse), Effect::ALL.map(Some));
    assert_names_in_bodies(&Effect::ALL, &EFFECTS);
}

#[test]
fn discrepancies_keep_their_stored_names() {
    assert_eq!(Discrepancy::ALL.map(Discrepancy::name), DISCREPANCIES);
    assert_eq!(DISCREPANCIES.map(Discrepancy::parse), Discrepancy::ALL.map(Some));
    assert_names_in_bodies(&Discrepancy::ALL, &DISCREPANCIES);
}

/// Bodies have the same names as columns, and no others.
fn assert_names_in_bodies<T: Serialize + DeserializeOwned>(all: &[T], names: &[&str]) {
    assert_eq!(json!(all), json!(names));
    let error =
        serde_json::from_value::<T>(json!("?")).err().map(|error| error.to_string()).unwrap_or_default();
    let known: Vec<_> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(known, names, "the names that are read, in the order of the variants");
}

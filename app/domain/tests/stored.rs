//! Stored bodies of orders, effects and discrepancies, as databases hold them: they outlive the names in the code.

use domain::order::{Discrepancy, Order, machine::Effect};
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

#[test]
fn effects_and_discrepancies_have_one_name_in_columns_and_bodies() {
    for effect in Effect::ALL {
        assert_eq!(json!(effect), json!(effect.name()));
        assert_eq!(Effect::parse(effect.name()), Some(effect));
    }
    for discrepancy in Discrepancy::ALL {
        assert_eq!(json!(discrepancy), json!(discrepancy.name()));
        assert_eq!(Discrepancy::parse(discrepancy.name()), Some(discrepancy));
    }
    assert_eq!(Effect::CancelDuplicates.name(), "cancel_twins");
    assert_eq!(Discrepancy::DuplicateInvoices.name(), "twin_invoices");
}

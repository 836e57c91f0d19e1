//! What tests read of an order.

use domain::{
    order::{Discrepancy, Order, settlement::Progress},
    quantity::Centi,
};
use test_support::orders::{of_lines, petrol};

/// An order of 40 l of petrol alone, at 62.37 a litre.
pub fn only_fuel() -> Order {
    of_lines(vec![petrol(Centi::new(4000))])
}

/// Why its money is held.
pub fn hold_cause(order: &Order) -> Option<Discrepancy> {
    order.hold.map(|hold| hold.cause)
}

/// Kinds of open discrepancies.
pub fn kinds(order: &Order) -> Vec<Discrepancy> {
    order.discrepancies.iter().map(|one| one.what).collect()
}

/// Sum and state of each return.
pub fn amounts(order: &Order) -> Vec<(i64, Progress)> {
    order.settlement.returns.iter().map(|back| (back.amount.get(), back.state)).collect()
}

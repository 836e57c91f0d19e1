//! What tests read of an order.

use domain::{
    order::{Discrepancy, Order},
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

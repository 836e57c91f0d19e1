//! Opening and closing the discrepancies of an order.

use super::{Outcome, Transition};
use crate::order::{Discrepancy, RecordedDiscrepancy};

/// Open discrepancies of an order among which a kind may come again.
pub const MAX_DISCREPANCIES: usize = 20;
/// Longest detail that is kept of one, in characters.
const MAX_DETAIL_CHARS: usize = 200;

impl Transition<'_> {
    pub(super) fn changed_by_discrepancy(&mut self, what: Discrepancy, detail: String) -> Outcome {
        if self.record_discrepancy(what, detail) { self.changed([]) } else { Outcome::Unchanged }
    }

    /// Records a discrepancy, unless one of this kind and detail is open, and returns whether it did. Only the first of a
    /// kind is recorded beyond the limit; so each order has a bounded number of open ones, whatever a station reports
    /// and however often.
    pub(super) fn record_discrepancy(&mut self, what: Discrepancy, detail: String) -> bool {
        let detail: String = detail.chars().take(MAX_DETAIL_CHARS).collect();
        let open = &mut self.order.discrepancies;
        let is_known = open.iter().any(|one| one.what == what && one.detail == detail);
        let is_full = open.len() >= MAX_DISCREPANCIES && open.iter().any(|one| one.what == what);
        let is_new = !is_known && !is_full;
        if is_new {
            open.push(RecordedDiscrepancy { what, at: self.now, detail });
        }
        is_new
    }

    /// Closes the open discrepancies of a kind, and returns whether there were any.
    pub(super) fn close_discrepancies(&mut self, what: Discrepancy) -> bool {
        let before = self.order.discrepancies.len();
        self.order.discrepancies.retain(|one| one.what != what);
        self.order.discrepancies.len() < before
    }

    /// An operator has dealt with the discrepancies of a kind. What holds the money is settled by deciding about it.
    pub(super) fn settle_discrepancies(&mut self, what: Discrepancy) -> Outcome {
        if self.order.hold.is_some_and(|hold| hold.cause == what) {
            return Outcome::Refused;
        }
        if self.close_discrepancies(what) { self.changed([]) } else { Outcome::Unchanged }
    }
}

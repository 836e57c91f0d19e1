//! Opening and closing the discrepancies of an order.

use super::{Effect, Outcome, Transition, late_reports::report_detail};
use crate::{
    money::Kopecks,
    order::{Discrepancy, RecordedDiscrepancy, settlement::Progress},
};

/// Open discrepancies of an order among which a kind may come again.
pub const MAX_DISCREPANCIES: usize = 20;
/// What is said of money that Invoicebox has accepted to return, and does not.
pub(super) const ACCEPTED: &str = "accepted, and not carried out";
/// Longest detail that is kept of one, in characters.
const MAX_DETAIL_CHARS: usize = 200;

impl Transition<'_> {
    pub(super) fn changed_by_discrepancy(&mut self, what: Discrepancy, detail: String) -> Outcome {
        if self.record_discrepancy(what, detail) { self.changed([]) } else { Outcome::Unchanged }
    }

    /// Records a discrepancy, unless one of this kind and detail is open, and returns whether it did. Only the first of a
    /// kind is recorded beyond the limit, and what is owed; so each order has a bounded number of open ones, whatever a station reports
    /// and however often.
    pub(super) fn record_discrepancy(&mut self, what: Discrepancy, detail: String) -> bool {
        let detail: String = detail.chars().take(MAX_DETAIL_CHARS).collect();
        let open = &mut self.order.discrepancies;
        let is_known = open.iter().any(|one| one.what == what && one.detail == detail);
        let is_full = open.len() >= MAX_DISCREPANCIES
            && what != Discrepancy::MoneyOwed
            && open.iter().any(|one| one.what == what);
        let is_new = !is_known && !is_full;
        if is_new {
            open.push(RecordedDiscrepancy { what, at: self.now, detail });
        }
        is_new
    }

    /// Keeps what is said of owed money in step with it: a line for each refused return under its number until it has gone,
    /// and none about money that has moved.
    pub(super) fn name_owed_money(&mut self) {
        let head_of = |number: &str, amount: Kopecks| format!("{number} {}:", amount.to_decimal());
        let refused = self.order.settlement.refused();
        let refused: Vec<_> = refused.iter().map(|(number, amount)| head_of(number, *amount)).collect();
        let pending = self.order.pending_money();
        let mut pending: Vec<_> = pending.map(|money| head_of(money.number, money.amount)).collect();
        let accepted = self.order.settlement.unconfirmed();
        pending.extend(accepted.map(|(number, amount)| format!("{} {ACCEPTED}", head_of(number, amount))));
        let is_of = |one: &RecordedDiscrepancy, heads: &[String]| {
            heads.iter().any(|head| one.detail.starts_with(head.as_str()))
        };
        let is_over = |one: &mut RecordedDiscrepancy| match one.what {
            Discrepancy::MoneyOwed => !is_of(one, &pending),
            Discrepancy::RefundRefused => !is_of(one, &refused),
            _ => false,
        };
        let closed: Vec<_> = self.order.discrepancies.extract_if(.., is_over).collect();
        self.close_refusal_of_given_up();
        let names_it = |what| matches!(what, Discrepancy::RefundRefused | Discrepancy::MoneyOwed);
        for head in refused {
            let mut open = self.order.discrepancies.iter().filter(|one| names_it(one.what));
            if !open.any(|one| one.detail.starts_with(&head)) {
                // Under another number, or of another sum, than it was refused first.
                let before = closed.iter().rfind(|one| one.what == Discrepancy::RefundRefused);
                let (at, reason) =
                    before.map_or((self.now, "refused before"), |one| (one.at, one.words_of_other_side()));
                let (what, detail) = (Discrepancy::RefundRefused, format!("{head} {reason}"));
                self.order.discrepancies.push(RecordedDiscrepancy { what, at, detail });
            }
        }
    }

    /// A reserve that is back as a whole needs no documents, which Invoicebox had refused.
    fn close_refusal_of_given_up(&mut self) {
        let settlement = &self.order.settlement;
        let is_back = settlement.returns.iter().all(|back| back.state == Progress::Done)
            && self.order.is_returned_as_a_whole();
        if is_back && self.order.is_reserve_unshipped() && !settlement.is_reversed() {
            self.close_discrepancies(Discrepancy::ShipmentRefused);
        }
    }

    /// What Invoicebox says now of a refused return takes the place of what it said before.
    pub(super) fn replace_refusal(&mut self, number: &str, detail: String) {
        self.close_refusal(number);
        let (what, at) = (Discrepancy::RefundRefused, self.now);
        let detail = detail.chars().take(MAX_DETAIL_CHARS).collect();
        self.order.discrepancies.push(RecordedDiscrepancy { what, at, detail });
    }

    pub(super) fn close_refusal(&mut self, number: &str) {
        let is_it =
            |one: &RecordedDiscrepancy| one.what == Discrepancy::RefundRefused && one.is_about(number);
        self.order.discrepancies.retain(|one| !is_it(one));
    }

    /// Closes the open discrepancies of a kind, and returns whether there were any.
    pub(super) fn close_discrepancies(&mut self, what: Discrepancy) -> bool {
        let before = self.order.discrepancies.len();
        self.order.discrepancies.retain(|one| one.what != what);
        self.order.discrepancies.len() < before
    }

    /// Closes the open discrepancies of a kind that a release's reports have made.
    pub(super) fn close_reports_of(&mut self, release: u32, what: Discrepancy) {
        let prefix = report_detail(release, "");
        self.order.discrepancies.retain(|one| one.what != what || !one.detail.starts_with(&prefix));
    }

    /// Whether a release's reports have made a discrepancy of this kind that is open.
    pub(super) fn has_reports_of(&self, release: u32, what: Discrepancy) -> bool {
        let prefix = report_detail(release, "");
        self.order.discrepancies.iter().any(|one| one.what == what && one.detail.starts_with(&prefix))
    }

    /// An operator has dealt with a discrepancy, or with all of a kind. What holds the money, and what is owed, is settled by
    /// deciding about it.
    pub(super) fn settle_discrepancies(&mut self, what: Discrepancy, detail: Option<&str>) -> Outcome {
        if self.is_about_money(what, detail) {
            return Outcome::Refused;
        }
        let before = self.order.discrepancies.len();
        let is_meant =
            |one: &RecordedDiscrepancy| one.what == what && detail.is_none_or(|detail| one.detail == detail);
        self.order.discrepancies.retain(|one| !is_meant(one));
        if self.order.discrepancies.len() == before {
            return Outcome::Unchanged;
        }
        // Settling ends the discrepancy, not the looking: a withdrawal that is still wanted is asked for again.
        let is_wanted = self.order.cancellation.is_some() || self.order.status.is_final();
        let withdraw = what == Discrepancy::ReleaseNotWithdrawn && is_wanted && self.order.has_sent_release();
        self.changed(withdraw.then_some(Effect::WithdrawRelease))
    }

    /// Whether money waits for a decision that these discrepancies ask for.
    fn is_about_money(&self, what: Discrepancy, detail: Option<&str>) -> bool {
        if self.order.hold.is_some_and(|hold| hold.cause == what) {
            return true;
        }
        let is_meant =
            |one: &&RecordedDiscrepancy| one.what == what && detail.is_none_or(|detail| one.detail == detail);
        match what {
            Discrepancy::RefundRefused => {
                let mut meant = self.order.discrepancies.iter().filter(is_meant);
                let refused = self.order.settlement.refused();
                meant.any(|one| refused.iter().any(|(number, _)| one.is_about(number)))
            }
            Discrepancy::ShipmentRefused => {
                self.order.is_reserve_unshipped() && !self.order.is_returned_as_a_whole()
            }
            _ => false,
        }
    }
}

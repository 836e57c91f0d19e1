//! Money that waits because nobody knows how much fuel has flowed.

use super::{Effect, Transition, returns};
use crate::order::{
    Discrepancy, MoneyHold,
    settlement::{Cause, Progress},
};

impl Transition<'_> {
    /// Holds what has not left yet, and records why. Returns whether anything is new.
    pub(super) fn hold(&mut self, cause: Discrepancy, detail: String) -> bool {
        let is_new = self.record_discrepancy(cause, detail);
        if self.order.hold.is_some() || !self.has_money_to_hold() {
            return is_new;
        }
        self.order.hold = Some(MoneyHold { since: self.now, cause });
        true
    }

    /// Holds what has not left yet until the station has withdrawn the release: no discrepancy while it is asked.
    pub(super) fn hold_until_withdrawn(&mut self) {
        if self.order.hold.is_none() && self.has_money_to_hold() {
            self.order.hold = Some(MoneyHold { since: self.now, cause: Discrepancy::ReleaseNotWithdrawn });
        }
    }

    /// Whether there is money of this order that may still leave.
    fn has_money_to_hold(&self) -> bool {
        let settlement = &self.order.settlement;
        let is_open = !self.order.status.is_final() || !settlement.is_decided();
        settlement.payment.is_some()
            && !settlement.is_reversed()
            && (is_open || settlement.pending_returns().next().is_some())
    }

    /// Ends the hold because somebody has decided, and lets go what was decided before it.
    pub(super) fn release_hold(&mut self) -> Vec<Effect> {
        let Some(hold) = self.order.hold.take() else { return Vec::new() };
        self.close_discrepancies(hold.cause);
        if !self.order.status.is_final() {
            return Vec::new();
        }
        if !self.order.settlement.is_decided() {
            return returns::settle(self.order, self.now);
        }
        let mut pending = self.order.settlement.pending_returns();
        match pending.next() {
            Some(back) if back.cause == Cause::Everything => vec![Effect::ReturnMoney],
            // The shipment that is under way lets the rest go.
            Some(_) if self.is_shipping() => Vec::new(),
            Some(_) => vec![Effect::Refund],
            None => Vec::new(),
        }
    }

    fn is_shipping(&self) -> bool {
        self.order.settlement.shipment.as_ref().is_some_and(|it| it.state == Progress::UnderWay)
    }

    /// Drops returns that were decided before the hold and have not left, so that they can be decided anew. `false`: some
    /// of the money or the documents have left already.
    pub(super) fn undo_decision(&mut self) -> bool {
        let settlement = &mut self.order.settlement;
        let has_left = settlement.shipment.is_some()
            || settlement
                .returns
                .iter()
                .any(|back| back.state == Progress::Done && back.cause != Cause::Elsewhere);
        if has_left {
            return false;
        }
        settlement.returns.retain(|back| back.cause == Cause::Elsewhere);
        true
    }
}

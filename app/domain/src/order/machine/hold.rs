//! Money that waits because nobody knows how much fuel has flowed.

use super::{Effect, Transition, late_reports::report_detail, returns};
use crate::{
    money::Kopecks,
    order::{
        Discrepancy, MoneyHold, RecordedDiscrepancy,
        settlement::{Cause, Payment, Progress, Return, Shipment},
    },
};

/// Discrepancies about fuel of which a person has to say what it means; each holds the money while it is open. In the order
/// in which an operator has to read them.
const UNCERTAIN_FUEL: [Discrepancy; 6] = [
    Discrepancy::FuellingCancelledByStation,
    Discrepancy::VolumeUnreadable,
    Discrepancy::FuelAfterRelease,
    Discrepancy::DispensedAfterEnd,
    Discrepancy::DispensedLessThanMetered,
    Discrepancy::DispensedUnpaid,
];

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

    /// Holds the money of an order for which uncertain fuel was reported before the money was there, whatever was noted about
    /// it since: nobody could say what it means for money that was not there.
    pub(super) fn hold_for_earlier_fuel(&mut self) -> bool {
        if let Some(RecordedDiscrepancy { what, detail, .. }) = self.order.unpaid_fuel.clone() {
            self.record_discrepancy(what, detail);
        }
        if let Some(cause) = self.open_fuel_discrepancy() {
            self.order.hold = Some(MoneyHold { since: self.now, cause });
        }
        self.order.hold.is_some()
    }

    /// Holds what has not left yet until the station has withdrawn the release: no discrepancy while it is asked.
    pub(super) fn hold_until_withdrawn(&mut self) {
        if self.order.hold.is_none() && self.has_money_to_hold() {
            self.order.hold = Some(MoneyHold { since: self.now, cause: Discrepancy::ReleaseNotWithdrawn });
        }
    }

    /// Holds money that is there again, as long as what was uncertain about the fuel still is, and for fuel that has flowed
    /// meanwhile for nothing, whatever was noted about it since.
    pub(super) fn hold_money_that_is_back(&mut self) {
        if let Some((number, volume)) = self.order.unaccounted_fuel() {
            self.record_discrepancy(
                Discrepancy::DispensedAfterEnd,
                report_detail(number, &volume.to_decimal()),
            );
        }
        let is_final = self.order.status.is_final();
        if !self.hold_for_earlier_fuel() && is_final && self.order.has_sent_release() {
            self.hold_until_withdrawn();
        }
    }

    /// Whether there is money of this order that may still leave.
    fn has_money_to_hold(&self) -> bool {
        let settlement = &self.order.settlement;
        let is_open = !self.order.status.is_final() || self.has_undecided_money();
        settlement.payment.is_some()
            && !settlement.is_reversed()
            && (is_open || settlement.pending_returns().next().is_some())
    }

    /// Whether some of the money of an ended order is neither shipped nor returned: nobody has decided about it yet.
    fn has_undecided_money(&self) -> bool {
        let settlement = &self.order.settlement;
        let shipped = settlement.shipment.as_ref().map_or(Kopecks::ZERO, Shipment::amount);
        settlement.returned() + shipped < self.order.paid_total()
    }

    fn open_fuel_discrepancy(&self) -> Option<Discrepancy> {
        UNCERTAIN_FUEL.into_iter().find(|what| self.order.discrepancy(*what).is_some())
    }

    /// Ends the hold because the station has reported what it waited for, unless it has to go on for another reason. Gives
    /// the effects of what was decided before.
    pub(super) fn resolve_hold(&mut self) -> Vec<Effect> {
        let Some(hold) = self.order.hold else { return Vec::new() };
        if self.order.discrepancy(hold.cause).is_some() {
            return Vec::new();
        }
        if let Some(cause) = self.open_fuel_discrepancy() {
            self.order.hold = Some(MoneyHold { since: self.now, cause });
            return Vec::new();
        }
        self.release_hold()
    }

    /// Ends the hold because a person has decided. What was uncertain is settled by it.
    pub(super) fn decide_hold(&mut self) -> Vec<Effect> {
        let Some(hold) = self.order.hold else { return Vec::new() };
        self.close_discrepancies(hold.cause);
        self.close_fuel_discrepancies();
        self.release_hold()
    }

    /// A person has said how much fuel the money pays for: no report of another volume waits for it any more.
    pub(super) fn close_fuel_discrepancies(&mut self) {
        self.order.unpaid_fuel = None;
        for what in UNCERTAIN_FUEL {
            self.close_discrepancies(what);
        }
    }

    /// Ends the hold, and lets go what was decided before it, or decides now.
    fn release_hold(&mut self) -> Vec<Effect> {
        if self.order.hold.take().is_none() || !self.order.status.is_final() {
            return Vec::new();
        }
        // Goods may have been decided about meanwhile, beside what was decided before. Of another sum than the order's all goes
        // back, also what others had returned and cancelled.
        if self.order.settlement.shipment.is_none() {
            let effects = match self.order.settlement.other_sum {
                Some(_) => returns::owe_again(self.order, self.now),
                None => returns::settle(self.order, self.now),
            };
            if !effects.is_empty() {
                return effects;
            }
        }
        let settlement = &self.order.settlement;
        if self.order.is_shipping() {
            // The shipment lets the rest go. That of a reserve has waited as well.
            let has_waited = settlement.payment.is_some_and(Payment::began_as_reserve);
            return has_waited.then_some(Effect::Ship).into_iter().collect();
        }
        let pending = settlement.pending_returns().next().map(|back| back.cause.clone());
        match pending {
            Some(Cause::Everything) => vec![Effect::ReturnMoney],
            Some(_) => vec![Effect::Refund],
            // A reserve is given up as a whole, or not at all: the goods decide.
            None if self.order.goods_until.is_some() => Vec::new(),
            None => returns::return_rest(self.order, self.now),
        }
    }

    /// Ends a hold for which nothing waits any more: what it held has left meanwhile. Its discrepancy stays.
    pub(super) fn drop_empty_hold(&mut self) {
        if self.order.status.is_final() && !self.has_money_to_hold() {
            self.order.hold = None;
        }
    }

    /// Whether some of the money has gone back by our decision.
    pub(super) fn has_return_left(&self) -> bool {
        let has_left = |back: &Return| back.state == Progress::Done && back.cause != Cause::Elsewhere;
        self.order.settlement.returns.iter().any(has_left)
    }

    /// Drops what was decided before the hold and is not known to have left, so that it can be decided anew: returns, and the
    /// shipment of a reserve. That one keeps its number, and is looked for before it is sent. `false`: some of the money has
    /// left already.
    pub(super) fn undo_decision(&mut self) -> bool {
        if self.has_return_left() {
            return false;
        }
        let settlement = &mut self.order.settlement;
        let dropped = settlement.returns.extract_if(.., |back| back.cause != Cause::Elsewhere);
        settlement.dropped_returns.extend(dropped);
        if self.order.is_shipment_undecided() {
            self.order.settlement.shipment = None;
            self.close_discrepancies(Discrepancy::ShipmentRefused);
        }
        true
    }
}

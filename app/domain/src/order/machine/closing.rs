//! Orders that a person closes: goods that were handed over, fuel of which they know the volume.

use super::{Effect, MAX_METER_OVERRUN, Outcome, Transition, returns};
use crate::{
    id::Sku,
    order::{Discrepancy, HandedItem, Reason, ReleaseOutcome, Status, lifetime::shortened},
    quantity::Centi,
};

impl Transition<'_> {
    /// Records what was handed over. An order of goods alone is completed by it.
    pub(super) fn hand_over(&mut self, items: Option<Vec<HandedItem>>) -> Outcome {
        use Status as S;
        if items.as_ref().is_some_and(|items| !self.are_goods(items)) {
            return Outcome::Refused;
        }
        let items = items.unwrap_or_else(|| self.all_goods());
        match self.order.status {
            S::Unavailable if self.is_ended_by_reversal() && self.order.fuel_line().is_none() => {
                if !self.undo_return_of_restored() {
                    return Outcome::Refused;
                }
                self.order.handed_over = Some(items);
                self.complete(None)
            }
            S::Completed if self.order.goods_until.is_some() => self.settle_goods(items),
            // Nothing has been decided yet: what was handed over is charged when it is.
            S::Completed if self.order.hold.is_some() && !self.order.settlement.is_decided() => {
                self.record_handed_over(items)
            }
            S::Completed if self.has_handed_over(&items) => Outcome::Unchanged,
            S::Ready if !self.order.needs_release() && self.order.fuel_line().is_none() => {
                self.order.handed_over = Some(items);
                self.complete(None)
            }
            S::Paid | S::Authorising | S::Ready | S::Fuelling
                if self.order.has_goods() && self.order.fuel_line().is_some() =>
            {
                self.record_handed_over(items)
            }
            _ => Outcome::Refused,
        }
    }

    /// Whether an ended order was closed with these; nothing said is all of them.
    fn has_handed_over(&self, items: &[HandedItem]) -> bool {
        match &self.order.handed_over {
            Some(known) => known == items,
            None => items == self.all_goods(),
        }
    }

    fn record_handed_over(&mut self, items: Vec<HandedItem>) -> Outcome {
        if self.order.handed_over.as_ref() == Some(&items) {
            return Outcome::Unchanged;
        }
        self.order.handed_over = Some(items);
        self.changed([])
    }

    /// Whether each item is part of a line of goods of this order, and no line is named twice.
    fn are_goods(&self, items: &[HandedItem]) -> bool {
        let is_part = |item: &HandedItem| {
            let mut goods = self.order.lines.iter().filter(|line| line.fuel().is_none());
            item.quantity >= Centi::ZERO
                && goods.any(|line| line.sku == item.sku && item.quantity <= line.quantity)
        };
        Sku::are_distinct(items.iter().map(|item| &item.sku)) && items.iter().all(is_part)
    }

    fn all_goods(&self) -> Vec<HandedItem> {
        let goods = self.order.lines.iter().filter(|line| line.fuel().is_none());
        goods.map(|line| HandedItem { sku: line.sku.clone(), quantity: line.quantity }).collect()
    }

    pub(super) fn shorten_goods_time(&mut self) -> Outcome {
        let longest = returns::goods_until(self.order, self.now);
        let Some(until) = shortened(self.order.goods_until, longest) else { return Outcome::Unchanged };
        self.order.goods_until = Some(until);
        self.changed([])
    }

    /// Decides about the goods beside a fuelling that gave nothing.
    pub(super) fn settle_goods(&mut self, items: Vec<HandedItem>) -> Outcome {
        self.order.goods_until = None;
        self.order.handed_over = Some(items);
        let effects = returns::settle(self.order, self.now);
        self.changed(effects)
    }

    pub(super) fn complete_by_operator(
        &mut self,
        volume: Option<Centi>,
        items: Option<Vec<HandedItem>>,
    ) -> Outcome {
        use Status as S;
        let Some(line) = self.order.fuel_line() else {
            let is_open = matches!(self.order.status, S::Ready | S::Completed | S::Unavailable);
            return if volume.is_none() && is_open { self.hand_over(items) } else { Outcome::Refused };
        };
        let ordered = line.quantity;
        let is_given_up = self.order.hold.is_some() && self.order.status.is_final();
        // The pump goes on by itself: goods that are handed over meanwhile do not end the order. Nor do they say anything
        // of fuel that is uncertain.
        let is_at_pump = self.order.needs_release() && !self.order.status.is_final();
        if volume.is_none() && items.is_some() && (is_at_pump || is_given_up) {
            return self.hand_over(items);
        }
        let is_as_reported = volume.is_none() || volume == self.order.dispensed;
        match self.order.status {
            S::Paid | S::Authorising | S::Ready | S::Fuelling => {}
            // Nothing is given for another sum than it costs.
            _ if is_given_up && self.order.settlement.other_sum.is_some() => return Outcome::Refused,
            S::Completed if self.order.is_being_withdrawn() && is_as_reported => {
                return if items.is_some() { self.hand_over(items) } else { Outcome::Unchanged };
            }
            // The volume is what is uncertain: nobody has said it.
            _ if is_given_up && volume.is_none() => return Outcome::Refused,
            S::Completed if is_given_up && self.order.has_dispensed_nothing() && self.has_return_left() => {
                return self.decide_goods_alone(volume, items);
            }
            _ if is_given_up => {}
            S::Unavailable if self.is_ended_by_reversal() => {}
            S::Completed if self.order.goods_until.is_some() && items.is_some() && is_as_reported => {
                return self.hand_over(items);
            }
            S::Completed if is_as_reported => {
                let is_same = items.is_none_or(|items| self.has_handed_over(&items));
                return if is_same { Outcome::Unchanged } else { Outcome::Refused };
            }
            _ => return Outcome::Refused,
        }
        let volume = volume.unwrap_or(ordered);
        if volume < Centi::ZERO || volume.get() > ordered.get().saturating_add(MAX_METER_OVERRUN.get()) {
            return Outcome::Refused;
        }
        if items.as_ref().is_some_and(|items| !self.are_goods(items)) {
            return Outcome::Refused;
        }
        if is_given_up && self.order.settlement.shipment.is_some() && !self.order.is_shipment_undecided() {
            return self.raise_shipped_volume(volume);
        }
        if is_given_up && !self.undo_decision() {
            return Outcome::Refused;
        }
        if !is_given_up && self.is_ended_by_reversal() && !self.undo_return_of_restored() {
            return Outcome::Refused;
        }
        if items.is_some() {
            self.order.handed_over = items;
        }
        self.complete_beside_release(volume)
    }

    /// Decides about goods beside a fuelling that gave nothing at first and fuel later, when the money of the fuel had gone
    /// back: no volume can be charged any more. That nothing is decides about the fuel, too.
    fn decide_goods_alone(&mut self, volume: Option<Centi>, items: Option<Vec<HandedItem>>) -> Outcome {
        if volume != self.order.dispensed || items.as_ref().is_some_and(|items| !self.are_goods(items)) {
            return Outcome::Refused;
        }
        if items.is_some() {
            self.order.goods_until = None;
            self.order.handed_over = items;
        }
        let effects = self.decide_hold();
        self.changed(effects)
    }

    /// Whether the order ended because its payment was taken back, while a person may have given what it is worth: that is
    /// charged if the money comes back.
    fn is_ended_by_reversal(&self) -> bool {
        self.order.status == Status::Unavailable
            && self.order.reason == Some(Reason::PaymentCanceled)
            && !self.order.needs_release()
    }

    /// Drops the return of a payment that came back and was to leave again as a whole. `false`: it has left.
    fn undo_return_of_restored(&mut self) -> bool {
        self.order.settlement.is_reversed() || self.undo_decision()
    }

    /// Completes an order whose release may still be carried out: it is withdrawn, and until that is confirmed nothing is
    /// shipped or returned. Where the station did not confirm it before, a person knows better.
    fn complete_beside_release(&mut self, volume: Centi) -> Outcome {
        let is_insisted = self.order.status.is_final() && self.order.is_withdrawal_unconfirmed();
        // The volume is decided by it, whatever the reports say.
        if let Some(hold) = self.order.hold.take() {
            self.close_discrepancies(hold.cause);
        }
        self.close_fuel_discrepancies();
        let Some(release) = self.order.open_release() else {
            let report = self.has_unreported_end().then_some(Effect::ReportEnd);
            return self.complete_with_volume(volume, report);
        };
        if release.sent_at.is_none() {
            self.close_release(ReleaseOutcome::NotSent);
            return self.complete_with_volume(volume, None);
        }
        // The station has ended it.
        if release.interrupted.is_some() {
            self.close_release(ReleaseOutcome::Closed);
            return self.complete_with_volume(volume, Some(Effect::ReportEnd));
        }
        if is_insisted {
            self.close_release(ReleaseOutcome::Closed);
            return self.complete_with_volume(volume, None);
        }
        // It is asked once more, and answers for itself.
        self.close_discrepancies(Discrepancy::ReleaseNotWithdrawn);
        self.hold_until_withdrawn();
        self.complete_with_volume(volume, Some(Effect::WithdrawRelease))
    }

    /// More came out of the pump than was shipped, as a person has decided: only what is still missing goes back. The
    /// closing documents of the difference are theirs to get.
    fn raise_shipped_volume(&mut self, volume: Centi) -> Outcome {
        let shipped = self.order.dispensed.unwrap_or_default();
        if !self.order.is_shipped() || volume < shipped || !self.undo_decision() {
            return Outcome::Refused;
        }
        self.order.dispensed = Some(volume);
        if volume > shipped {
            let detail =
                format!("{} more than was shipped", Centi::new(volume.get() - shipped.get()).to_decimal());
            self.record_discrepancy(Discrepancy::ShipmentRefused, detail);
        }
        let effects = self.decide_hold();
        self.changed(effects)
    }

    /// Whether the station has ended the last release by a volume that nobody could read, and waits for our end.
    fn has_unreported_end(&self) -> bool {
        let last = self.order.releases.last();
        self.order.status == Status::Fuelling && last.is_some_and(|release| release.end.is_some())
    }
}

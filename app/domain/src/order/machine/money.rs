//! How shipments and refunds went.

use super::{Effect, Event, Outcome, Transition, returns};
use crate::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, Reason, ReleaseOutcome, Status,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy},
    },
};

impl Transition<'_> {
    pub(super) fn apply_money_event(&mut self, event: Event) -> Outcome {
        match event {
            Event::ShipmentRecorded { number, by_others } => {
                let settlement = &mut self.order.settlement;
                let is_open = settlement.shipment.as_ref().is_some_and(|it| it.state == Progress::UnderWay);
                // What others have shipped may have taken the whole reserve: the rest has to be asked for.
                if by_others && is_open && settlement.payment == Some(Payment::Held) {
                    settlement.payment = Some(Payment::Taken);
                }
                self.settle_shipment(&number, Progress::Done, String::new())
            }
            Event::ShipmentRefused { number, reason } => {
                self.settle_shipment(&number, Progress::Refused, reason)
            }
            Event::RefundRecorded { number, by } => self.record_refund(&number, by),
            Event::RefundConfirmed { number } => self.confirm_refund(&number),
            Event::RefundDated { number, at } => self.date_refund(&number, at),
            Event::RefundRefused { number, reason } => self.refuse_refund(&number, reason),
            Event::RefundFound { number, amount, lines } => self.record_found_refund(number, amount, &lines),
            Event::MoneyDelayed { number, says } => self.record_delay(&number, &says),
            _ => Outcome::Unchanged,
        }
    }

    fn record_refund(&mut self, number: &str, by: ReturnedBy) -> Outcome {
        let settlement = &mut self.order.settlement;
        if let Some(second) = settlement.second_payments.iter_mut().find(|second| second.number == number) {
            if second.state == Progress::Done {
                return Outcome::Unchanged;
            }
            (second.state, second.done_at) = (Progress::Done, Some(self.now));
            self.close_money_discrepancies();
            return self.changed([]);
        }
        let back = settlement.returns.iter_mut().find(|back| back.number == number);
        let Some(back) = back.filter(|back| back.state != Progress::Done) else {
            return Outcome::Unchanged;
        };
        back.finish(by, self.now);
        self.close_money_discrepancies();
        self.changed((by == ReturnedBy::Refund).then_some(Effect::FollowRefunds))
    }

    /// Invoicebox's clock is not believed beyond ours.
    fn date_refund(&mut self, number: &str, at: time::OffsetDateTime) -> Outcome {
        let at = at.min(self.now);
        let back = self.order.settlement.returns.iter_mut().find(|back| back.number == number);
        let Some(back) = back.filter(|back| back.state == Progress::Done && back.done_at != Some(at)) else {
            return Outcome::Unchanged;
        };
        back.done_at = Some(at);
        self.changed([])
    }

    fn confirm_refund(&mut self, number: &str) -> Outcome {
        let back = self.order.settlement.returns.iter_mut().find(|back| back.number == number);
        let Some(back) = back.filter(|back| back.state == Progress::Done && !back.is_confirmed) else {
            return Outcome::Unchanged;
        };
        back.is_confirmed = true;
        self.changed([])
    }

    /// Refused for good, or cancelled by Invoicebox after it had been taken.
    fn refuse_refund(&mut self, number: &str, reason: String) -> Outcome {
        let settlement = &mut self.order.settlement;
        let second = settlement.second_payments.iter_mut().find(|second| second.number == number);
        let amount = if let Some(second) = second.filter(|second| second.state == Progress::UnderWay) {
            second.state = Progress::Refused;
            second.amount
        } else {
            let back = settlement.returns.iter_mut().find(|back| back.number == number);
            let is_open = |back: &&mut Return| back.state != Progress::Refused && !back.is_confirmed;
            let Some(back) = back.filter(is_open) else { return Outcome::Unchanged };
            (back.state, back.by, back.done_at) = (Progress::Refused, None, None);
            back.amount
        };
        let detail = format!("{number} {}: {reason}", amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundRefused, detail);
        self.changed([])
    }

    /// Money that Invoicebox returned on somebody else's word is not ours to return again.
    fn record_found_refund(&mut self, number: String, amount: Kopecks, lines: &[(Sku, Kopecks)]) -> Outcome {
        let is_known = self.order.settlement.returns.iter().any(|back| back.number == number);
        if is_known || amount <= Kopecks::ZERO || self.order.settlement.payment.is_none() {
            return Outcome::Unchanged;
        }
        let detail = format!("{number} {}", amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail.clone());
        returns::record_found(self.order, self.now, number, amount, lines);
        let is_everything = self.order.settlement.returned() >= self.order.total;
        let is_waiting = self.order.status == Status::Paid
            || (self.order.status == Status::Authorising
                && self.order.open_release().is_some_and(|release| release.sent_at.is_none()));
        if !is_waiting {
            return self.changed([]);
        }
        if self.order.open_release().is_some() {
            self.close_release(ReleaseOutcome::NotSent);
        }
        if is_everything {
            return self.end(Status::Unavailable, Reason::PaymentCanceled, []);
        }
        self.hold(Discrepancy::RefundedElsewhere, detail);
        if self.order.status == Status::Paid { self.changed([]) } else { self.move_to(Status::Paid, []) }
    }

    /// Money that has to move has not: an operator sees how much, since when and why.
    fn record_delay(&mut self, number: &str, says: &str) -> Outcome {
        let settlement = &self.order.settlement;
        let pending = settlement.pending_returns().find(|back| back.number == number);
        let shipment = settlement.shipment.as_ref();
        let shipment = shipment.filter(|it| it.number == number && it.state == Progress::UnderWay);
        let second = settlement.pending_second_payments().find(|second| second.number == number);
        let amount = pending.map(|back| back.amount);
        let amount = amount.or(second.map(|second| second.amount)).or(shipment.map(|it| it.amount()));
        let Some(amount) = amount.filter(|_| self.order.hold.is_none()) else { return Outcome::Unchanged };
        // Once until it moves: the words of the other side may change with every try.
        let prefix = format!("{number} {}", amount.to_decimal());
        let is_open =
            |what: Discrepancy, detail: &str| what == Discrepancy::MoneyOwed && detail.starts_with(&prefix);
        if self.order.discrepancies.iter().any(|one| is_open(one.what, &one.detail)) {
            return Outcome::Unchanged;
        }
        self.changed_by_discrepancy(Discrepancy::MoneyOwed, format!("{prefix}: {says}"))
    }

    /// Closes what was recorded about money that has moved since.
    fn close_money_discrepancies(&mut self) {
        let settlement = &self.order.settlement;
        let is_shipping = settlement.shipment.as_ref().is_some_and(|it| it.state == Progress::UnderWay);
        let is_returning = settlement.pending_returns().next().is_some()
            || settlement.pending_second_payments().next().is_some();
        if !is_returning && !is_shipping {
            self.close_discrepancies(Discrepancy::MoneyOwed);
        }
        if self.order.settlement.refused_total() == Kopecks::ZERO && !is_returning {
            self.close_discrepancies(Discrepancy::RefundRefused);
        }
    }

    /// Settles a shipment, and returns the rest either way: documents that are refused do not keep money.
    fn settle_shipment(&mut self, number: &str, state: Progress, reason: String) -> Outcome {
        let settlement = &mut self.order.settlement;
        let Some(shipment) = settlement.shipment.as_mut().filter(|shipment| shipment.number == number) else {
            return Outcome::Unchanged;
        };
        let before = shipment.state;
        if before == Progress::Done || before == state {
            return Outcome::Unchanged;
        }
        shipment.state = state;
        if state == Progress::Refused {
            self.record_discrepancy(Discrepancy::ShipmentRefused, reason);
        } else {
            self.close_discrepancies(Discrepancy::ShipmentRefused);
        }
        if before == Progress::Refused {
            return self.changed([]);
        }
        let is_held = self.order.hold.is_some();
        let settlement = &mut self.order.settlement;
        let released = state == Progress::Done && settlement.payment == Some(Payment::Held);
        let rest = settlement.returns.iter_mut().filter(|back| back.cause == Cause::Rest);
        let mut waiting = false;
        for back in rest.filter(|back| back.state == Progress::UnderWay) {
            if released {
                back.finish(ReturnedBy::Release, self.now);
            } else {
                waiting = true;
            }
        }
        self.close_money_discrepancies();
        self.changed((waiting && !is_held).then_some(Effect::Refund))
    }
}

//! How shipments and refunds went.

use time::OffsetDateTime;

use super::{Effect, Event, Outcome, Transition, found_refunds, returns};
use crate::{
    id::Sku,
    money::Kopecks,
    order::{
        Discrepancy, MoneyKind, Reason, ReleaseOutcome, Status,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy, SecondPayment, Shipment},
    },
};

impl Transition<'_> {
    pub(super) fn apply_money_event(&mut self, event: Event) -> Outcome {
        match event {
            Event::ShipmentRecorded { number, by_others } => self.record_shipment(&number, by_others),
            Event::ShipmentRefused { number, reason } => {
                self.settle_shipment(&number, Progress::Refused, reason)
            }
            Event::ShipmentRetried => self.retry_shipment(),
            Event::RefundRecorded { number, by } => self.record_refund(&number, by),
            Event::RefundConfirmed { number } => self.confirm_refund(&number),
            Event::RefundDated { number, at } => self.date_refund(&number, at),
            Event::RefundRefused { number, reason } => self.refuse_refund(&number, reason),
            Event::RefundFound { number, amount, lines, at } => {
                self.record_found_refund(number, amount, &lines, at)
            }
            Event::MoneyDelayed { number, says } => self.record_delay(&number, &says),
            Event::MoneyUntried { number } => self.move_untried(&number),
            Event::InvoiceNotWithdrawn { says } => self.record_payable_invoice(says),
            Event::InvoicesWithdrawn if self.close_discrepancies(Discrepancy::InvoiceNotWithdrawn) => {
                self.changed([])
            }
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
            second.is_confirmed = by != ReturnedBy::Refund;
        } else if let Some(back) = settlement.returns.iter_mut().find(|back| back.number == number) {
            if back.state == Progress::Done {
                return Outcome::Unchanged;
            }
            back.finish(by, self.now);
        } else if !self.take_up_dropped_return(number, by) {
            return Outcome::Unchanged;
        }
        self.close_money_discrepancies();
        self.drop_empty_hold();
        self.changed((by == ReturnedBy::Refund).then_some(Effect::FollowRefunds))
    }

    /// Invoicebox's clock is not believed beyond ours.
    fn date_refund(&mut self, number: &str, at: OffsetDateTime) -> Outcome {
        let at = at.min(self.now);
        let settlement = &mut self.order.settlement;
        let returns = settlement.returns.iter_mut().map(|back| (&back.number, back.state, &mut back.done_at));
        let second = settlement.second_payments.iter_mut();
        let second = second.map(|second| (&second.number, second.state, &mut second.done_at));
        let dated = returns.chain(second).find(|(known, ..)| *known == number);
        let Some((_, Progress::Done, done_at)) = dated else { return Outcome::Unchanged };
        if *done_at == Some(at) {
            return Outcome::Unchanged;
        }
        *done_at = Some(at);
        self.changed([])
    }

    /// A return that was decided anew has left after all: it counts, and an operator sees it. `false`: there is none of this
    /// number.
    fn take_up_dropped_return(&mut self, number: &str, by: ReturnedBy) -> bool {
        let dropped = &mut self.order.settlement.dropped_returns;
        let Some(index) = dropped.iter().position(|back| back.number == number) else { return false };
        let mut back = dropped.remove(index);
        back.finish(by, self.now);
        let detail =
            format!("{number} {}: decided anew before it was known to have left", back.amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail);
        self.order.settlement.returns.push(back);
        found_refunds::drop_excess_returns(self.order);
        true
    }

    fn confirm_refund(&mut self, number: &str) -> Outcome {
        let settlement = &mut self.order.settlement;
        if let Some(second) = settlement.second_payments.iter_mut().find(|second| second.number == number) {
            if second.state != Progress::Done || second.is_confirmed {
                return Outcome::Unchanged;
            }
            second.is_confirmed = true;
            return self.changed([]);
        }
        let back = settlement.returns.iter_mut().find(|back| back.number == number);
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
        let is_open_second =
            |second: &&mut SecondPayment| second.state != Progress::Refused && !second.is_confirmed;
        let amount = if let Some(second) = second.filter(is_open_second) {
            second.state = Progress::Refused;
            second.amount
        } else {
            let back = settlement.returns.iter_mut().find(|back| back.number == number);
            let Some(back) = back.filter(|back| may_be_refused(back)) else { return Outcome::Unchanged };
            (back.state, back.by, back.done_at) = (Progress::Refused, None, None);
            back.amount
        };
        let detail = format!("{number} {}: {reason}", amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundRefused, detail);
        self.close_money_discrepancies();
        self.drop_empty_hold();
        self.changed([])
    }

    /// Money that Invoicebox returned on somebody else's word is not ours to return again.
    fn record_found_refund(
        &mut self,
        number: String,
        amount: Kopecks,
        lines: &[(Sku, Kopecks)],
        at: Option<OffsetDateTime>,
    ) -> Outcome {
        let settlement = &self.order.settlement;
        if settlement.dropped_returns.iter().any(|back| back.number == number) {
            return self.record_refund(&number, ReturnedBy::Refund);
        }
        let is_ours = settlement.returns.iter().any(|back| back.number == number)
            || settlement.second_payments.iter().any(|second| second.number == number);
        if is_ours || amount <= Kopecks::ZERO || settlement.payment.is_none() {
            return Outcome::Unchanged;
        }
        let detail = format!("{number} {}", amount.to_decimal());
        self.record_discrepancy(Discrepancy::RefundedElsewhere, detail.clone());
        found_refunds::drop_same_return(self.order, amount, lines);
        let at = at.map_or(self.now, |at| at.min(self.now));
        found_refunds::record_found(self.order, at, number, amount, lines);
        found_refunds::drop_returned_before(self.order);
        found_refunds::drop_excess_returns(self.order);
        self.close_money_discrepancies();
        self.drop_empty_hold();
        self.apply_found_to_start(detail)
    }

    /// Nothing is released for money that is not there: of everything as after a reversal, of a part until a person has
    /// decided.
    fn apply_found_to_start(&mut self, detail: String) -> Outcome {
        let is_everything = self.order.settlement.returned() >= self.order.paid_total();
        let is_sent = self.order.has_sent_release();
        match self.order.status {
            Status::Authorising | Status::Ready if is_sent && is_everything => {
                self.end(Status::Unavailable, Reason::PaymentCanceled, [Effect::WithdrawRelease])
            }
            Status::Fuelling if is_sent && is_everything => self.changed([Effect::WithdrawRelease]),
            Status::Paid | Status::Authorising if !is_sent => {
                self.close_release(ReleaseOutcome::NotSent);
                if is_everything {
                    self.order.hold = None;
                    return self.end(Status::Unavailable, Reason::PaymentCanceled, []);
                }
                self.hold(Discrepancy::RefundedElsewhere, detail);
                if self.order.status == Status::Paid {
                    return self.changed([]);
                }
                self.move_to(Status::Paid, [])
            }
            _ => self.changed([]),
        }
    }

    /// Money that has to move has not: an operator sees how much, since when and why.
    fn record_delay(&mut self, number: &str, says: &str) -> Outcome {
        // Once until it moves: the words of the other side may change with every try.
        let unreported = self.order.unreported_money().find(|money| money.number == number);
        let Some(amount) = unreported.map(|money| money.amount) else { return Outcome::Unchanged };
        self.changed_by_discrepancy(
            Discrepancy::MoneyOwed,
            format!("{number} {}: {says}", amount.to_decimal()),
        )
    }

    /// Money that has to move is moved by an effect, whatever became of the one that was decided with it.
    fn move_untried(&mut self, number: &str) -> Outcome {
        let kind = self.order.money_under_way().find(|money| money.number == number).map(|money| money.kind);
        let Some(kind) = kind else { return Outcome::Unchanged };
        self.changed([match kind {
            MoneyKind::Shipment => Effect::Ship,
            MoneyKind::Return => Effect::Refund,
            MoneyKind::SecondPayment => Effect::ReturnSecondPayments,
        }])
    }

    /// Once until it is withdrawn: the words of the other side may change with every try.
    fn record_payable_invoice(&mut self, says: String) -> Outcome {
        if self.order.discrepancy(Discrepancy::InvoiceNotWithdrawn).is_some() {
            return Outcome::Unchanged;
        }
        self.changed_by_discrepancy(Discrepancy::InvoiceNotWithdrawn, says)
    }

    /// Closes what was recorded about money that has moved since.
    pub(super) fn close_money_discrepancies(&mut self) {
        let pending: Vec<_> =
            self.order.pending_money().map(|money| (money.number.to_owned(), money.kind)).collect();
        self.order.discrepancies.retain(|one| {
            one.what != Discrepancy::MoneyOwed || pending.iter().any(|(number, _)| one.is_about(number))
        });
        let is_returning = pending.iter().any(|(_, kind)| *kind != MoneyKind::Shipment);
        if self.order.settlement.refused_total() == Kopecks::ZERO && !is_returning {
            self.close_discrepancies(Discrepancy::RefundRefused);
        }
    }

    /// What others have shipped has taken so much of a reserve: of the rest that went back by itself, and what was taken beyond
    /// our shipment has to be asked for.
    fn record_shipment(&mut self, number: &str, by_others: Option<Kopecks>) -> Outcome {
        let settlement = &mut self.order.settlement;
        let is_its = |shipment: &&Shipment| shipment.number == number && shipment.state == Progress::UnderWay;
        let is_open = settlement.shipment.as_ref().filter(is_its).is_some();
        if let Some(taken) = by_others
            && is_open
            && settlement.payment.is_some_and(Payment::began_as_reserve)
        {
            settlement.payment = Some(Payment::Taken);
            returns::release_untaken(self.order, self.now, taken);
        }
        self.settle_shipment(number, Progress::Done, String::new())
    }

    /// A refusal is final for us, not for a person who has mended its cause: the shipment goes under the same number.
    fn retry_shipment(&mut self) -> Outcome {
        let settlement = &mut self.order.settlement;
        if settlement.is_reversed() {
            return Outcome::Refused;
        }
        let Some(shipment) = &mut settlement.shipment else { return Outcome::Refused };
        if shipment.state != Progress::Refused {
            return Outcome::Unchanged;
        }
        shipment.state = Progress::UnderWay;
        self.close_discrepancies(Discrepancy::ShipmentRefused);
        let is_held = self.order.is_shipment_held();
        self.changed((!is_held).then_some(Effect::Ship))
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
        for back in rest.filter(|back| back.state != Progress::Done) {
            if released {
                back.finish(ReturnedBy::Release, self.now);
            } else {
                waiting |= back.state == Progress::UnderWay;
            }
        }
        self.close_money_discrepancies();
        self.drop_empty_hold();
        self.changed((waiting && !is_held).then_some(Effect::Refund))
    }
}

/// Whether Invoicebox may still say that a return does not happen.
fn may_be_refused(back: &Return) -> bool {
    match back.state {
        Progress::UnderWay => true,
        Progress::Done => back.by == Some(ReturnedBy::Refund) && !back.is_confirmed,
        Progress::Refused => false,
    }
}

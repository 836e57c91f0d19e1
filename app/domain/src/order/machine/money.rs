//! How shipments and refunds went.

use time::OffsetDateTime;

use super::{Effect, Event, Outcome, Transition, discrepancies::ACCEPTED, found_refunds, reserves, returns};
use crate::{
    money::Kopecks,
    order::{
        Discrepancy, MoneyKind,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy, SecondPayment, Shipment},
    },
};

impl Transition<'_> {
    pub(super) fn apply_money_event(&mut self, event: Event) -> Outcome {
        match event {
            Event::ShipmentRecorded { number, taken } => self.record_shipment(&number, taken),
            Event::ShipmentRefused { number, reason } => {
                self.settle_shipment(&number, Progress::Refused, reason)
            }
            Event::ShipmentRetried => self.retry_shipment(),
            Event::RefundsRetried => {
                let effects = returns::retry_refused(self.order, self.now);
                if effects.is_empty() {
                    return Outcome::Unchanged;
                }
                reserves::give_up_reserve(self.order, self.now);
                self.changed(effects)
            }
            Event::RefundSent { number } => self.record_call(&number),
            Event::RefundAbsent { number } if self.order.settlement.forget_call(&number) => self.changed([]),
            Event::RefundRecorded { number, by } => self.record_refund(&number, by),
            Event::RefundConfirmed { number } => self.confirm_refund(&number),
            Event::RefundDated { number, at } => self.date_refund(&number, at),
            Event::RefundRefused { number, reason } => self.refuse_refund(&number, reason),
            Event::RefundFound { number, amount, lines, at, is_confirmed } => {
                self.record_found_refund(number, amount, &lines, at, is_confirmed)
            }
            Event::SecondRefundFound { provider_id, number, amount, at, is_confirmed } => {
                self.record_found_second_refund(&provider_id, number, amount, at, is_confirmed)
            }
            Event::ReserveTaken { amount } => self.record_taken(amount),
            Event::MoneyDelayed { number, says } => self.record_delay(&number, &says),
            Event::RefundOverdue { number } => self.record_overdue(&number),
            Event::MoneyUntried { number } => self.move_untried(&number),
            Event::InvoiceNotWithdrawn { says } => self.record_payable_invoice(says),
            Event::InvoicesWithdrawn if self.close_discrepancies(Discrepancy::InvoiceNotWithdrawn) => {
                self.changed([])
            }
            _ => Outcome::Unchanged,
        }
    }

    /// A refund may leave from now on: unless it waits again, or is not wanted any more.
    fn record_call(&mut self, number: &str) -> Outcome {
        let is_held = self.order.hold.is_some();
        let settlement = &mut self.order.settlement;
        let returns = settlement.returns.iter_mut().filter(|_| !is_held);
        let returns = returns.map(|back| (&back.number, back.state, &mut back.sent_at));
        let second = settlement.second_payments.iter_mut();
        let second = second.map(|second| (&second.number, second.state, &mut second.sent_at));
        let meant = returns.chain(second).find(|(known, ..)| *known == number);
        let Some((_, Progress::UnderWay, sent_at)) = meant else { return Outcome::Refused };
        if sent_at.replace(self.now) == Some(self.now) {
            return Outcome::Unchanged;
        }
        self.changed([])
    }

    pub(super) fn record_refund(&mut self, number: &str, by: ReturnedBy) -> Outcome {
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
        } else if !self.take_up_return(number, by) {
            return Outcome::Unchanged;
        }
        self.drop_empty_hold();
        self.changed([])
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
            if back.cause == Cause::Elsewhere {
                return self.undo_found_refund(number, &reason);
            }
            if settlement.is_revoked {
                (back.state, back.by, back.done_at) = (Progress::Refused, None, None);
                return self.apply_payment_canceled();
            }
            (back.state, back.by, back.done_at) = (Progress::Refused, None, None);
            back.amount
        };
        let detail = format!("{number} {}: {reason}", amount.to_decimal());
        self.replace_refusal(number, detail);
        // Others may have returned it meanwhile, and another return may have given way for it.
        found_refunds::drop_excess_returns(self.order);
        self.drop_empty_hold();
        let is_final = self.order.status.is_final();
        let effects = if is_final { returns::owe_again(self.order, self.now) } else { Vec::new() };
        self.changed(effects)
    }

    /// Money that has to move has not: an operator sees how much, since when and why.
    fn record_delay(&mut self, number: &str, says: &str) -> Outcome {
        // Once until it moves: the words of the other side may change with every try.
        let unreported = self.order.unreported_money().find(|money| money.number == number);
        let Some(amount) = unreported.map(|money| money.amount) else { return Outcome::Unchanged };
        // It says more than the refusal of an earlier try.
        self.close_refusal(number);
        self.changed_by_discrepancy(
            Discrepancy::MoneyOwed,
            format!("{number} {}: {says}", amount.to_decimal()),
        )
    }

    /// Invoicebox has accepted a refund, and does not carry it out: an operator sees it until it does.
    fn record_overdue(&mut self, number: &str) -> Outcome {
        let amount =
            self.order.settlement.unconfirmed().find_map(|(of, amount)| (of == number).then_some(amount));
        let Some(amount) = amount.filter(|_| !self.order.is_delay_reported(number)) else {
            return Outcome::Unchanged;
        };
        let detail = format!("{number} {}: {ACCEPTED}", amount.to_decimal());
        self.changed_by_discrepancy(Discrepancy::MoneyOwed, detail)
    }

    /// Money that has to move is moved by an effect, whatever became of the one that was decided with it.
    fn move_untried(&mut self, number: &str) -> Outcome {
        let kind = self.order.money_under_way().find(|money| money.number == number).map(|money| money.kind);
        let Some(kind) = kind.filter(|_| !self.order.waits_for_shipment(number)) else {
            return Outcome::Unchanged;
        };
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

    /// So much of a reserve was taken: the rest went back by itself, more than was to go if less was shipped than decided; and
    /// what was taken beyond our shipment has to be asked for.
    fn record_shipment(&mut self, number: &str, taken: Option<Kopecks>) -> Outcome {
        let settlement = &mut self.order.settlement;
        let is_its = |shipment: &&Shipment| shipment.number == number && shipment.state == Progress::UnderWay;
        let decided = settlement.shipment.as_ref().filter(is_its).map(Shipment::amount);
        let was_reserved = settlement.payment.is_some_and(Payment::began_as_reserve);
        let other = taken.zip(decided).filter(|(taken, decided)| was_reserved && taken != decided);
        let Some((taken, decided)) = other else {
            return self.settle_shipment(number, Progress::Done, String::new());
        };
        settlement.payment = Some(Payment::Taken);
        reserves::release_all_untaken(self.order, self.now, taken);
        let outcome = self.settle_shipment(number, Progress::Done, String::new());
        found_refunds::drop_excess_returns(self.order);
        let missing = decided.minus_at_least_zero(taken);
        if missing > Kopecks::ZERO {
            let detail =
                format!("{} of what was decided is not shipped, and was not taken", missing.to_decimal());
            self.record_discrepancy(Discrepancy::ShipmentRefused, detail);
        }
        outcome
    }

    /// A refusal is final for us, not for a person who has mended its cause: what is still paid for goes under the same
    /// number.
    fn retry_shipment(&mut self) -> Outcome {
        let settlement = &self.order.settlement;
        let Some(shipment) = settlement.shipment.as_ref().filter(|_| !settlement.is_reversed()) else {
            return Outcome::Refused;
        };
        if shipment.state != Progress::Refused {
            return Outcome::Unchanged;
        }
        // What a person returns of a reserve goes back once it was taken, so it is shipped before.
        let lines = match settlement.payment {
            Some(Payment::Held) => shipment.lines.clone(),
            _ => returns::paid_part(self.order, shipment.lines.clone()),
        };
        if lines.is_empty() || self.order.is_returned_as_a_whole() {
            return Outcome::Refused;
        }
        let number = shipment.number.clone();
        self.order.settlement.shipment = Some(Shipment { number, lines, state: Progress::UnderWay });
        self.close_discrepancies(Discrepancy::ShipmentRefused);
        let is_held = self.order.is_shipment_held();
        self.changed((!is_held).then_some(Effect::Ship))
    }

    /// Settles a shipment, and returns the rest either way: documents that are refused do not keep money, but for that of a
    /// reserve, of which nothing can be refunded before it is taken.
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
        // Of money all of which goes back nothing has to be shipped.
        if state == Progress::Refused && !self.order.is_returned_as_a_whole() {
            self.record_discrepancy(Discrepancy::ShipmentRefused, reason);
        } else {
            self.close_discrepancies(Discrepancy::ShipmentRefused);
        }
        self.name_unshipped();
        if before == Progress::Refused {
            return self.changed([]);
        }
        let is_held = self.order.hold.is_some();
        let settlement = &mut self.order.settlement;
        let released = state == Progress::Done && settlement.payment == Some(Payment::Held);
        let rest = settlement.returns.iter_mut().filter(|back| back.cause == Cause::Rest);
        for back in rest.filter(|back| released && back.state != Progress::Done) {
            back.finish(ReturnedBy::Release, self.now);
        }
        // Also what an operator has decided while the money was held.
        let waiting = settlement.pending_returns().next().is_some();
        self.drop_empty_hold();
        let is_given_up =
            self.order.is_reserve_unshipped() && reserves::give_up_reserve(self.order, self.now);
        let is_due = waiting && !is_held && (is_given_up || !self.order.is_reserve_unshipped());
        self.changed(is_due.then_some(Effect::Refund))
    }

    /// Records what is charged without closing documents: a refund of others had cut the shipment, and was cancelled.
    pub(super) fn name_unshipped(&mut self) {
        let Some(shipment) = &self.order.settlement.shipment else { return };
        let charged = self.order.final_total().unwrap_or_default();
        let unshipped = match shipment.state {
            Progress::UnderWay => Kopecks::ZERO,
            Progress::Done => charged.minus_at_least_zero(shipment.amount()),
            // Its own line says it, unless nothing was charged at that time.
            Progress::Refused if self.order.discrepancy(Discrepancy::ShipmentRefused).is_some() => {
                Kopecks::ZERO
            }
            Progress::Refused => charged,
        };
        if unshipped > Kopecks::ZERO {
            let detail = format!("{} was paid beyond what was shipped", unshipped.to_decimal());
            self.record_discrepancy(Discrepancy::ShipmentRefused, detail);
        }
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

//! Effects carried out against the models, as the server does it: it looks before it sends anything again.

use domain::{
    id::Sku,
    money::Kopecks,
    order::{
        StartReason, Status,
        machine::{Effect, Event, RefusalKind, StationReport},
        settlement::{Cause, Payment, ReturnedBy},
        start::MAX_START_AGE,
    },
    quote::Line,
};

use super::{Entry, World, invoicebox::RefundState, office::OFFICE_SHIPMENT, station::Use};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Given,
    /// It is carried out, and we do not learn of it.
    Lost,
    /// It is carried out, and the answer arrives when other things may have been decided.
    Late,
    /// It certainly does not arrive.
    Unreached,
    Refused,
}

impl World {
    /// Carries out one effect; whether it is dealt with.
    pub fn run_effect(&mut self, index: usize, answer: Answer) {
        if self.outbox.is_empty() {
            return;
        }
        let place = self.first_of_matter(index % self.outbox.len());
        let mut entry = self.outbox.remove(place);
        let is_done = match entry.effect {
            Effect::RequestRelease => self.request_release(&mut entry, answer),
            Effect::WithdrawRelease => self.withdraw_release(&entry, answer),
            Effect::Ship => self.ship(answer),
            Effect::Refund | Effect::ReturnMoney => self.return_money(answer),
            Effect::ReturnSecondPayments => self.return_second_payments(answer),
            Effect::FollowRefunds => self.follow_refunds(answer),
            _ => true,
        };
        if !is_done {
            self.outbox.insert(place, entry);
        }
    }

    /// The effects of one matter are carried out in the order in which they were decided.
    fn first_of_matter(&self, index: usize) -> usize {
        let moves_money = |effect| matches!(effect, Effect::Refund | Effect::ReturnMoney);
        let is_at_pump = |effect| matches!(effect, Effect::RequestRelease | Effect::WithdrawRelease);
        let chosen = self.outbox[index].effect;
        let is_earlier = |effect: Effect| {
            moves_money(effect) && moves_money(chosen) || is_at_pump(effect) && is_at_pump(chosen)
        };
        self.outbox.iter().position(|entry| is_earlier(entry.effect)).unwrap_or(index)
    }

    pub fn has_effects(&self) -> bool {
        !self.outbox.is_empty()
    }

    fn request_release(&mut self, entry: &mut Entry, answer: Answer) -> bool {
        let is_wanted = |world: &Self| {
            let open = world.order.open_release().is_some_and(|open| open.number == entry.release);
            open && world.order.status == Status::Authorising && world.order.cancellation.is_none()
        };
        if !is_wanted(self) || entry.is_sent {
            return true;
        }
        let started_at = self.order.open_release().map_or(self.now, |release| release.started_at);
        if self.now - started_at > MAX_START_AGE {
            self.tell(Event::StartNotSent { release: entry.release, reason: StartReason::TooLate });
            return true;
        }
        self.tell(Event::ReleaseRequested);
        if !is_wanted(self) {
            return true;
        }
        let report = |kind| StationReport::Refused { reason: String::new(), kind };
        match answer {
            Answer::Unreached => return false,
            Answer::Refused => {
                let report = report(RefusalKind::Answer);
                self.tell(Event::Station { release: entry.release, report });
            }
            Answer::Given | Answer::Lost | Answer::Late => {
                if self.is_unpaid_fuel_told && !self.is_decided_by_person {
                    self.faults.push("a release for fuel that had flowed before".to_owned());
                }
                self.station.release(entry.release);
            }
        }
        entry.is_sent = true;
        true
    }

    fn withdraw_release(&mut self, entry: &Entry, answer: Answer) -> bool {
        let release = entry.release;
        let is_open = self.order.open_release().is_some_and(|open| open.number == release);
        let is_wanted = self.order.cancellation.is_some()
            || self.order.status.is_final()
            || self.order.settlement.is_reversed();
        if !is_open || !is_wanted {
            return true;
        }
        let usage = self.station.usage(release);
        match (answer, usage) {
            (Answer::Unreached, _) => false,
            (Answer::Refused, Some(Use::Released)) | (_, Some(Use::Fuelling)) => {
                self.tell(Event::WithdrawalRefused { release });
                true
            }
            (Answer::Lost | Answer::Late, _) => {
                self.end_at_station(release);
                false
            }
            // Unknown there, ended, or withdrawn now: its pump is free.
            _ => {
                self.end_at_station(release);
                self.tell(Event::Withdrawn { release });
                true
            }
        }
    }

    fn end_at_station(&mut self, release: u32) {
        if let Some(release) = self.station.releases.get_mut(&release) {
            release.usage = Use::Ended;
        }
    }

    fn ship(&mut self, answer: Answer) -> bool {
        let Some(shipment) = self.order.settlement.shipment.clone() else { return true };
        if !self.order.is_shipping() || self.order.is_shipment_held() {
            return true;
        }
        let (number, amount) = (shipment.number.clone(), shipment.amount().get());
        let is_known = self.is_everything_told();
        let Some(account) = self.account() else { return true };
        if account.has_shipment(&number) {
            // Decided anew when it had left.
            let there = account.shipped();
            let taken = (there != amount).then_some(Kopecks::new(there));
            self.tell(Event::ShipmentRecorded { number, taken });
            return true;
        }
        // The merchant's own rules have shipped before us.
        let by_others = account.shipped_by_others(&number);
        if by_others >= amount {
            self.tell(Event::ShipmentRecorded { number, taken: Some(Kopecks::new(by_others)) });
            return true;
        }
        if answer == Answer::Unreached {
            return false;
        }
        if answer == Answer::Refused || !account.ship(&number, amount) {
            if answer != Answer::Refused && is_known {
                self.faults.push(format!("shipment {number}: more than there is"));
            }
            self.tell(Event::ShipmentRefused { number, reason: String::new() });
            return true;
        }
        if account.is_held {
            self.report_capture();
        }
        if matches!(answer, Answer::Lost | Answer::Late) {
            return false;
        }
        self.tell(Event::ShipmentRecorded { number, taken: None });
        true
    }

    /// Whether the order asks for what it knows to be there: nobody else has moved its money, and what was delivered was
    /// not refunded before it was shipped.
    fn is_everything_told(&self) -> bool {
        let by_person = |cause: &Cause| matches!(cause, Cause::Operator { .. });
        let is_canceled = self.accounts.values().any(|account| account.is_canceled);
        let is_shipped_by_others =
            self.accounts.values().any(|account| account.has_shipment(OFFICE_SHIPMENT));
        // A person has decided about money that had left.
        let has_left = self.order.settlement.possibly_left().next().is_some()
            || self.order.discrepancies.iter().any(|one| one.detail.contains("decided anew"));
        self.unread.is_empty()
            && !has_left
            && !is_canceled
            && !is_shipped_by_others
            && !self.is_shipment_overtaken
            && !self.order.settlement.returns.iter().any(|back| by_person(&back.cause))
    }

    fn return_second_payments(&mut self, answer: Answer) -> bool {
        let mut is_done = true;
        let seconds: Vec<_> = self.order.settlement.pending_second_payments().cloned().collect();
        for second in seconds {
            let (id, number) = (second.provider_id, second.number);
            // All of them are read anew then.
            if self.read_second_refunds(&id) {
                return false;
            }
            is_done &= self.return_one(&id, &number, second.amount, &[], answer);
        }
        is_done
    }

    /// Reads what others have returned of a second payment. Whether anything is new.
    fn read_second_refunds(&mut self, provider_id: &str) -> bool {
        let seconds = &self.order.settlement.second_payments;
        let is_known = |number: &String| seconds.iter().any(|it| it.number == *number);
        let Some(account) = self.accounts.get(provider_id) else { return false };
        let found: Vec<_> = account.live_refunds().filter(|(number, _)| !is_known(number)).collect();
        let events: Vec<Event> = found
            .into_iter()
            .map(|(number, refund)| Event::SecondRefundFound {
                provider_id: provider_id.to_owned(),
                number: number.clone(),
                amount: Kopecks::new(refund.amount),
                at: None,
                is_confirmed: refund.state == RefundState::Final,
            })
            .collect();
        let is_new = !events.is_empty();
        for event in events {
            self.tell(event);
        }
        is_new
    }

    fn return_money(&mut self, answer: Answer) -> bool {
        let is_held = self.order.hold.is_some();
        let returns =
            self.order.settlement.pending_returns().filter(|back| !is_held || back.sent_at.is_some());
        let returns = returns.filter(|back| !self.order.waits_for_shipment(&back.number));
        let returns: Vec<_> = returns.cloned().collect();
        if returns.is_empty() {
            return true;
        }
        if self.read_refunds() || self.read_taken() {
            return false;
        }
        let mut is_done = true;
        let Some(invoice) = self.order.invoice.clone() else { return true };
        for back in returns {
            is_done &= self.return_one(&invoice.provider_id, &back.number, back.amount, &back.lines, answer);
        }
        is_done
    }

    /// Reads what was returned under numbers that are not on their way. Whether anything is new.
    fn read_refunds(&mut self) -> bool {
        let is_known = |number: &String| self.order.settlement.returns.iter().any(|it| it.number == *number);
        let Some(account) = self.order.invoice.as_ref().and_then(|it| self.accounts.get(&it.provider_id))
        else {
            return false;
        };
        let unknown = account.live_refunds().filter(|(number, _)| !is_known(number));
        let found: Vec<_> = unknown.map(|(number, refund)| (number.clone(), refund.clone())).collect();
        let mut is_new = false;
        for (number, refund) in found {
            // The read that is on its way says the same, with the time of it.
            let is_of_it =
                |event: &Event| matches!(event, Event::RefundFound { number: of, .. } if *of == number);
            let waiting = self.unread.iter().position(is_of_it);
            let event =
                waiting.map(|index| self.unread.remove(index)).unwrap_or_else(|| Event::RefundFound {
                    number,
                    amount: Kopecks::new(refund.amount),
                    lines: refund
                        .lines
                        .into_iter()
                        .map(|(sku, amount)| (sku, Kopecks::new(amount)))
                        .collect(),
                    at: None,
                    is_confirmed: refund.state == RefundState::Final,
                });
            is_new |= self.tell(event);
        }
        is_new
    }

    /// Reads what others have taken of a reserve. Whether it is new.
    fn read_taken(&mut self) -> bool {
        let was_reserved = self.order.settlement.payment.is_some_and(Payment::began_as_reserve);
        let Some(account) = self.account().filter(|it| was_reserved && it.shipped() > 0 && !it.is_canceled)
        else {
            return false;
        };
        let amount = Kopecks::new(account.taken());
        self.tell(Event::ReserveTaken { amount })
    }

    /// Whether the order lets a refund be sent now.
    fn may_send(&mut self, number: &str) -> bool {
        self.tell(Event::RefundSent { number: number.to_owned() });
        let settlement = &self.order.settlement;
        let is_held = self.order.hold.is_some();
        settlement.pending_returns().any(|back| back.number == number && !is_held)
            || settlement.pending_second_payments().any(|second| second.number == number)
    }

    /// Looks for the number first; gives a reserve back by cancelling it, and everything else by a refund.
    fn return_one(
        &mut self,
        provider_id: &str,
        number: &str,
        amount: Kopecks,
        lines: &[Line],
        answer: Answer,
    ) -> bool {
        let is_known = self.is_everything_told();
        let Some(account) = self.accounts.get_mut(provider_id) else { return true };
        let number = number.to_owned();
        if let Some(there) = account.refund_of(&number).cloned() {
            assert_eq!(there.amount, amount.get(), "refund {number} is there with another sum");
            self.tell(match there.state {
                RefundState::Canceled => Event::RefundRefused { number, reason: "canceled there".to_owned() },
                _ => Event::RefundRecorded { number, by: ReturnedBy::Refund },
            });
            return true;
        }
        // A cancellation is of everything: a part is refunded, which a cancelled payment refuses.
        if account.is_held && account.is_canceled && account.shipped() == 0 && amount.get() == account.paid {
            self.tell(Event::RefundRecorded { number, by: ReturnedBy::Cancel });
            return true;
        }
        if answer == Answer::Unreached {
            return false;
        }
        if !self.may_send(&number) {
            return true;
        }
        let Some(account) = self.accounts.get_mut(provider_id) else { return true };
        let is_whole = account.shipped() == 0 && amount.get() == account.available();
        let cancels = account.is_held && is_whole && answer != Answer::Refused;
        if cancels {
            account.cancel();
        } else if answer == Answer::Refused || !account.refund(&number, amount.get(), sums_of(lines)) {
            if account.is_canceled {
                self.tell(Event::PaymentCanceled);
                return true;
            }
            if answer != Answer::Refused && is_known {
                self.faults.push(format!("refund {number}: more than there is"));
            }
            self.tell(Event::RefundRefused { number, reason: String::new() });
            return true;
        }
        let by = if cancels { ReturnedBy::Cancel } else { ReturnedBy::Refund };
        match answer {
            Answer::Lost => return false,
            Answer::Late => {
                self.unread.push(Event::RefundRecorded { number, by });
                return false;
            }
            _ => self.tell(Event::RefundRecorded { number, by }),
        };
        true
    }
}

fn sums_of(lines: &[Line]) -> Vec<(Sku, i64)> {
    lines.iter().map(|line| (line.sku.clone(), line.total.get())).collect()
}

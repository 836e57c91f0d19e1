//! Effects carried out against the models, as the server does it: it looks before it sends anything again.

use domain::{
    money::Kopecks,
    order::{
        StartReason, Status,
        machine::{Effect, Event, RefusalKind, StationReport},
        settlement::{Cause, Progress, ReturnedBy},
        start::MAX_START_AGE,
    },
};

use super::{Entry, World, station::Use};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Given,
    /// It is carried out, and we do not learn of it.
    Lost,
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
        let mut entry = self.outbox.remove(index % self.outbox.len());
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
            self.outbox.push(entry);
        }
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
            Answer::Given | Answer::Lost => self.station.release(entry.release),
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
            (Answer::Lost, _) => {
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
        if shipment.state != Progress::UnderWay
            || self.order.is_shipment_held()
            || self.order.settlement.is_reversed()
        {
            return true;
        }
        let number = shipment.number.clone();
        let is_known = self.is_everything_told();
        let Some(account) = self.account() else { return true };
        if account.has_shipment(&number) {
            self.tell(Event::ShipmentRecorded { number, taken: None });
            return true;
        }
        if answer == Answer::Unreached {
            return false;
        }
        if answer == Answer::Refused || !account.ship(&number, shipment.amount().get()) {
            assert!(answer == Answer::Refused || !is_known, "shipment {number}: more than there is");
            self.tell(Event::ShipmentRefused { number, reason: String::new() });
            return true;
        }
        if answer == Answer::Lost {
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
        self.unread.is_empty()
            && !is_canceled
            && !self.is_shipment_overtaken
            && !self.order.settlement.returns.iter().any(|back| by_person(&back.cause))
    }

    fn return_second_payments(&mut self, answer: Answer) -> bool {
        let mut is_done = true;
        let seconds: Vec<_> = self.order.settlement.pending_second_payments().cloned().collect();
        for second in seconds {
            let (id, number) = (second.provider_id, second.number);
            is_done &= self.return_one(&id, &number, second.amount, answer);
        }
        is_done
    }

    fn return_money(&mut self, answer: Answer) -> bool {
        if self.order.hold.is_some() {
            return true;
        }
        if self.read_refunds() {
            return false;
        }
        let mut is_done = true;
        let Some(invoice) = self.order.invoice.clone() else { return true };
        let returns = self.order.settlement.pending_returns();
        let returns = returns.filter(|back| !self.order.waits_for_shipment(&back.number));
        let returns: Vec<_> = returns.cloned().collect();
        for back in returns {
            is_done &= self.return_one(&invoice.provider_id, &back.number, back.amount, answer);
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
        let unknown = account.refunds().filter(|(number, _)| !is_known(number));
        let found: Vec<_> = unknown.map(|(number, amount)| (number.clone(), amount)).collect();
        for (number, amount) in &found {
            let (number, amount) = (number.clone(), Kopecks::new(*amount));
            self.tell(Event::RefundFound { number, amount, lines: Vec::new(), at: None, is_confirmed: true });
        }
        !found.is_empty()
    }

    /// Looks for the number first; gives a reserve back by cancelling it, and everything else by a refund.
    fn return_one(&mut self, provider_id: &str, number: &str, amount: Kopecks, answer: Answer) -> bool {
        let is_known = self.is_everything_told();
        let Some(account) = self.accounts.get_mut(provider_id) else { return true };
        let number = number.to_owned();
        if let Some(there) = account.refund_of(&number) {
            assert_eq!(there, amount.get(), "refund {number} is there with another sum");
            self.tell(Event::RefundRecorded { number, by: ReturnedBy::Refund });
            return true;
        }
        if account.is_held && account.is_canceled && account.shipped() == 0 {
            self.tell(Event::RefundRecorded { number, by: ReturnedBy::Cancel });
            return true;
        }
        if answer == Answer::Unreached {
            return false;
        }
        if !self.tell_and_ask(Event::RefundSent { number: number.clone() }) {
            return true;
        }
        let Some(account) = self.accounts.get_mut(provider_id) else { return true };
        let is_whole = account.shipped() == 0 && amount.get() == account.available();
        let cancels = account.is_held && is_whole && answer != Answer::Refused;
        if cancels {
            account.cancel();
        } else if answer == Answer::Refused || !account.refund(&number, amount.get()) {
            let there = (account.available(), account.shipped(), account.returned());
            let is_foreseen = answer == Answer::Refused || !is_known;
            assert!(is_foreseen, "refund {number}: more than {there:?}\n{}", self.describe());
            self.tell(Event::RefundRefused { number, reason: String::new() });
            return true;
        }
        if answer == Answer::Lost {
            return false;
        }
        let by = if cancels { ReturnedBy::Cancel } else { ReturnedBy::Refund };
        self.tell(Event::RefundRecorded { number, by });
        true
    }

    /// Reads what became of refunds: carried out, or cancelled by Invoicebox.
    fn follow_refunds(&mut self, answer: Answer) -> bool {
        let Some(invoice) = self.order.invoice.clone() else { return true };
        let returns = self.order.settlement.unconfirmed_returns();
        let returns = returns.map(|back| (invoice.provider_id.clone(), back.number.clone()));
        let seconds = self.order.settlement.unconfirmed_second_payments();
        let seconds = seconds.map(|second| (second.provider_id.clone(), second.number.clone()));
        let open: Vec<_> = returns.chain(seconds).collect();
        for (provider_id, number) in open {
            let Some(account) = self.accounts.get_mut(&provider_id) else { continue };
            if answer == Answer::Refused && account.cancel_refund(&number) {
                self.tell(Event::RefundRefused { number, reason: "canceled there".to_owned() });
            } else if answer == Answer::Given {
                self.tell(Event::RefundConfirmed { number });
            }
        }
        let ours: Vec<_> = self.order.settlement.possibly_left().cloned().collect();
        for back in ours {
            let Some(account) = self.accounts.get(&invoice.provider_id) else { continue };
            let number = back.number;
            let event = match account.refund_of(&number) {
                Some(_) => Event::RefundRecorded { number, by: ReturnedBy::Refund },
                None => Event::RefundAbsent { number },
            };
            self.tell(event);
        }
        matches!(answer, Answer::Given | Answer::Refused)
    }
}

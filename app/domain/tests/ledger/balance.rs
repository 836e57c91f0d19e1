//! The sums of the ledger: what is left at Invoicebox against what the order says of it, and what its discrepancies name.

use std::collections::BTreeMap;

use super::{
    MAX_MOVING_TIME, World,
    invoicebox::{Account, RefundState},
    office::OFFICE_SHIPMENT,
};
use domain::{
    money::Kopecks,
    order::{
        Discrepancy,
        machine::Effect,
        settlement::{Cause, Payment, Progress, Return, ReturnedBy},
    },
};

/// Money that the order still has to move, or that was refused.
struct Claim {
    number: String,
    amount: i64,
    is_refused: bool,
    /// The discrepancy of its refusal.
    refusal: Discrepancy,
}

impl World {
    /// The order and its money, for the message of a failure.
    pub fn describe(&self) -> String {
        let settlement = &self.order.settlement;
        let shipment = settlement.shipment.as_ref().map(|it| (&it.number, it.amount(), it.state));
        let line = |back: &Return| (back.number.clone(), back.amount, back.state, back.cause.clone());
        let returns: Vec<_> = settlement.returns.iter().map(line).collect();
        let dropped: Vec<_> = settlement.dropped_returns.iter().map(line).collect();
        let open: Vec<_> = self.order.discrepancies.iter().map(|one| (one.what, &one.detail)).collect();
        let outbox: Vec<_> = self.outbox.iter().map(|entry| entry.effect).collect();
        format!(
            "{} {:?} {:?} goods {:?} shipped {shipment:?} returns {returns:?} dropped {dropped:?} seconds {:?} open {open:?} \
             effects {outbox:?} at Invoicebox {:?}",
            self.order.status.name(),
            settlement.payment,
            self.order.hold,
            self.order.goods_until,
            settlement.second_payments,
            self.accounts
        )
    }

    /// Whether money that came through any invoice is where it should be. `Err` says what is not.
    pub fn check(&self) -> Result<(), String> {
        if let Some(fault) = self.faults.first() {
            return Err(fault.clone());
        }
        let ours = self.order.invoice.as_ref().map(|invoice| invoice.provider_id.clone());
        for (provider_id, account) in &self.accounts {
            let is_ours = ours.as_ref() == Some(provider_id);
            self.check_account(account, is_ours).map_err(|wrong| format!("{provider_id}: {wrong}"))?;
            // What the order does not know, it cannot say.
            if !self.unread.is_empty() {
                continue;
            }
            let checked = match is_ours {
                true => self.check_own(account),
                false => self.check_second(provider_id, account),
            };
            checked.map_err(|wrong| format!("{provider_id}: {wrong}"))?;
        }
        if self.unread.is_empty() { self.check_names() } else { Ok(()) }
    }

    /// No more went out than came in, of the whole and of each line.
    fn check_account(&self, account: &Account, is_ours: bool) -> Result<(), String> {
        if account.available() < 0 || account.shipped() > account.paid {
            return Err("more went out than came in".to_owned());
        }
        for line in self.order.lines.iter().filter(|_| is_ours) {
            let (returned, total) = (account.returned_of(&line.sku), line.total.get());
            if returned > total {
                return Err(format!("{returned} of {} went back, it cost {total}", line.sku.0));
            }
        }
        Ok(())
    }

    /// What is left of the goods beside a fuelling that gave nothing.
    fn left_of_goods(&self) -> i64 {
        let goods = self.order.lines.iter().filter(|line| line.fuel().is_none());
        goods.map(|line| self.order.left_of_line(line).get()).sum()
    }

    /// Of an ended order each kopeck that is left has a number under which it moves within ten minutes, or is owed.
    fn check_own(&self, account: &Account) -> Result<(), String> {
        if !self.order.status.is_final() {
            return Ok(());
        }
        let goods_wait = self.order.goods_until.is_some_and(|until| self.now < until);
        // A reserve is taken or let go as a whole.
        if goods_wait && self.order.settlement.payment == Some(Payment::Held) {
            return Ok(());
        }
        if self.order.hold.is_some() {
            let is_shown = self.is_hold_shown();
            return if is_shown { Ok(()) } else { Err("held, and nobody sees why".to_owned()) };
        }
        if self.is_cancellation_to_be_read(account) {
            return Ok(());
        }
        let remaining = account.remaining();
        let claims: Vec<Claim> =
            self.own_claims().into_iter().filter(|claim| !is_gone(account, &claim.number)).collect();
        for claim in &claims {
            self.check_claim(claim)?;
        }
        let waiting = if goods_wait { self.left_of_goods() } else { 0 };
        let claimed =
            claims.iter().map(|claim| claim.amount).sum::<i64>() + self.charged_after_shipment() + waiting;
        // Of what was shipped less for a refund that was cancelled afterwards, the line of that refund tells a person.
        if remaining > claimed + self.canceled_by_others() {
            return Err(format!("{remaining} are left, and {claimed} are to move or owed"));
        }
        // What a person or the office returns may be of what was shipped, and others may have shipped what was not delivered.
        let of_shipped: i64 = self.returns_of_shipped().map(|back| back.amount.get()).sum();
        let of_shipped =
            of_shipped + account.shipped_by(OFFICE_SHIPMENT) + self.shipped_beyond_decision(account);
        // Documents that are refused, or about to be, may be of money that had left.
        let had_left = self.order.discrepancies.iter().any(|one| one.detail.contains("decided anew"));
        let undocumented = claims
            .iter()
            .filter(|it| (it.is_refused || had_left) && it.refusal == Discrepancy::ShipmentRefused);
        let of_shipped = of_shipped + undocumented.map(|claim| claim.amount).sum::<i64>();
        if remaining < claimed - of_shipped && !self.is_anything_unheard(account) {
            return Err(format!("{remaining} are left, and {claimed} are to move or owed: too much"));
        }
        Ok(())
    }

    /// What our shipment had taken when a person decided that less was delivered.
    fn shipped_beyond_decision(&self, account: &Account) -> i64 {
        let decided = self.order.settlement.shipment.as_ref().map_or(0, |it| it.amount().get());
        let ours = account.shipped() - account.shipped_by(OFFICE_SHIPMENT);
        (ours - decided).max(0)
    }

    /// What is charged beyond the documents, with the discrepancy that says so.
    fn charged_after_shipment(&self) -> i64 {
        let shipment = self.order.settlement.shipment.as_ref();
        let Some(shipment) = shipment.filter(|shipment| shipment.state == Progress::Done) else { return 0 };
        let charged = self.order.final_total().unwrap_or_default();
        let is_named = self.order.discrepancy(Discrepancy::ShipmentRefused).is_some();
        if is_named { charged.minus_at_least_zero(shipment.amount()).get() } else { 0 }
    }

    /// Refunds of the office that were cancelled, as their lines say.
    fn canceled_by_others(&self) -> i64 {
        self.named(Discrepancy::RefundedElsewhere).values().sum()
    }

    fn undocumented(&self) -> i64 {
        let shipment = self.order.settlement.shipment.as_ref();
        let refused = shipment.filter(|shipment| shipment.state == Progress::Refused);
        refused.map_or(0, |shipment| shipment.amount().get())
            + self.charged_after_shipment()
            + self.canceled_by_others()
    }

    /// Of a payment through another invoice everything that is left goes back.
    fn check_second(&self, provider_id: &str, account: &Account) -> Result<(), String> {
        let all = self.order.settlement.second_payments.iter();
        let parts: Vec<_> = all.filter(|second| second.provider_id == provider_id).collect();
        let known: i64 = parts.iter().map(|part| part.amount.get()).sum();
        if known != account.paid {
            return Err(format!("{} came in, {known} are to go back", account.paid));
        }
        let open: Vec<_> = parts.into_iter().filter(|part| part.state != Progress::Done).collect();
        let to_go: i64 = open.iter().map(|part| part.amount.get()).sum();
        if account.remaining() > to_go && !self.is_cancellation_to_be_read(account) {
            return Err(format!("{} are left, and {to_go} are to go", account.remaining()));
        }
        for part in open.iter().filter(|part| account.remaining() > 0 && !is_gone(account, &part.number)) {
            self.check_claim(&Claim {
                number: part.number.clone(),
                amount: part.amount.get(),
                is_refused: part.state == Progress::Refused,
                refusal: Discrepancy::RefundRefused,
            })?;
        }
        Ok(())
    }

    /// What does not move is named with its sum.
    fn check_claim(&self, claim: &Claim) -> Result<(), String> {
        let is_young =
            self.moving.get(&claim.number).is_some_and(|since| self.now - *since < MAX_MOVING_TIME);
        let named = self.named(if claim.is_refused { claim.refusal } else { Discrepancy::MoneyOwed });
        // The rest of a reserve waits for the documents.
        let waits_for_person =
            self.order.is_reserve_unshipped() && self.order.waits_for_shipment(&claim.number);
        let is_named = match claim.refusal {
            _ if waits_for_person => self.order.discrepancy(Discrepancy::ShipmentRefused).is_some(),
            // It names no sum: that of the documents is known.
            Discrepancy::ShipmentRefused if claim.is_refused => {
                self.order.discrepancy(Discrepancy::ShipmentRefused).is_some()
            }
            _ => named.get(&claim.number) == Some(&claim.amount),
        };
        if is_named || (is_young && !claim.is_refused) {
            return Ok(());
        }
        Err(format!("{} {}: no discrepancy names it, of {named:?}", claim.number, claim.amount))
    }

    /// What discrepancies name is owed: no other number, no other sum, nothing twice.
    fn check_names(&self) -> Result<(), String> {
        let settlement = &self.order.settlement;
        let returns = settlement.returns.iter().map(|back| (&back.number, back.amount, back.state));
        let seconds = settlement.second_payments.iter();
        let seconds = seconds.map(|second| (&second.number, second.amount, second.state));
        let shipment = settlement.shipment.iter();
        let shipment = shipment.map(|shipment| (&shipment.number, shipment.amount(), shipment.state));
        let all: Vec<(&String, Kopecks, Progress)> = returns.chain(seconds).chain(shipment).collect();
        let in_state = |state: Progress| {
            let those = all.iter().filter(move |(.., it)| *it == state);
            those.map(|(number, amount, _)| ((*number).clone(), amount.get())).collect::<BTreeMap<_, _>>()
        };
        let pending = in_state(Progress::UnderWay);
        let owed = self.named(Discrepancy::MoneyOwed);
        if let Some((number, amount)) =
            owed.iter().find(|(number, amount)| pending.get(*number) != Some(amount))
        {
            return Err(format!("{number} {amount} is named as owed, and it is not"));
        }
        // While a refusal is tried again, its line stays.
        let is_tried_again = settlement.pending_returns().next().is_some()
            || settlement.pending_second_payments().next().is_some();
        let (refused, named) = (in_state(Progress::Refused), self.named(Discrepancy::RefundRefused));
        let stale = named.iter().find(|(number, amount)| refused.get(*number) != Some(amount));
        match stale.filter(|_| !is_tried_again) {
            Some((number, amount)) => Err(format!("{number} {amount} is named as refused, and it is not")),
            None => Ok(()),
        }
    }

    /// What open discrepancies of a kind name, by number.
    fn named(&self, what: Discrepancy) -> BTreeMap<String, i64> {
        let open = self.order.discrepancies.iter().filter(|one| one.what == what);
        let read = |detail: &str| {
            let (number, rest) = detail.split_once(' ')?;
            let (amount, _) = rest.split_once(':')?;
            // Two digits follow the point.
            Some((number.to_owned(), amount.replace('.', "").parse().ok()?))
        };
        open.filter_map(|one| read(&one.detail)).collect()
    }

    /// What the order has to move of its own payment, or could not.
    fn own_claims(&self) -> Vec<Claim> {
        let settlement = &self.order.settlement;
        // Nothing is shipped of money that is back.
        let is_paid = settlement.returned() < self.order.paid_total();
        let shipment = settlement
            .shipment
            .iter()
            .filter(|_| is_paid)
            .map(|it| (&it.number, it.amount(), it.state, Discrepancy::ShipmentRefused));
        let returns =
            settlement.returns.iter().map(|it| (&it.number, it.amount, it.state, Discrepancy::RefundRefused));
        let open = shipment.chain(returns).filter(|(_, _, state, _)| *state != Progress::Done);
        let claim = |(number, amount, state, refusal): (&String, Kopecks, Progress, Discrepancy)| Claim {
            number: number.clone(),
            amount: amount.get(),
            is_refused: state == Progress::Refused,
            refusal,
        };
        open.map(claim).collect()
    }

    /// Returns of money that may have been shipped.
    fn returns_of_shipped(&self) -> impl Iterator<Item = &Return> {
        let by_others = |back: &&Return| matches!(back.cause, Cause::Operator { .. } | Cause::Elsewhere);
        self.order.settlement.returns.iter().filter(by_others)
    }

    /// Whether Invoicebox has cancelled a refund that the order is about to read again.
    fn is_cancellation_to_be_read(&self, account: &Account) -> bool {
        let settlement = &self.order.settlement;
        let returns = settlement.unconfirmed_returns().map(|back| &back.number);
        let seconds = settlement.unconfirmed_second_payments().map(|second| &second.number);
        let is_canceled = |number: &String| {
            account.refund_of(number).is_some_and(|refund| refund.state == RefundState::Canceled)
        };
        self.outbox.iter().any(|entry| entry.effect == Effect::FollowRefunds)
            && returns.chain(seconds).any(is_canceled)
    }

    /// Whether Invoicebox has done something of which the order has not heard.
    fn is_anything_unheard(&self, account: &Account) -> bool {
        let is_done = |number: &String| {
            let mut returns = self.order.settlement.returns.iter();
            returns.any(|back| back.number == *number && back.state == Progress::Done)
        };
        let shipment = self.order.settlement.shipment.as_ref();
        let is_shipment_unheard =
            shipment.is_some_and(|it| it.state != Progress::Done && account.shipped() > 0);
        // What others took of a reserve is read before any of it is returned.
        let mut returns = self.order.settlement.returns.iter();
        let is_release_known = returns.any(|back| back.by == Some(ReturnedBy::Release));
        account.is_canceled
            || is_shipment_unheard
            || (account.has_shipment(OFFICE_SHIPMENT) && !is_release_known)
            // Ours had taken a part when a person decided that nothing was delivered.
            || (shipment.is_none() && account.shipped() > 0 && !is_release_known)
            || account.live_refunds().any(|(number, _)| !is_done(number))
    }

    /// Whether an operator sees why the money waits; a withdrawal has ten minutes to be answered.
    fn is_hold_shown(&self) -> bool {
        let Some(hold) = self.order.hold else { return false };
        self.order.discrepancy(hold.cause).is_some()
            || (hold.cause == Discrepancy::ReleaseNotWithdrawn && self.now - hold.since < MAX_MOVING_TIME)
    }

    /// Everything is told, carried out and decided: nothing may be left, and what is kept is what the order says.
    pub fn check_end(&self) -> Result<(), String> {
        if !self.order.status.is_final() {
            return Err(format!("still {}", self.order.status.name()));
        }
        if let Some(hold) = self.order.hold {
            return Err(format!("still held: {:?}", hold.cause));
        }
        for what in [Discrepancy::MoneyOwed, Discrepancy::RefundRefused] {
            if let Some(one) = self.order.discrepancy(what) {
                return Err(format!("still open: {what:?} {}", one.detail));
            }
        }
        let ours = self.order.invoice.as_ref().map(|invoice| &invoice.provider_id);
        for (provider_id, account) in &self.accounts {
            // Documents that are refused for good are a person's matter: their money is named.
            let refused = self.order.discrepancy(Discrepancy::ShipmentRefused);
            let is_ours = ours == Some(provider_id);
            if account.remaining() > if is_ours { self.undocumented() } else { 0 } {
                return Err(format!("{provider_id}: {} kopecks are nowhere", account.remaining()));
            }
            // Others have shipped less than was delivered: what they let go is gone.
            let kept = self.order.final_total().filter(|_| is_ours && refused.is_none());
            let kept = kept.map(Kopecks::get);
            if let Some(kept) = kept.filter(|kept| *kept != account.available()) {
                return Err(format!(
                    "{provider_id}: {} are kept, the order says {kept}",
                    account.available()
                ));
            }
        }
        self.check_fuel()
    }
}

/// Whether Invoicebox has moved the money of this number, or all of it.
fn is_gone(account: &Account, number: &str) -> bool {
    account.is_canceled
        || account.has_shipment(number)
        || account.live_refunds().any(|(known, _)| known == number)
}

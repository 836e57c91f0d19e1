//! An order between models of Invoicebox and of a station, which answer its effects, late or never.
//!
//! The models know what really came in, went out and was given; the order knows what it was told.

mod effects;
mod invoicebox;
mod people;
mod station;

use std::collections::{BTreeMap, HashSet};

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, Order, StartRules, Status,
        machine::{Effect, Event, Outcome, apply},
        settlement::Return,
    },
};
pub use effects::Answer;
use invoicebox::Account;
pub use station::Action;
use station::Station;
use test_support::orders::{NOW, invoice};
use time::{Duration, OffsetDateTime};

/// Time in which money may be on its way without a discrepancy.
const MAX_MOVING_TIME: Duration = Duration::minutes(10);

/// An effect that is still to be carried out.
struct Entry {
    effect: Effect,
    decided_at: OffsetDateTime,
    /// The release that was open then.
    release: u32,
    /// It may have been carried out already.
    is_sent: bool,
}

pub struct World {
    pub order: Order,
    pub now: OffsetDateTime,
    rules: StartRules,
    accounts: BTreeMap<String, Account>,
    station: Station,
    outbox: Vec<Entry>,
    /// What the order has not been told.
    unread: Vec<Event>,
    recorded: HashSet<Discrepancy>,
    /// Since when each number waits to move.
    moving: BTreeMap<String, OffsetDateTime>,
    last_money_effect: OffsetDateTime,
    /// A refund in the office became known after what to ship was decided.
    is_shipment_overtaken: bool,
    /// A person has decided about fuel, with the discrepancy before their eyes.
    is_decided_by_person: bool,
    keys: u128,
}

impl World {
    pub fn new(order: Order, rules: StartRules) -> Self {
        let ordered = order.fuel_line().map_or(0, |line| line.quantity.get());
        let mut world = Self {
            order,
            now: NOW,
            rules,
            accounts: BTreeMap::new(),
            station: Station { ordered, ..Station::default() },
            outbox: Vec::new(),
            unread: Vec::new(),
            recorded: HashSet::new(),
            moving: BTreeMap::new(),
            last_money_effect: NOW,
            is_shipment_overtaken: false,
            is_decided_by_person: false,
            keys: 0,
        };
        world.tell(Event::InvoiceCreated(invoice()));
        world
    }

    /// The order learns of an event.
    fn tell(&mut self, event: Event) {
        let _ = self.tell_and_ask(event);
    }

    /// The order learns of an event; whether it takes it.
    fn tell_and_ask(&mut self, event: Event) -> bool {
        let effects = match apply(&mut self.order, event, self.now, &self.rules) {
            Outcome::Changed(effects) => effects,
            outcome => return outcome == Outcome::Unchanged,
        };
        self.recorded.extend(self.order.discrepancies.iter().map(|one| one.what));
        let release = self.order.releases.last().map_or(0, |release| release.number);
        for effect in effects {
            let moves_money =
                [Effect::Ship, Effect::Refund, Effect::ReturnMoney, Effect::ReturnSecondPayments];
            if moves_money.contains(&effect) {
                self.last_money_effect = self.now;
            }
            self.outbox.push(Entry { effect, decided_at: self.now, release, is_sent: false });
        }
        true
    }

    /// Money comes in through the order's invoice, or another under its number.
    pub fn pay(&mut self, is_ours: bool, is_held: bool, surplus: i64) {
        let provider_id = if is_ours { invoice().provider_id } else { "another".to_owned() };
        if self.accounts.contains_key(&provider_id) {
            return;
        }
        let amount = self.order.total.get() + surplus;
        self.accounts.insert(provider_id.clone(), Account::new(amount, is_held));
        let amount = Some(Kopecks::new(amount));
        self.unread.push(Event::Paid { provider_id, held: is_held, paid_at: Some(self.now), amount });
    }

    fn account(&mut self) -> Option<&mut Account> {
        let provider_id = &self.order.invoice.as_ref()?.provider_id;
        self.accounts.get_mut(provider_id)
    }

    /// Somebody returns money in the merchant's office.
    pub fn refund_in_office(&mut self, percent: i64) {
        let number = format!("office-{}", self.unread.len() + self.order.settlement.returns.len());
        let is_paid = self.order.settlement.payment.is_some();
        let Some(account) = self.account().filter(|_| is_paid) else { return };
        let amount = account.available() * percent / 100;
        if amount > 0 && !account.is_held && account.refund_of(&number).is_none() {
            assert!(account.refund(&number, amount));
            let (amount, at) = (Kopecks::new(amount), Some(self.now));
            self.unread.push(Event::RefundFound {
                number,
                amount,
                lines: Vec::new(),
                at,
                is_confirmed: true,
            });
        }
    }

    /// A bank takes the payment back.
    pub fn reverse(&mut self) {
        let is_paid = self.order.settlement.payment.is_some();
        if let Some(account) = self.account().filter(|account| is_paid && !account.is_canceled) {
            account.cancel();
            self.unread.push(Event::PaymentCanceled);
        }
    }

    /// The payment that a bank had taken back is there again, once everybody has learned of the first.
    pub fn restore(&mut self) {
        let is_reversed = self.order.settlement.is_reversed() && self.unread.is_empty();
        if let Some(account) = self.account().filter(|account| is_reversed && account.is_canceled) {
            account.restore();
            let held = account.is_held;
            self.unread.push(Event::PaymentRestored { held });
        }
    }

    /// A notification or a read arrives.
    pub fn read(&mut self, index: usize) {
        if !self.unread.is_empty() {
            let event = self.unread.remove(index % self.unread.len());
            let is_shipping = self.order.settlement.shipment.is_some();
            self.is_shipment_overtaken |= is_shipping && matches!(event, Event::RefundFound { .. });
            self.tell(event);
        }
    }

    pub fn act_at_pump(&mut self, action: Action, volume: i64) {
        self.station.act(action, volume);
    }

    pub fn give_after_end(&mut self, index: usize, volume: i64, reads_meter: bool) {
        self.station.give_after_end(index, volume, reads_meter);
    }

    /// A callback arrives, in any order.
    pub fn deliver(&mut self, index: usize) {
        if !self.station.callbacks.is_empty() {
            let index = index % self.station.callbacks.len();
            let (release, report) = self.station.callbacks.remove(index);
            self.station.delivered.push((release, report.clone()));
            self.tell(Event::Station { release, report });
        }
    }

    /// A callback arrives again.
    pub fn repeat(&mut self, index: usize) {
        if !self.station.delivered.is_empty() {
            let (release, report) = self.station.delivered[index % self.station.delivered.len()].clone();
            self.tell(Event::Station { release, report });
        }
    }

    /// Time passes, and the clock does what is due.
    pub fn wait(&mut self, minutes: i64) {
        self.now += Duration::minutes(minutes);
        let last_step = self.order.history.last().map_or(NOW, |step| step.at);
        if self.now >= self.order.expires_at {
            self.tell(Event::TimeOver);
        }
        self.tell(Event::StartTimeOver);
        self.tell(Event::GoodsTimeOver);
        if self.now - last_step >= Duration::minutes(30) {
            self.tell(Event::ReleaseLapsed);
        }
        let unanswered = |entry: &Entry| {
            entry.effect == Effect::WithdrawRelease && self.now - entry.decided_at >= MAX_MOVING_TIME
        };
        let unanswered: Vec<u32> =
            self.outbox.iter().filter(|entry| unanswered(entry)).map(|entry| entry.release).collect();
        for release in unanswered {
            self.tell(Event::WithdrawalUnanswered { release });
        }
        self.report_delays();
    }

    /// As the server does: what has not moved for ten minutes becomes a discrepancy.
    pub fn report_delays(&mut self) {
        let settlement = &self.order.settlement;
        let shipment = settlement.shipment.iter().map(|shipment| (shipment.number.clone(), self.now));
        let returns = settlement.pending_returns();
        let returns = returns.map(|back| (back.number.clone(), back.decided_at.unwrap_or(self.now)));
        let seconds = settlement.pending_second_payments();
        let seconds = seconds.map(|second| (second.number.clone(), second.learned));
        let pending: BTreeMap<String, OffsetDateTime> = shipment.chain(returns).chain(seconds).collect();
        self.moving.retain(|number, _| pending.contains_key(number));
        for (number, decided_at) in pending {
            let since = *self.moving.entry(number.clone()).or_insert(decided_at);
            if self.now - since >= MAX_MOVING_TIME {
                self.tell(Event::MoneyDelayed { number, says: String::new() });
            }
        }
    }

    fn is_open_discrepancy(&self, kinds: &[Discrepancy]) -> bool {
        kinds.iter().any(|what| self.order.discrepancy(*what).is_some())
    }

    /// Why money of the order is neither shipped nor returned; `None`: for no good reason.
    fn reason_to_wait(&self) -> Option<&'static str> {
        let owed = [Discrepancy::MoneyOwed, Discrepancy::RefundRefused, Discrepancy::ShipmentRefused];
        let reasons = [
            (!self.unread.is_empty(), "the order does not know yet"),
            (!self.order.status.is_final(), "held for an open order"),
            (self.order.goods_until.is_some_and(|until| self.now < until), "goods wait for a cashier"),
            (self.order.hold.is_some() && self.is_hold_shown(), "held with a discrepancy"),
            (self.now - self.last_money_effect < MAX_MOVING_TIME, "on its way"),
            (self.is_open_discrepancy(&owed), "owed with a discrepancy"),
        ];
        reasons.into_iter().find(|(is_so, _)| *is_so).map(|(_, reason)| reason)
    }

    /// Whether an operator sees why the money waits; a withdrawal has ten minutes to be answered.
    fn is_hold_shown(&self) -> bool {
        let Some(hold) = self.order.hold else { return false };
        self.is_open_discrepancy(&[hold.cause])
            || (hold.cause == Discrepancy::ReleaseNotWithdrawn && self.now - hold.since < MAX_MOVING_TIME)
    }

    /// Whether money that came through any invoice is where it should be. `Err` says what is not.
    pub fn check(&self) -> Result<(), String> {
        let ours = self.order.invoice.as_ref().map(|invoice| invoice.provider_id.clone());
        for (provider_id, account) in &self.accounts {
            let is_gone = account.shipped() + account.returned() - account.paid > account.returned();
            if account.available() < 0 || is_gone {
                return Err(format!("{provider_id}: more went out than came in"));
            }
            let is_ours = ours.as_ref() == Some(provider_id);
            let is_waiting = if is_ours {
                self.reason_to_wait().is_some()
            } else {
                !self.unread.is_empty() || self.is_open_discrepancy(&[Discrepancy::PaidTwice])
            };
            if account.remaining() > 0 && !is_waiting {
                return Err(format!("{provider_id}: {} kopecks wait for no reason", account.remaining()));
            }
        }
        Ok(())
    }

    /// What the order says of its money.
    pub fn describe(&self) -> String {
        let settlement = &self.order.settlement;
        let line = |back: &Return| {
            format!("{} {:?} {} {:?} {:?}", back.number, back.cause, back.amount.get(), back.state, back.by)
        };
        let returns: Vec<_> = settlement.returns.iter().map(line).collect();
        let dropped: Vec<_> = settlement.dropped_returns.iter().map(line).collect();
        let shipment = settlement.shipment.as_ref().map(|it| (it.state, it.amount().get()));
        format!(
            "{:?} {:?}, hold {:?}, shipment {shipment:?}, returns {returns:#?}, dropped {dropped:#?}, {:#?}",
            self.order.status, settlement.payment, self.order.hold, self.order.discrepancies
        )
    }

    /// Everything is told, carried out and decided: nothing may be left, and fuel is paid for.
    pub fn check_end(&self) -> Result<(), String> {
        if !self.order.status.is_final() {
            return Err(format!("still {}", self.order.status.name()));
        }
        if let Some(hold) = self.order.hold {
            return Err(format!("still held: {:?}", hold.cause));
        }
        let is_unshipped = self.recorded.contains(&Discrepancy::ShipmentRefused);
        for (provider_id, account) in &self.accounts {
            if account.remaining() != 0 && !is_unshipped {
                return Err(format!("{provider_id}: {} kopecks are nowhere", account.remaining()));
            }
        }
        self.check_fuel()
    }

    /// Fuel that was given is charged, unless a discrepancy has shown it to a person.
    fn check_fuel(&self) -> Result<(), String> {
        let charged = match (self.order.status, self.order.dispensed) {
            (Status::Completed, Some(volume)) => volume.get(),
            _ => 0,
        };
        let shown = [
            Discrepancy::DispensedAfterEnd,
            Discrepancy::DispensedUnpaid,
            Discrepancy::DispensedMoreThanPaid,
            Discrepancy::DispensedLessThanMetered,
            Discrepancy::FuelAfterRelease,
            Discrepancy::FuellingCancelledByStation,
            Discrepancy::VolumeUnreadable,
            Discrepancy::PaymentReversed,
            Discrepancy::RefundedElsewhere,
            Discrepancy::ReleaseNotWithdrawn,
        ];
        let is_shown = shown.iter().any(|what| self.recorded.contains(what));
        let given = self.station.given();
        if given > charged && !is_shown && !self.is_decided_by_person {
            return Err(format!("{given} were given, {charged} are charged"));
        }
        Ok(())
    }
}

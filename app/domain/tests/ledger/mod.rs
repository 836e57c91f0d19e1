//! An order between models of Invoicebox and of a station, which answer its effects, late or never.
//!
//! The models know what really came in, went out and was given; the order knows what it was told.

mod balance;
mod effects;
mod follow;
mod invoicebox;
mod office;
mod people;
mod station;

use std::collections::{BTreeMap, HashSet};

use domain::{
    money::Kopecks,
    order::{
        Discrepancy, MoneyKind, Order, StartRules, Status,
        machine::{Effect, Event, MAX_METER_OVERRUN, Outcome, StationReport, apply},
    },
    quantity::Centi,
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
    office_refunds: u32,
    /// A refund in the office became known after what to ship was decided.
    is_shipment_overtaken: bool,
    /// Fuel was reported before there was any money for it.
    is_unpaid_fuel_told: bool,
    /// A person has decided about fuel, with the discrepancy before their eyes.
    is_decided_by_person: bool,
    keys: u128,
    /// What the order has asked for although it knew that there is less.
    faults: Vec<String>,
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
            office_refunds: 0,
            is_shipment_overtaken: false,
            is_unpaid_fuel_told: false,
            is_decided_by_person: false,
            keys: 0,
            faults: Vec::new(),
        };
        world.tell(Event::InvoiceCreated(invoice()));
        world
    }

    /// The order learns of an event. Whether it changes by it.
    fn tell(&mut self, event: Event) -> bool {
        let is_shipping = self.order.settlement.shipment.is_some();
        self.is_shipment_overtaken |= is_shipping && matches!(event, Event::RefundFound { .. });
        let Outcome::Changed(effects) = apply(&mut self.order, event, self.now, &self.rules) else {
            return false;
        };
        self.recorded.extend(self.order.discrepancies.iter().map(|one| one.what));
        let release = self.order.releases.last().map_or(0, |release| release.number);
        for effect in effects {
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

    /// A notification or a read arrives.
    pub fn read(&mut self, index: usize) {
        if !self.unread.is_empty() {
            let event = self.unread.remove(index % self.unread.len());
            // What was cancelled is read again before it counts as restored.
            let is_restored = matches!(event, Event::PaymentRestored { .. });
            if !is_restored || self.account().is_some_and(|account| !account.is_canceled) {
                self.tell(event);
            }
        }
    }

    pub fn act_at_pump(&mut self, action: Action, volume: i64) {
        self.station.act(action, volume);
    }

    pub fn give_after_end(&mut self, index: usize, volume: i64, reads_meter: bool) {
        self.station.give_after_end(index, volume, reads_meter);
    }

    /// A station at fault: fuel comes out for an order of which it has only heard, and it says so at once.
    pub fn give_unasked(&mut self, volume: i64) {
        if self.station.releases.is_empty() && self.station.unasked == 0 {
            self.station.unasked = volume;
            self.is_unpaid_fuel_told = self.order.settlement.payment.is_none();
            let report = StationReport::Dispensed(Centi::new(volume));
            self.tell(Event::Station { release: 1, report });
        }
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

    /// As the server does: what has not moved for ten minutes gets the effect that it has lost, and becomes a discrepancy.
    pub fn report_delays(&mut self) {
        let pending: BTreeMap<String, OffsetDateTime> = self
            .order
            .money_under_way()
            .map(|money| (money.number.to_owned(), money.decided_at.unwrap_or(self.now)))
            .collect();
        self.moving.retain(|number, _| pending.contains_key(number));
        for (number, decided_at) in pending {
            let since = *self.moving.entry(number.clone()).or_insert(decided_at);
            if self.now - since >= MAX_MOVING_TIME {
                self.try_untried(&number);
                self.tell(Event::MoneyDelayed { number, says: String::new() });
            }
        }
    }

    fn try_untried(&mut self, number: &str) {
        let Some(money) = self.order.unreported_money().find(|money| money.number == number) else { return };
        let tried_by: &[Effect] = match money.kind {
            MoneyKind::Shipment => &[Effect::Ship],
            MoneyKind::Return => &[Effect::Refund, Effect::ReturnMoney, Effect::Ship],
            MoneyKind::SecondPayment => &[Effect::ReturnSecondPayments],
        };
        if !self.outbox.iter().any(|entry| tried_by.contains(&entry.effect)) {
            self.tell(Event::MoneyUntried { number: number.to_owned() });
        }
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
        // Within its own error the end counts, and not the meter.
        if given > charged + MAX_METER_OVERRUN.get() && !is_shown && !self.is_decided_by_person {
            return Err(format!("{given} were given, {charged} are charged"));
        }
        Ok(())
    }
}

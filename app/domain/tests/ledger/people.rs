//! What the driver, the payer, the cashier and the manager do.

use domain::{
    id::{IdempotencyKey, PumpNumber},
    money::Kopecks,
    order::{
        Discrepancy, Starter, Status,
        machine::{Canceller, Event},
        settlement::{RefundItem, RefundPart, RefundRequest, RefundScope},
    },
    quantity::Centi,
};
use test_support::orders::{all_handed_over, handed_over};
use uuid::Uuid;

use super::{Answer, World};

impl World {
    pub fn start(&mut self, pump: u16, unseen: u32) {
        let seq = self.order.history_seq().saturating_sub(unseen);
        self.tell(Event::StartRequested { pump: PumpNumber(pump), seq, by: Starter::Driver });
    }

    pub fn cancel(&mut self, by: Canceller) {
        self.is_decided_by_person |= by == Canceller::Operator && self.order.hold.is_some();
        self.tell(Event::CancelRequested { by, reason: None });
    }

    pub fn hand_over(&mut self, is_all: bool) {
        let all = all_handed_over(&self.order);
        self.tell(if is_all { all } else { handed_over(Vec::new()) });
    }

    /// The manager closes the order: with this share of what was ordered, or with what the pumps really gave.
    pub fn complete(&mut self, percent: Option<i64>) {
        let ordered = self.station.ordered;
        let given = self.station.given().min(ordered);
        let dispensed = percent.map_or(given, |percent| ordered * percent / 100);
        self.is_decided_by_person = true;
        self.tell(Event::CompletedByOperator { dispensed: Some(Centi::new(dispensed)), items: None });
    }

    pub fn refund(&mut self, line: Option<usize>, amount: i64, is_repeated: bool) {
        self.keys += u128::from(!is_repeated);
        let part = RefundPart::Amount(Kopecks::new(amount));
        let item = |line: usize| RefundItem {
            sku: self.order.lines[line % self.order.lines.len()].sku.clone(),
            part,
        };
        let scope = line.map_or(RefundScope::Rest, |line| RefundScope::Items(vec![item(line)]));
        self.is_decided_by_person |= self.order.hold.is_some();
        let key = IdempotencyKey(Uuid::from_u128(self.keys));
        self.tell(Event::RefundRequested(RefundRequest { key, scope, reason: String::new() }));
    }

    /// The manager notes what was done about fuel. What is noted about money is a decision, which the models do not know.
    pub fn settle(&mut self, index: usize) {
        let open = &self.order.discrepancies;
        let Some(one) = open.get(index % open.len().max(1)) else { return };
        let (what, detail) = (one.what, Some(one.detail.clone()));
        let is_about_fuel = matches!(
            what,
            Discrepancy::DispensedUnpaid
                | Discrepancy::DispensedAfterEnd
                | Discrepancy::VolumeUnreadable
                | Discrepancy::FuelAfterRelease
        );
        if is_about_fuel {
            self.tell(Event::DiscrepancySettled { what, detail });
        }
    }

    /// Everything arrives, every effect is carried out, and people decide what waits for them.
    pub fn settle_everything(&mut self) {
        for _ in 0..12 {
            self.learn_everything();
            self.wait(24 * 60);
            self.learn_everything();
            match self.order.status {
                Status::Ready | Status::Fuelling if self.order.hold.is_some() => self.complete(None),
                Status::Paid if self.order.hold.is_some() => self.cancel(Canceller::Operator),
                Status::Authorising | Status::Ready => self.cancel(Canceller::Operator),
                Status::Fuelling => self.complete(None),
                status if status.is_final() => self.decide_about_money(),
                _ => {}
            }
        }
        self.learn_everything();
    }

    fn decide_about_money(&mut self) {
        let is_owed = self.order.settlement.refused_total() > Kopecks::ZERO;
        if self.order.hold.is_some() || is_owed || self.order.is_reserve_unshipped() {
            self.refund(None, 0, false);
        }
        if self.order.discrepancy(Discrepancy::ShipmentRefused).is_some() {
            self.tell(Event::ShipmentRetried);
        }
    }

    fn learn_everything(&mut self) {
        for _ in 0..200 {
            self.read(0);
            self.deliver(0);
            self.run_effect(0, Answer::Given);
            if !self.has_effects() && self.unread.is_empty() && self.station.callbacks.is_empty() {
                break;
            }
        }
    }
}

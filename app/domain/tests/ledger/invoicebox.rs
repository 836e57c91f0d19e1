//! A model of Invoicebox: what came in through each invoice, what was shipped for it, what went back, under which number.

use std::collections::BTreeMap;

/// The money of one invoice, in kopecks.
#[derive(Default)]
pub struct Account {
    pub paid: i64,
    /// Reserved, not taken: the final shipment lets the rest go.
    pub is_held: bool,
    shipments: BTreeMap<String, i64>,
    /// By number; every way back has one but a cancellation.
    refunds: BTreeMap<String, i64>,
    /// Let go by a shipment.
    released: i64,
    /// Cancelled or reversed as a whole.
    revoked: i64,
    pub is_canceled: bool,
}

impl Account {
    pub fn new(paid: i64, is_held: bool) -> Self {
        Self { paid, is_held, ..Self::default() }
    }

    pub fn returned(&self) -> i64 {
        self.refunds.values().sum::<i64>() + self.released + self.revoked
    }

    pub fn shipped(&self) -> i64 {
        self.shipments.values().sum()
    }

    /// What may still be refunded.
    pub fn available(&self) -> i64 {
        self.paid - self.returned()
    }

    /// Money that was neither shipped nor returned. What goes back beyond that is of what was shipped.
    pub fn remaining(&self) -> i64 {
        self.available() - self.shipped().min(self.available())
    }

    pub fn has_shipment(&self, number: &str) -> bool {
        self.shipments.contains_key(number)
    }

    pub fn refund_of(&self, number: &str) -> Option<i64> {
        self.refunds.get(number).copied()
    }

    /// All refunds, by number.
    pub fn refunds(&self) -> impl Iterator<Item = (&String, i64)> {
        self.refunds.iter().map(|(number, amount)| (number, *amount))
    }

    /// The final shipment. `false`: more than there is.
    pub fn ship(&mut self, number: &str, amount: i64) -> bool {
        if self.is_canceled || self.shipped() + amount > self.available() {
            return false;
        }
        let known = self.shipments.insert(number.to_owned(), amount);
        assert!(known.is_none(), "shipment {number} is sent twice");
        if self.is_held {
            self.released += self.remaining();
        }
        true
    }

    /// `false`: more than there is.
    pub fn refund(&mut self, number: &str, amount: i64) -> bool {
        if self.is_canceled || amount > self.available() {
            return false;
        }
        let known = self.refunds.insert(number.to_owned(), amount);
        assert!(known.is_none(), "refund {number} moves money twice");
        true
    }

    /// Invoicebox cancels a refund that it had accepted.
    pub fn cancel_refund(&mut self, number: &str) -> bool {
        !self.is_canceled && self.refunds.remove(number).is_some()
    }

    /// The payment is taken back as a whole: at our request, or by a bank.
    pub fn cancel(&mut self) {
        self.revoked += self.available();
        self.is_canceled = true;
    }

    /// What was taken back is there again.
    pub fn restore(&mut self) {
        self.revoked = 0;
        self.is_canceled = false;
    }
}

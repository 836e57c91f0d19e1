//! A model of Invoicebox: what came in through each invoice, what was shipped for it, what went back, under which number.

use std::collections::BTreeMap;

use domain::id::Sku;

/// What Invoicebox says of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Taken, and may still be cancelled there.
    Accepted,
    Final,
    Canceled,
}

/// A refund under its number.
#[derive(Clone, Debug)]
pub struct AccountRefund {
    pub amount: i64,
    /// By line, where they are known.
    pub lines: Vec<(Sku, i64)>,
    pub state: RefundState,
}

/// The money of one invoice, in kopecks.
#[derive(Debug, Default)]
pub struct Account {
    pub paid: i64,
    /// Reserved, not taken: the final shipment lets the rest go.
    pub is_held: bool,
    shipments: BTreeMap<String, i64>,
    /// By number; every way back has one but a cancellation.
    refunds: BTreeMap<String, AccountRefund>,
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
        self.live_refunds().map(|(_, refund)| refund.amount).sum::<i64>() + self.released + self.revoked
    }

    pub fn shipped(&self) -> i64 {
        self.shipments.values().sum()
    }

    /// What may still be refunded.
    pub fn available(&self) -> i64 {
        self.paid - self.returned()
    }

    /// What of a reserve was taken: the rest was let go.
    pub fn taken(&self) -> i64 {
        self.paid - self.released
    }

    /// Money that was neither shipped nor returned. What goes back beyond that is of what was shipped.
    pub fn remaining(&self) -> i64 {
        self.available() - self.shipped().min(self.available())
    }

    pub fn has_shipment(&self, number: &str) -> bool {
        self.shipments.contains_key(number)
    }

    /// Sum of the shipment of this number.
    pub fn shipped_by(&self, number: &str) -> i64 {
        self.shipments.get(number).copied().unwrap_or_default()
    }

    /// Sum of the shipments that are not of this number.
    pub fn shipped_by_others(&self, number: &str) -> i64 {
        self.shipments.iter().filter(|(known, _)| *known != number).map(|(_, amount)| amount).sum()
    }

    pub fn refund_of(&self, number: &str) -> Option<&AccountRefund> {
        self.refunds.get(number)
    }

    /// Refunds that were not cancelled, by number.
    pub fn live_refunds(&self) -> impl Iterator<Item = (&String, &AccountRefund)> {
        self.refunds.iter().filter(|(_, refund)| refund.state != RefundState::Canceled)
    }

    /// What went back of a line, as far as refunds say so.
    pub fn returned_of(&self, sku: &Sku) -> i64 {
        let lines = self.live_refunds().flat_map(|(_, refund)| &refund.lines);
        lines.filter(|(of, _)| of == sku).map(|(_, amount)| amount).sum()
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
    pub fn refund(&mut self, number: &str, amount: i64, lines: Vec<(Sku, i64)>) -> bool {
        if self.is_canceled || amount > self.available() {
            return false;
        }
        let refund = AccountRefund { amount, lines, state: RefundState::Accepted };
        let known = self.refunds.insert(number.to_owned(), refund);
        assert!(known.is_none(), "refund {number} moves money twice");
        true
    }

    /// Invoicebox cancels a refund that it had accepted. `false`: there is none, or it is final.
    pub fn cancel_refund(&mut self, number: &str) -> bool {
        !self.is_canceled && self.end_refund(number, RefundState::Canceled)
    }

    /// The money has arrived: nobody can cancel the refund any more.
    pub fn finish_refund(&mut self, number: &str) {
        self.end_refund(number, RefundState::Final);
    }

    fn end_refund(&mut self, number: &str, state: RefundState) -> bool {
        let refund = self.refunds.get_mut(number);
        let Some(refund) = refund.filter(|refund| refund.state == RefundState::Accepted) else {
            return false;
        };
        refund.state = state;
        true
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

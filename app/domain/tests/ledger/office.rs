//! What others do at Invoicebox: the merchant's office, the bank, and Invoicebox by itself.

use domain::{money::Kopecks, order::machine::Event};

use super::{World, invoicebox::RefundState};

/// The number of a shipment that is not ours.
pub const OFFICE_SHIPMENT: &str = "office-s1";

impl World {
    /// Somebody returns money in the merchant's office: of a line, or without saying of which. A refund that is not final may
    /// still be cancelled.
    pub fn refund_in_office(&mut self, percent: i64, line: Option<usize>, is_final: bool) {
        let line = line.map(|line| self.order.lines[line % self.order.lines.len()].clone());
        let number = format!("office-{}", self.office_refunds + 1);
        if line.is_none() && self.refund_second_in_office(percent, &number, is_final) {
            return;
        }
        let (is_paid, now) = (self.order.settlement.payment.is_some(), self.now);
        let Some(account) = self.account().filter(|account| is_paid && !account.is_held) else { return };
        let left = line.as_ref().map_or(account.available(), |line| {
            (line.total.get() - account.returned_of(&line.sku)).min(account.available())
        });
        let amount = left * percent / 100;
        if amount <= 0 {
            return;
        }
        let lines: Vec<_> = line.into_iter().map(|line| (line.sku, amount)).collect();
        assert!(account.refund(&number, amount, lines.clone()));
        if is_final {
            account.finish_refund(&number);
        }
        self.office_refunds += 1;
        let lines = lines.into_iter().map(|(sku, amount)| (sku, Kopecks::new(amount))).collect();
        let (amount, at) = (Kopecks::new(amount), Some(now));
        self.unread.push(Event::RefundFound { number, amount, lines, at, is_confirmed: is_final });
    }

    /// Somebody returns a payment through another invoice, or a part of it. `false`: there is none.
    fn refund_second_in_office(&mut self, percent: i64, number: &str, is_final: bool) -> bool {
        let mut seconds = self.order.settlement.second_payments.iter();
        let Some(second) = seconds.next().map(|second| second.provider_id.clone()) else { return false };
        let Some(account) = self.accounts.get_mut(&second) else { return false };
        let amount = account.available() * percent / 100;
        if account.is_held || account.is_canceled || amount <= 0 {
            return false;
        }
        assert!(account.refund(number, amount, Vec::new()));
        if is_final {
            account.finish_refund(number);
        }
        self.office_refunds += 1;
        true
    }

    /// The merchant's own rules ship a part of a reserve, or all of it, before us: what they leave was never taken.
    pub fn ship_in_office(&mut self, percent: i64) {
        let is_paid = self.order.settlement.payment.is_some();
        let Some(account) = self.account().filter(|it| is_paid && it.is_held && it.shipped() == 0) else {
            return;
        };
        let amount = account.available() * percent / 100;
        if amount > 0 && account.ship(OFFICE_SHIPMENT, amount) {
            self.report_capture();
        }
    }

    /// The notification that a reserve was taken.
    pub(super) fn report_capture(&mut self) {
        let Some(provider_id) = self.order.invoice.as_ref().map(|invoice| invoice.provider_id.clone()) else {
            return;
        };
        let paid = self.accounts.get(&provider_id).map_or(0, |account| account.paid);
        let (paid_at, amount) = (Some(self.now), Some(Kopecks::new(paid)));
        self.unread.push(Event::Paid { provider_id, held: false, paid_at, amount });
    }

    /// Invoicebox cancels a refund that it had accepted, ours or one of the office. Nobody is told: it is found by reading.
    pub fn cancel_refund(&mut self, index: usize) {
        let Some(account) = self.account() else { return };
        let open = account.live_refunds().filter(|(_, refund)| refund.state == RefundState::Accepted);
        let open: Vec<String> = open.map(|(number, _)| number.clone()).collect();
        let Some(number) = open.get(index % open.len().max(1)) else { return };
        if account.cancel_refund(number) {
            // A read that has not come about shows it as it is now.
            let is_of_it =
                |event: &Event| matches!(event, Event::RefundFound { number: of, .. } if of == number);
            self.unread.retain(|event| !is_of_it(event));
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

    /// The payment that a bank or we had cancelled is there again, once everybody has learned of the first.
    pub fn restore(&mut self) {
        let settlement = &self.order.settlement;
        let is_known = (settlement.is_reversed() || settlement.is_canceled()) && self.unread.is_empty();
        if let Some(account) = self.account().filter(|account| is_known && account.is_canceled) {
            account.restore();
            let held = account.is_held;
            self.unread.push(Event::PaymentRestored { held });
        }
    }
}

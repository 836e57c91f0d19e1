//! Payments of an order that was paid before, through other invoices: each goes back.

use time::OffsetDateTime;

use super::{Effect, Outcome, Transition, found_refunds::found_detail};
use crate::{
    money::Kopecks,
    order::{
        Discrepancy,
        settlement::{Progress, SecondPayment},
    },
};

impl Transition<'_> {
    /// The order is paid already: this money goes back.
    pub(super) fn return_second_payment(
        &mut self,
        provider_id: String,
        paid_at: Option<OffsetDateTime>,
        amount: Option<Kopecks>,
    ) -> Outcome {
        let settlement = &mut self.order.settlement;
        if settlement.second_payments.iter().any(|second| second.provider_id == provider_id) {
            return Outcome::Unchanged;
        }
        let number = settlement.next_number(&self.order.merchant_order_id);
        let amount = amount.unwrap_or(self.order.total);
        settlement.second_payments.push(SecondPayment {
            provider_id: provider_id.clone(),
            amount,
            number,
            learned: self.now,
            paid_at,
            state: Progress::UnderWay,
            sent_at: None,
            done_at: None,
            is_retried: false,
            is_confirmed: false,
        });
        self.order.duplicate_invoices.retain(|duplicate| *duplicate != provider_id);
        self.record_discrepancy(Discrepancy::PaidTwice, provider_id);
        self.changed([Effect::ReturnSecondPayments])
    }

    /// Somebody else has returned a second payment, or a part of it: only the rest goes, under a number of its own where a
    /// call for all of it may have been sent.
    pub(super) fn record_found_second_refund(
        &mut self,
        provider_id: &str,
        number: String,
        amount: Kopecks,
        at: Option<OffsetDateTime>,
        is_confirmed: bool,
    ) -> Outcome {
        let (settlement, order) = (&mut self.order.settlement, &self.order.merchant_order_id);
        let is_known = settlement.second_payments.iter().any(|second| second.number == number);
        let is_open =
            |second: &SecondPayment| second.provider_id == provider_id && second.state != Progress::Done;
        let index = settlement.second_payments.iter().position(is_open);
        let Some(index) = index.filter(|_| !is_known && amount > Kopecks::ZERO) else {
            return Outcome::Unchanged;
        };
        let first = settlement.second_payments[index].clone();
        let mut left = amount;
        for place in 0..settlement.second_payments.len() {
            let open = &mut settlement.second_payments[place];
            let taken = if is_open(open) { open.amount.min(left) } else { Kopecks::ZERO };
            left = left.minus_at_least_zero(taken);
            open.amount = open.amount.minus_at_least_zero(taken);
            if taken > Kopecks::ZERO && open.sent_at.take().is_some() {
                let number = settlement.next_number(order);
                settlement.second_payments[place].number = number;
            }
        }
        settlement.second_payments.retain(|second| !is_open(second) || second.amount > Kopecks::ZERO);
        let returned = SecondPayment {
            number: number.clone(),
            amount: amount.minus_at_least_zero(left),
            state: Progress::Done,
            sent_at: None,
            done_at: Some(at.map_or(self.now, |at| at.min(self.now))),
            is_retried: false,
            is_confirmed,
            ..first
        };
        settlement.second_payments.insert(index, returned);
        self.record_discrepancy(Discrepancy::RefundedElsewhere, found_detail(&number, amount));
        self.changed([])
    }
}

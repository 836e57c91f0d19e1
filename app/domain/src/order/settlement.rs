//! The money of a paid order: what was paid, what was delivered for it, what is returned.
//!
//! At every end of a paid order `paid = final + Σ returns`; a return is under way, done, or refused, and a refused
//! one is a named discrepancy.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use super::refund_request::{RefundItem, RefundPart, RefundRequest, RefundScope};
use crate::{id::IdempotencyKey, money::Kopecks, quote::Line};

/// Payment, shipment and returns of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `None` until the order is paid.
    pub payment: Option<Payment>,
    /// What was paid, where it is not the order's total: then nothing is given for it, and all of it goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_sum: Option<Kopecks>,
    /// Payments of the same order through other invoices; they go back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_payments: Vec<SecondPayment>,
    /// Keys of an operator's requests that made no return of their own: they tried one again, or let one go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_keys: Vec<IdempotencyKey>,
    /// What was delivered, as reported to Invoicebox.
    pub shipment: Option<Shipment>,
    /// Money on its way back, oldest first.
    pub returns: Vec<Return>,
    /// Returns that were decided anew before anybody knew what became of them. One that turns out to have left is no
    /// stranger's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped_returns: Vec<Return>,
    /// Invoicebox has cancelled the payment when all of it was returned already, as it seemed: a refund that turns out to have
    /// been cancelled went back this way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_revoked: bool,
    /// Returns that a reversal of the payment has stopped; they go on when the money is there again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped_returns: Vec<Return>,
    /// Count of refund numbers that have been given out.
    #[serde(rename = "numbered")]
    pub issued_refund_numbers: u32,
}

/// A payment of an order that was paid before, through another invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondPayment {
    pub provider_id: String,
    pub amount: Kopecks,
    /// Our number of its refund.
    pub number: String,
    #[serde(with = "time::serde::rfc3339")]
    pub learned: OffsetDateTime,
    /// Invoicebox's own time of it, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub paid_at: Option<OffsetDateTime>,
    pub state: Progress,
    /// As [`Return::sent_at`].
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub sent_at: Option<OffsetDateTime>,
    /// When it went back.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub done_at: Option<OffsetDateTime>,
    /// As [`Return::is_retried`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retried: bool,
    /// As [`Return::is_confirmed`].
    #[serde(default)]
    pub is_confirmed: bool,
}

/// Payment of an order, of its whole total but for [`Settlement::other_sum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Invoicebox reports the order as paid.
    Taken,
    /// Reserved on the payer's card: the final shipment takes what was delivered and releases the rest.
    Held,
    /// Reserved, and taken before our shipment: as a whole, or by a shipment of others, which may have left a part.
    Captured,
}

/// Lines that were really delivered; sent as the final shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Document number, at most 36 characters: how it is found again after an answer was lost.
    pub number: String,
    pub lines: Vec<Line>,
    pub state: Progress,
}

/// Money on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Our number of the refund, never used twice: Invoicebox refuses a repetition, so the money cannot go twice.
    pub number: String,
    pub cause: Cause,
    pub lines: Vec<Line>,
    pub amount: Kopecks,
    pub state: Progress,
    /// The way it went, once it is done.
    pub by: Option<ReturnedBy>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub decided_at: Option<OffsetDateTime>,
    /// When a call for it was last about to be sent: it may have left since.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub sent_at: Option<OffsetDateTime>,
    /// When it went: Invoicebox's own time, as soon as it is known, else when we learned of it. Its day in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub done_at: Option<OffsetDateTime>,
    /// The operator's request that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RefundRequest>,
    /// Invoicebox had refused it under another number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retried: bool,
    /// Invoicebox has carried it out: it can no longer be cancelled there.
    #[serde(default)]
    pub is_confirmed: bool,
}

/// Cause of a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Less was dispensed than paid.
    Rest,
    /// Nothing was delivered.
    Everything,
    /// The operator decided so; the reason goes into the refund's description.
    Operator { reason: String },
    /// Invoicebox took the payment back by itself.
    Reversed,
    /// Somebody else returned it at Invoicebox.
    Elsewhere,
}

/// Progress of a call that moves money or documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    UnderWay,
    Done,
    /// Refused for good: an operator has to look.
    Refused,
}

/// Way of a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedBy {
    /// The payment was cancelled as a whole: a guarantee or a reserve.
    Cancel,
    /// A refund of its own.
    Refund,
    /// Never taken: a shipment released it.
    Release,
    /// Somebody else has returned it at Invoicebox.
    Elsewhere,
}

impl Return {
    /// One that has just been decided.
    pub(super) fn decided(
        number: String,
        cause: Cause,
        lines: Vec<Line>,
        amount: Kopecks,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            number,
            cause,
            lines,
            amount,
            state: Progress::UnderWay,
            by: None,
            decided_at: Some(now),
            sent_at: None,
            done_at: None,
            request: None,
            is_retried: false,
            is_confirmed: false,
        }
    }

    /// Marks it as gone this way.
    pub(super) fn finish(&mut self, by: ReturnedBy, now: OffsetDateTime) {
        (self.state, self.by, self.done_at) = (Progress::Done, Some(by), Some(now));
    }

    /// Tax within the returned lines.
    #[must_use]
    pub fn vat(&self) -> Kopecks {
        self.lines.iter().map(|line| line.vat_sum).sum()
    }
}

impl Shipment {
    /// Sum of the delivered lines.
    #[must_use]
    pub fn amount(&self) -> Kopecks {
        self.lines.iter().map(|line| line.total).sum()
    }
}

impl Payment {
    /// Whether it began as a reserve, of which a shipment of others may have taken a part.
    #[must_use]
    pub fn began_as_reserve(self) -> bool {
        matches!(self, Self::Held | Self::Captured)
    }
}

impl Settlement {
    /// Whether Invoicebox took the payment back by itself.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.returns.iter().any(|back| back.cause == Cause::Reversed)
    }

    /// Whether we had the payment cancelled, and money went back this way.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        let by_us = |back: &Return| back.by == Some(ReturnedBy::Cancel) && back.cause != Cause::Reversed;
        self.returns.iter().any(by_us)
    }

    /// Returns that still have to be carried out.
    pub fn pending_returns(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().filter(|back| back.state == Progress::UnderWay)
    }

    /// Whether shipment or returns have been decided.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.shipment.is_some() || self.returns.iter().any(|back| back.cause != Cause::Elsewhere)
    }

    /// The return that the request of this key has decided, also one that was decided anew since.
    #[must_use]
    pub fn requested_return(&self, key: IdempotencyKey) -> Option<&Return> {
        let mut all = self.returns.iter().chain(self.set_aside());
        all.find(|back| back.request.as_ref().is_some_and(|request| request.key == key))
    }

    /// Returns that are not on their way any more.
    fn set_aside(&self) -> impl Iterator<Item = &Return> {
        self.dropped_returns.iter().chain(&self.stopped_returns)
    }

    /// Returns that are not on their way any more, and may have left all the same: Invoicebox has to be asked.
    pub fn possibly_left(&self) -> impl Iterator<Item = &Return> {
        self.set_aside().filter(|back| back.sent_at.is_some())
    }

    /// Takes a return that was set aside out of there.
    pub(super) fn take_aside(&mut self, number: &str) -> Option<Return> {
        [&mut self.dropped_returns, &mut self.stopped_returns].into_iter().find_map(|returns| {
            let index = returns.iter().position(|back| back.number == number)?;
            Some(returns.remove(index))
        })
    }

    /// Whether a return of this number was set aside.
    #[must_use]
    pub fn is_set_aside(&self, number: &str) -> bool {
        self.set_aside().any(|back| back.number == number)
    }

    /// Invoicebox does not have the return of this number, which a call may have left it: one that was set aside, or that is still
    /// to go. `false`: nobody has asked that.
    pub(super) fn forget_call(&mut self, number: &str) -> bool {
        let pending = self.returns.iter_mut().filter(|back| back.state == Progress::UnderWay);
        let mut all = self.dropped_returns.iter_mut().chain(&mut self.stopped_returns).chain(pending);
        let meant = all.find(|back| back.number == number && back.sent_at.is_some());
        meant.is_some_and(|back| back.sent_at.take().is_some())
    }

    /// Returns that Invoicebox has accepted and may still cancel.
    pub fn unconfirmed_returns(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().filter(|back| {
            back.state == Progress::Done && back.by == Some(ReturnedBy::Refund) && !back.is_confirmed
        })
    }

    /// Second payments whose refund Invoicebox has accepted and may still cancel.
    pub fn unconfirmed_second_payments(&self) -> impl Iterator<Item = &SecondPayment> {
        let is_open = |second: &&SecondPayment| second.state == Progress::Done && !second.is_confirmed;
        self.second_payments.iter().filter(is_open)
    }

    /// Number and sum of everything that Invoicebox has accepted and may still cancel.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = (&str, Kopecks)> {
        let returns = self.unconfirmed_returns().map(|back| (back.number.as_str(), back.amount));
        let second = self.unconfirmed_second_payments();
        returns.chain(second.map(|second| (second.number.as_str(), second.amount)))
    }

    /// Counts of what Invoicebox may still change, and of what it may have done without our knowledge.
    pub(super) fn refunds_to_follow(&self) -> [usize; 2] {
        let unconfirmed = self.unconfirmed_returns().count() + self.unconfirmed_second_payments().count();
        [unconfirmed, self.possibly_left().count()]
    }

    /// Whether one of these has grown: what was looked for, and is found, has to be followed from then on.
    pub(super) fn has_more_to_follow(&self, known: [usize; 2]) -> bool {
        self.refunds_to_follow().into_iter().zip(known).any(|(now, before)| now > before)
    }

    /// Second payments that still have to go back.
    pub fn pending_second_payments(&self) -> impl Iterator<Item = &SecondPayment> {
        self.second_payments.iter().filter(|second| second.state == Progress::UnderWay)
    }

    /// Sum of the returns that Invoicebox refused and an operator has to see to.
    #[must_use]
    pub fn refused_total(&self) -> Kopecks {
        let second = self.second_payments.iter().filter(|second| second.state == Progress::Refused);
        self.refused_returns() + second.map(|second| second.amount).sum()
    }

    /// The part of it that is of the order's own payment.
    #[must_use]
    pub fn refused_returns(&self) -> Kopecks {
        self.returns.iter().filter(|back| back.state == Progress::Refused).map(|back| back.amount).sum()
    }

    /// Sum of what was refused, and is on its way once more.
    pub(super) fn retried_total(&self) -> Kopecks {
        let returns = self.pending_returns().filter(|back| back.is_retried).map(|back| back.amount);
        let second = self.pending_second_payments().filter(|second| second.is_retried);
        returns.chain(second.map(|second| second.amount)).sum()
    }

    /// Number and sum of what Invoicebox refused to return, until it has gone.
    pub(super) fn refused(&self) -> Vec<(String, Kopecks)> {
        let is_refused = |state: Progress, is_retried: bool| match state {
            Progress::Refused => true,
            Progress::UnderWay => is_retried,
            Progress::Done => false,
        };
        let returns = self.returns.iter().filter(|back| is_refused(back.state, back.is_retried));
        let second = self.second_payments.iter().filter(|second| is_refused(second.state, second.is_retried));
        let returns = returns.map(|back| (back.number.clone(), back.amount));
        returns.chain(second.map(|second| (second.number.clone(), second.amount))).collect()
    }

    /// Sum of all returns: under way, done, refused.
    #[must_use]
    pub fn returned(&self) -> Kopecks {
        self.returns.iter().map(|back| back.amount).sum()
    }

    /// Parts of a line in all returns.
    pub(super) fn returned_of<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a Line> {
        self.returns.iter().flat_map(|back| &back.lines).filter(|part| part.sku == line.sku)
    }

    /// Takes everything that was refused up again, under new numbers.
    pub(super) fn retry_refused(&mut self, order: &str, now: OffsetDateTime) {
        let mut next_number = || next_number(&mut self.issued_refund_numbers, order);
        for back in self.returns.iter_mut().filter(|back| back.state == Progress::Refused) {
            (back.number, back.state, back.decided_at) = (next_number(), Progress::UnderWay, Some(now));
            (back.sent_at, back.is_retried) = (None, true);
        }
        for second in self.second_payments.iter_mut().filter(|second| second.state == Progress::Refused) {
            (second.number, second.state, second.sent_at) = (next_number(), Progress::UnderWay, None);
            second.is_retried = true;
        }
    }

    pub(super) fn next_number(&mut self, order: &str) -> String {
        next_number(&mut self.issued_refund_numbers, order)
    }
}

/// The next number of a refund of this order.
fn next_number(issued: &mut u32, order: &str) -> String {
    *issued += 1;
    format!("{order}-r{issued}")
}

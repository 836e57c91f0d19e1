//! Return of money: every return of an order that is under way, each exactly once.

mod second_payments;
mod way_back;

use std::{sync::Arc, time::Duration};

use domain::order::{
    Invoice, Order,
    machine::Event,
    settlement::{Progress, Return},
};
use way_back::{MoneyBack, ReturnFailure, ReturnOutcome, WayBack};

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT},
    check_payment::found_refund,
    report_refusal::ReportRefusal,
};
use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, ProviderRefund},
    orders::{
        Applied, OrderChanges, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// Returns money of an order.
pub(super) struct ReturnMoney {
    changes: Arc<OrderChanges>,
    way_back: WayBack,
    report_refusal: ReportRefusal,
}

impl ReturnMoney {
    pub fn new(
        changes: Arc<OrderChanges>,
        clock: Clock,
        invoicebox: InvoiceboxClient,
        report_refusal: ReportRefusal,
    ) -> Self {
        Self { changes, way_back: WayBack { clock, invoicebox }, report_refusal }
    }

    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Attempt::Done) };
        // What was decided goes when a person has decided about the fuel: that is an effect of its own.
        if order.hold.is_some() {
            return Ok(Attempt::Done);
        }
        let Some(first) = order.settlement.pending_returns().next() else { return Ok(Attempt::Done) };
        let known = match self.way_back.invoicebox.find_refunds(&invoice.provider_id).await {
            Ok(known) => known,
            Err(error) => {
                self.report_refusal.run(entry, order, &first.number, &error).await?;
                return Ok(Attempt::look_failed(entry, &error));
            }
        };
        if self.record_found(order, &known).await? {
            // What is still owed may be less now: it is read anew.
            return Ok(Attempt::wait(entry, Some(Duration::ZERO)));
        }
        let mut learned = None;
        for back in order.settlement.pending_returns() {
            if let Some(event) = learned.take() {
                self.changes.apply_within_effect(order.id, event).await?;
            }
            let money = money_back(order, invoice, back);
            let outcome = self.way_back.send(entry, order, &money, &known).await;
            match self.event_of(entry, order, &back.number, outcome).await? {
                Ok(event) => learned = Some(event),
                Err(attempt) => return Ok(attempt),
            }
        }
        Ok(learned.map_or(Attempt::Done, Attempt::Learned))
    }

    /// Records what somebody else has returned at Invoicebox: that money does not go twice. Returns whether anything is new.
    async fn record_found(&self, order: &Order, known: &[ProviderRefund]) -> Result<bool, StoreError> {
        let mut is_new = false;
        for event in known.iter().filter_map(|refund| found_refund(order, refund)) {
            let applied = self.changes.apply_within_effect(order.id, event).await?;
            is_new |= matches!(applied, Applied::Changed(_));
        }
        Ok(is_new)
    }

    /// What the order learns of one return, or the end of this try.
    async fn event_of(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        number: &str,
        outcome: Result<ReturnOutcome, ReturnFailure>,
    ) -> Result<Result<Event, Attempt>, StoreError> {
        let number = number.to_owned();
        Ok(match outcome {
            Ok(ReturnOutcome::Done(by)) => Ok(Event::RefundRecorded { number, by }),
            Ok(ReturnOutcome::Refused(reason)) => {
                tracing::error!(
                    order.number,
                    refund = number,
                    reason,
                    "Invoicebox refused to return the money"
                );
                Ok(Event::RefundRefused { number, reason })
            }
            Ok(ReturnOutcome::Unseen) => {
                let error = Some("the refund's number is known there, the refund is not shown".to_owned());
                Err(Attempt::Retry { error, marks: Marks::NONE, after: None })
            }
            Ok(ReturnOutcome::Unanswered) => Err(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT))),
            Err(ReturnFailure { error, marks }) => {
                self.report_refusal.run(entry, order, &number, &error).await?;
                Err(Attempt::write_failed(&error, marks))
            }
        })
    }
}

fn money_back<'a>(order: &Order, invoice: &'a Invoice, back: &'a Return) -> MoneyBack<'a> {
    let settlement = &order.settlement;
    let is_shipped = settlement.shipment.as_ref().is_some_and(|it| it.state != Progress::Refused);
    MoneyBack {
        number: &back.number,
        provider_id: &invoice.provider_id,
        amount: back.amount,
        lines: settlement.other_sum.is_none().then_some(back),
        is_everything: back.amount == order.paid_total() && !is_shipped,
    }
}

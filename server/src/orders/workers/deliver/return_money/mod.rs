//! Return of money: every return of an order that is under way, each exactly once.

mod second_payments;
mod way_back;

use std::{sync::Arc, time::Duration};

use domain::{
    money::Kopecks,
    order::{
        Invoice, Order,
        machine::Event,
        settlement::{Payment, Progress, Return, ReturnedBy},
    },
};
pub(super) use way_back::{Look, MoneyBack, ReturnOutcome, WayBack};

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_arrive},
    found_money::{record_found, taken_of},
    report_refusal::ReportRefusal,
    tries::Tries,
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, ProviderRefund, ProviderShipment, ProviderStatus},
    orders::{
        Applied, OrderChanges, Outbox, StoreError,
        store::{Marks, OutboxEntry},
    },
};
use way_back::ReturnFailure;

/// Returns money of an order.
pub(super) struct ReturnMoney {
    changes: Arc<OrderChanges>,
    outbox: Outbox,
    way_back: WayBack,
    report_refusal: ReportRefusal,
}

impl ReturnMoney {
    pub fn new(
        changes: Arc<OrderChanges>,
        outbox: Outbox,
        clock: Clock,
        invoicebox: InvoiceboxClient,
        report_refusal: ReportRefusal,
    ) -> Self {
        Self { changes, outbox, way_back: WayBack { clock, invoicebox }, report_refusal }
    }

    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Attempt::Done) };
        let pending: Vec<&Return> = returns_to_try(order).collect();
        let Some(first) = pending.first() else { return Ok(Attempt::Done) };
        if self.may_one_still_leave(order) {
            return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
        }
        let known = match self.way_back.invoicebox.find_refunds(&invoice.provider_id).await {
            Ok(known) => known,
            Err(error) => {
                self.report_refusal.run(entry, order, &first.number, &error).await?;
                return Ok(Attempt::look_failed(entry, &error));
            }
        };
        if record_found(&self.changes, order, &known).await?
            || self.record_taken(entry, order, invoice, &known).await?
        {
            // What is still owed may be less now: it is read anew.
            return Ok(Attempt::wait(entry, Some(Duration::ZERO)));
        }
        let mut tries = Tries::new(&self.changes, order.id);
        for back in pending {
            let money = money_back(order, invoice, back);
            tries.add(self.try_return(entry, order, &money, &known).await?).await?;
        }
        tries.finish().await
    }

    /// Whether a call may still be executed for a return that was decided anew, or that waits now: until that is known,
    /// nothing goes in its place.
    fn may_one_still_leave(&self, order: &Order) -> bool {
        let now = self.way_back.clock.now();
        let held = order.settlement.pending_returns().filter(|_| order.hold.is_some());
        order.settlement.possibly_left().chain(held).any(|back| may_still_arrive(back.sent_at, now))
    }

    /// Whether a call that was sent before this try may still be executed.
    fn may_have_left_before(&self, order: &Order, number: &str) -> bool {
        let now = self.way_back.clock.now();
        let mut returns = order.settlement.pending_returns();
        returns.any(|back| back.number == number && may_still_arrive(back.sent_at, now))
    }

    /// Records how much of a reserve others have taken, where Invoicebox says so: the rest cannot be returned. Returns whether
    /// anything is new.
    async fn record_taken(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        invoice: &Invoice,
        known: &[ProviderRefund],
    ) -> Result<bool, StoreError> {
        if !order.settlement.payment.is_some_and(Payment::began_as_reserve) {
            return Ok(false);
        }
        let amount = match self.taken_if_captured(order, invoice, known).await {
            Ok(Some(amount)) => amount,
            Ok(None) => return Ok(false),
            Err(error) => {
                let attempt = entry.attempts;
                tracing::info!(order.number, %error, attempt, "what was taken of a reserve cannot be read");
                return Ok(false);
            }
        };
        let event = Event::ReserveTaken { amount };
        Ok(matches!(self.changes.apply_within_effect(order.id, event).await?, Applied::Changed(_)))
    }

    /// Of a reserve that stands nothing was taken yet: it is cancelled.
    async fn taken_if_captured(
        &self,
        order: &Order,
        invoice: &Invoice,
        known: &[ProviderRefund],
    ) -> Result<Option<Kopecks>, CallError> {
        let client = &self.way_back.invoicebox;
        if order.settlement.payment == Some(Payment::Held) {
            let there = client.get_order(&invoice.provider_id).await?;
            if there.status != ProviderStatus::Completed {
                return Ok(None);
            }
        }
        if let Some(taken) = taken_of(client, order, &invoice.provider_id, known).await? {
            return Ok(Some(taken));
        }
        if order.settlement.payment != Some(Payment::Held) {
            return Ok(None);
        }
        // Plain lines say nothing: the shipments do, ours too if nobody has heard of it.
        let shipments = client.shipments(&invoice.provider_id).await?;
        let live = shipments.iter().filter(|shipment| !shipment.canceled);
        let shipped: Kopecks = live.map(ProviderShipment::sum).sum();
        Ok((shipped > Kopecks::ZERO).then_some(shipped))
    }

    /// Looks for one return, and sends it where Invoicebox does not have it.
    async fn try_return(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        money: &MoneyBack<'_>,
        known: &[ProviderRefund],
    ) -> Result<Attempt, StoreError> {
        let is_whole = match self.way_back.look(entry, money, known).await {
            Ok(Look::Known(outcome)) => return self.learn(entry, order, money.number, Ok(outcome)).await,
            Ok(Look::Absent { is_whole }) => is_whole,
            Err(failure) => return self.learn(entry, order, money.number, Err(failure)).await,
        };
        // What was decided goes when a person has decided about the fuel: that is an effect of its own.
        if money.is_held {
            return Ok(Attempt::Done);
        }
        // A cancellation has no number by which it could be found.
        if is_whole && !self.outbox.mark_sent(&entry.lease, self.way_back.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        let sent = Event::RefundSent { number: money.number.to_owned() };
        match self.changes.apply_within_effect(order.id, sent).await? {
            Applied::Changed(_) | Applied::Unchanged(_) => {}
            // Decided anew between the two.
            Applied::Refused(_) | Applied::Unknown => return Ok(Attempt::wait(entry, Some(Duration::ZERO))),
        }
        let outcome = self.way_back.write(entry, order, money, is_whole).await;
        let may_arrive = may_still_arrive(money.sent_at, self.way_back.clock.now());
        if may_arrive && matches!(outcome, Ok(ReturnOutcome::Refused(_))) {
            // An earlier call may still be carried out, and be why this one is refused: it is looked for later.
            return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
        }
        self.learn(entry, order, money.number, outcome).await
    }

    /// What the order learns of one return, or the end of this try.
    async fn learn(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        number: &str,
        outcome: Result<ReturnOutcome, ReturnFailure>,
    ) -> Result<Attempt, StoreError> {
        let number = number.to_owned();
        Ok(match outcome {
            Ok(ReturnOutcome::Done(by)) => Attempt::Learned(Event::RefundRecorded { number, by }),
            Ok(ReturnOutcome::Refused(reason)) => {
                tracing::error!(
                    order.number,
                    refund = number,
                    reason,
                    "Invoicebox refused to return the money"
                );
                Attempt::Learned(Event::RefundRefused { number, reason })
            }
            // What counts for a second payment is that its money is back.
            Ok(ReturnOutcome::TakenBack) if is_second(order, &number) => {
                Attempt::Learned(Event::RefundRecorded { number, by: ReturnedBy::Cancel })
            }
            Ok(ReturnOutcome::TakenBack) => Attempt::Learned(Event::PaymentCanceled),
            Ok(ReturnOutcome::Unseen) => {
                let error = Some("the refund's number is known there, the refund is not shown".to_owned());
                Attempt::Retry { error, marks: Marks::NONE, after: None }
            }
            Ok(ReturnOutcome::Unanswered) => Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)),
            Err(ReturnFailure { error, marks, is_refused_call }) => {
                if is_refused_call && !self.may_have_left_before(order, &number) {
                    // Whatever it waits for: nothing of it is there.
                    let absent = Event::RefundAbsent { number: number.clone() };
                    self.changes.apply_within_effect(order.id, absent).await?;
                }
                self.report_refusal.run(entry, order, &number, &error).await?;
                Attempt::write_failed(&error, marks)
            }
        })
    }
}

/// Returns that can be carried out now, or that have to be looked for: they wait, and may have left before.
fn returns_to_try(order: &Order) -> impl Iterator<Item = &Return> {
    let is_held = order.hold.is_some();
    order
        .settlement
        .pending_returns()
        .filter(move |back| (!is_held || back.sent_at.is_some()) && !order.waits_for_shipment(&back.number))
}

fn is_second(order: &Order, number: &str) -> bool {
    order.settlement.second_payments.iter().any(|second| second.number == number)
}

/// The money of a return.
pub(super) fn money_back<'a>(order: &Order, invoice: &'a Invoice, back: &'a Return) -> MoneyBack<'a> {
    let settlement = &order.settlement;
    let is_decided = settlement.shipment.as_ref().is_some_and(|it| it.state != Progress::Refused);
    // Of a reserve all of which goes back nothing is shipped any more.
    let is_given_up = settlement.payment == Some(Payment::Held) && !order.is_shipped();
    let is_cancelable = !is_decided || is_given_up;
    // Whether goods are charged beside it is open.
    let is_undecided = settlement.shipment.is_none() && order.goods_until.is_some();
    MoneyBack {
        number: &back.number,
        provider_id: &invoice.provider_id,
        amount: back.amount,
        lines: settlement.other_sum.is_none().then_some(back),
        is_everything: back.amount == order.paid_total() && is_cancelable,
        sent_at: back.sent_at,
        is_held: order.hold.is_some(),
        is_before_shipment: order.is_shipping() || is_undecided,
    }
}

//! Return of money: every return of an order that is under way, each exactly once.

use std::{sync::Arc, time::Duration};

use domain::order::{
    Invoice, Order,
    machine::Event,
    settlement::{Progress, Return, ReturnedBy},
};

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_happen},
    create_invoice::payment_type,
    report_refusal::ReportRefusal,
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, PaymentType, ProviderStatus, UnitPriceScale},
    orders::{
        OrderChanges, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// Tries with a refund number that Invoicebox calls taken without showing the refund; then it is given up.
const MAX_TRIES_WITH_TAKEN_NUMBER: i64 = 6;

/// Result of one look or call for a return.
enum ReturnOutcome {
    Done(ReturnedBy),
    /// Refused for good, with Invoicebox's reason or ours.
    Refused(String),
    /// Nothing yet; another way has to be tried.
    Pending,
    /// What an earlier try has sent may still be carried out: nothing else may be sent yet.
    Unanswered,
}

/// Outcome of the cancellation of a payment.
enum CancelOutcome {
    Canceled,
    Refused(String),
    /// The payment stands: a refund of its own is sent. Where that cannot be, the cancellation is tried again, for which
    /// this is why it failed.
    SendRefund {
        unless_refused: Option<CallError>,
    },
    Unanswered,
}

/// Why a return was not made, and the marks for the next try.
struct ReturnFailure {
    error: CallError,
    marks: Marks,
}

impl ReturnFailure {
    /// A read failed: what an earlier try has sent is as open as before.
    fn of_read(entry: &OutboxEntry, error: CallError) -> Self {
        Self { error, marks: entry.row.marks }
    }
}

/// Returns money of an order.
pub(super) struct ReturnMoney {
    pub changes: Arc<OrderChanges>,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub report_refusal: ReportRefusal,
}

impl ReturnMoney {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Attempt::Done) };
        if order.hold.is_some() {
            // What was decided goes when a person has decided about the fuel: that is an effect of its own.
            return Ok(Attempt::Done);
        }
        let mut learned = None;
        for back in order.settlement.pending_returns() {
            if let Some(event) = learned.take() {
                self.changes.apply_within_effect(order.id, event).await?;
            }
            learned = Some(match self.return_one(entry, order, invoice, back).await {
                Ok(ReturnOutcome::Done(by)) => Event::RefundRecorded { number: back.number.clone(), by },
                Ok(ReturnOutcome::Refused(reason)) => {
                    tracing::error!(
                        order.number,
                        refund = back.number,
                        reason,
                        "Invoicebox refused to return the money"
                    );
                    Event::RefundRefused { number: back.number.clone(), reason }
                }
                Ok(ReturnOutcome::Pending) => {
                    let error =
                        Some("the refund's number is known there, the refund is not shown".to_owned());
                    let after = (entry.attempts < 2).then_some(Duration::ZERO);
                    return Ok(Attempt::Retry { error, marks: Marks::NONE, after });
                }
                Ok(ReturnOutcome::Unanswered) => {
                    return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
                }
                Err(ReturnFailure { error, marks }) => {
                    self.report_refusal.run(entry, order, &back.number, &error).await?;
                    return Ok(Attempt::write_failed(&error, marks));
                }
            });
        }
        Ok(learned.map_or(Attempt::Done, Attempt::Learned))
    }

    /// Looks first, whatever happened before: refund numbers are unique there, so neither a lost answer nor a crash
    /// between two lines of ours can give the money twice.
    async fn return_one(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        invoice: &Invoice,
        back: &Return,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        let found = self.look_up_return(invoice, back).await;
        let found = found.map_err(|error| ReturnFailure::of_read(entry, error))?;
        if !matches!(found, ReturnOutcome::Pending) {
            return Ok(found);
        }
        let shipped = order.settlement.shipment.as_ref().is_some_and(|it| it.state != Progress::Refused);
        let mut cancel_error = None;
        if back.amount == order.total && !shipped {
            match self.cancel_payment(entry, invoice).await? {
                CancelOutcome::Canceled => return Ok(ReturnOutcome::Done(ReturnedBy::Cancel)),
                CancelOutcome::Refused(reason) => return Ok(ReturnOutcome::Refused(reason)),
                CancelOutcome::Unanswered => return Ok(ReturnOutcome::Unanswered),
                CancelOutcome::SendRefund { unless_refused } => cancel_error = unless_refused,
            }
        }
        let sent = self.send_refund(entry, order, invoice, back).await;
        match (sent, cancel_error) {
            (Ok(ReturnOutcome::Refused(_)), Some(error)) | (Err(error), _) => {
                Err(ReturnFailure { error, marks: Marks::NONE })
            }
            (Ok(outcome), _) => Ok(outcome),
        }
    }

    async fn look_up_return(&self, invoice: &Invoice, back: &Return) -> Result<ReturnOutcome, CallError> {
        let Some(there) = self.invoicebox.find_refund(&back.number).await? else {
            return Ok(ReturnOutcome::Pending);
        };
        let ours =
            there.parent_id.as_ref().is_none_or(|parent| parent.eq_ignore_ascii_case(&invoice.provider_id))
                && there.amount.is_none_or(|amount| amount == back.amount);
        Ok(match (ours, there.is_canceled()) {
            (true, false) => ReturnOutcome::Done(ReturnedBy::Refund),
            (true, true) => ReturnOutcome::Refused("the refund was canceled there".to_owned()),
            (false, _) => ReturnOutcome::Refused("the refund's number belongs to another refund".to_owned()),
        })
    }

    /// Gives guaranteed and reserved payments back by cancelling the order, as long as nothing was shipped. A payment of
    /// another kind is refused, and refunded instead; so is one whose cancellation fails again.
    async fn cancel_payment(
        &self,
        entry: &OutboxEntry,
        invoice: &Invoice,
    ) -> Result<CancelOutcome, ReturnFailure> {
        let client = &self.invoicebox;
        let of_read = |error| ReturnFailure::of_read(entry, error);
        if entry.row.marks.sent_at.is_some() {
            let there = client.get_order(&invoice.provider_id).await.map_err(of_read)?;
            match there.status {
                ProviderStatus::Canceled => return Ok(CancelOutcome::Canceled),
                _ if may_still_happen(entry, self.clock.now()) => return Ok(CancelOutcome::Unanswered),
                ProviderStatus::Completed => return Ok(CancelOutcome::SendRefund { unless_refused: None }),
                _ => {}
            }
        }
        let (there, error) = match client.cancel_order(&invoice.provider_id).await {
            Ok(there) => {
                let cause = format!("answered as cancelled, and it is {:?}", there.status);
                (Ok(there), CallError::Unknown { status: Some(200), cause })
            }
            Err(error) => (client.get_order(&invoice.provider_id).await, error),
        };
        let sent = error.may_still_be_executed().then(|| Marks::sent(self.clock.now()));
        let marks = sent.unwrap_or(Marks::NONE);
        let Ok(there) = there else { return Err(ReturnFailure { error, marks }) };
        let is_repeated = entry.attempts > 1 && sent.is_none();
        match there.status {
            ProviderStatus::Canceled => Ok(CancelOutcome::Canceled),
            // Nothing was done by a refused call: the money goes another way at once.
            ProviderStatus::Completed if error.is_definite() || is_repeated => {
                Ok(CancelOutcome::SendRefund { unless_refused: None })
            }
            ProviderStatus::Hold if error.is_final_refusal() => {
                Ok(CancelOutcome::Refused("a reserve that cannot be cancelled".to_owned()))
            }
            ProviderStatus::Hold if is_repeated => {
                Ok(CancelOutcome::SendRefund { unless_refused: Some(error) })
            }
            status if error.is_final_refusal() => {
                Ok(CancelOutcome::Refused(format!("not paid there: {status:?}")))
            }
            // Not cancelled, and not refused for good either: later again.
            _ => Err(ReturnFailure { error, marks }),
        }
    }

    async fn send_refund(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        invoice: &Invoice,
        back: &Return,
    ) -> Result<ReturnOutcome, CallError> {
        let scales = [UnitPriceScale::Two, UnitPriceScale::Six];
        for scale in scales {
            // Before the goods changed hands the lines are what the order said they are.
            let payment = if order.is_shipped() { PaymentType::FullPayment } else { payment_type(order) };
            let sent = self.invoicebox.create_refund(&invoice.provider_id, order, back, scale, payment).await;
            match sent {
                Ok(_) => return Ok(ReturnOutcome::Done(ReturnedBy::Refund)),
                Err(error) if error.is_unit_price_refused() && scale == UnitPriceScale::Two => {
                    tracing::error!(
                        order.number,
                        "Invoicebox refused unit prices of two decimals in a refund: once more with six"
                    );
                }
                Err(error) if error.is_duplicate_number() && entry.attempts < MAX_TRIES_WITH_TAKEN_NUMBER => {
                    return Ok(ReturnOutcome::Pending);
                }
                Err(error) if error.is_final_refusal() => {
                    return Ok(ReturnOutcome::Refused(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(ReturnOutcome::Pending)
    }
}

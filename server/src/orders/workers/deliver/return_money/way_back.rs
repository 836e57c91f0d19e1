//! The way of money back to the payer: by cancelling the payment, or by a refund; each exactly once.

use domain::{
    money::Kopecks,
    order::{
        Order,
        settlement::{Payment, RefundRequest, RefundScope, Return, ReturnedBy},
    },
    quote::Line,
};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, PaymentType, ProviderRefund, ProviderStatus, WholeRefund},
    orders::{
        store::{Marks, OutboxEntry},
        workers::deliver::{
            attempt::{may_still_happen, send_with_fitting_prices},
            create_invoice::payment_type,
        },
    },
};

/// Money that goes back through one invoice.
pub(in crate::orders::workers::deliver) struct MoneyBack<'a> {
    /// Our number of the refund.
    pub number: &'a str,
    /// The invoice through which it was paid.
    pub provider_id: &'a str,
    pub amount: Kopecks,
    /// What is returned of the order; `None`: a payment that is not of its sum, or not its own, in the lines that Invoicebox
    /// has.
    pub lines: Option<&'a Return>,
    /// It is everything that was paid, and nothing was shipped: the payment may be cancelled.
    pub is_everything: bool,
    /// When a call for it was about to be sent before.
    pub sent_at: Option<OffsetDateTime>,
    /// It waits for a person's decision: it is looked for, and not sent.
    pub is_held: bool,
    /// The shipment is not there yet, or not decided, and may be why a part is refused.
    pub is_before_shipment: bool,
}

/// What a look for a return shows.
pub(in crate::orders::workers::deliver) enum Look {
    Known(ReturnOutcome),
    /// Nothing of it is there. `is_whole`: the payment may be cancelled for it.
    Absent {
        is_whole: bool,
    },
}

/// Result of one look or call for a return.
pub(in crate::orders::workers::deliver) enum ReturnOutcome {
    Done(ReturnedBy),
    /// Refused for good, with Invoicebox's reason or ours.
    Refused(String),
    /// The payment was taken back as a whole, not by us.
    TakenBack,
    /// The refund exists under our number, and no list shows it yet.
    Unseen,
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
}

/// Why a return was not made, and the marks for the next try.
pub(in crate::orders::workers::deliver) struct ReturnFailure {
    pub error: CallError,
    pub marks: Marks,
    /// The call itself was refused for good: nothing of it is carried out.
    pub is_refused_call: bool,
}

impl ReturnFailure {
    /// A read failed: what an earlier try has sent is as open as before.
    pub fn of_read(entry: &OutboxEntry, error: CallError) -> Self {
        Self { error, marks: entry.row.marks, is_refused_call: false }
    }

    /// A write failed that certainly did nothing.
    fn of_write(error: CallError) -> Self {
        Self { error, marks: Marks::NONE, is_refused_call: false }
    }
}

/// Sends money back.
pub(in crate::orders::workers::deliver) struct WayBack {
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
}

impl WayBack {
    /// Looks for a return, whatever happened before: refund numbers are unique there, so neither a lost answer nor a crash
    /// between two lines of ours can give the money twice. `known` are the refunds of this invoice as they were just read.
    pub async fn look(
        &self,
        entry: &OutboxEntry,
        money: &MoneyBack<'_>,
        known: &[ProviderRefund],
    ) -> Result<Look, ReturnFailure> {
        let of_read = |error| ReturnFailure::of_read(entry, error);
        let shown = known.iter().find(|there| there.number.as_deref() == Some(money.number));
        if let Some(there) = shown {
            return Ok(Look::Known(outcome_of(there, money)));
        }
        if entry.attempts > 1 || money.sent_at.is_some() {
            let found = self.invoicebox.find_refund(money.number).await.map_err(of_read)?;
            if let Some(there) = found {
                return Ok(Look::Known(outcome_of(&there, money)));
            }
        }
        let is_whole = money.is_everything;
        if !is_whole || (entry.row.marks.sent_at.is_none() && money.sent_at.is_none()) {
            return Ok(Look::Absent { is_whole });
        }
        // A cancellation may have been sent before: the status of the payment tells.
        let there = self.invoicebox.get_order(money.provider_id).await.map_err(of_read)?;
        Ok(match there.status {
            ProviderStatus::Canceled => Look::Known(ReturnOutcome::Done(ReturnedBy::Cancel)),
            _ if may_still_happen(entry, self.clock.now()) => Look::Known(ReturnOutcome::Unanswered),
            // It got no answer, and has not been carried out: by a refund, then.
            ProviderStatus::Completed if entry.row.marks.sent_at.is_some() => {
                Look::Absent { is_whole: false }
            }
            _ => Look::Absent { is_whole },
        })
    }

    /// Sends money back that is not on its way: as a whole by cancelling the payment, where that can be.
    pub async fn write(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        money: &MoneyBack<'_>,
        is_whole: bool,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        let mut cancel_error = None;
        if is_whole {
            let is_reserve = order.settlement.payment == Some(Payment::Held) && money.lines.is_some();
            match self.cancel_payment(entry, money.provider_id, is_reserve).await? {
                CancelOutcome::Canceled => return Ok(ReturnOutcome::Done(ReturnedBy::Cancel)),
                CancelOutcome::Refused(reason) => return Ok(ReturnOutcome::Refused(reason)),
                CancelOutcome::SendRefund { unless_refused } => cancel_error = unless_refused,
            }
        }
        match (self.refund(order, money).await?, cancel_error) {
            (ReturnOutcome::Refused(_), Some(error)) => Err(ReturnFailure::of_write(error)),
            (ReturnOutcome::Refused(reason), None) => self.explain_refusal(money, reason).await,
            (outcome, _) => Ok(outcome),
        }
    }

    /// Gives guaranteed and reserved payments back by cancelling the order, as long as nothing was shipped. A payment of
    /// another kind is refused, and refunded instead; so is one whose cancellation fails again.
    async fn cancel_payment(
        &self,
        entry: &OutboxEntry,
        provider_id: &str,
        is_reserve: bool,
    ) -> Result<CancelOutcome, ReturnFailure> {
        let client = &self.invoicebox;
        let (there, error) = match client.cancel_order(provider_id).await {
            Ok(there) => {
                let cause = format!("answered as cancelled, and it is {:?}", there.status);
                (Ok(there), CallError::Unknown { status: Some(200), cause })
            }
            Err(error) => (client.get_order(provider_id).await, error),
        };
        let sent = error.may_still_be_executed().then(|| Marks::sent(self.clock.now()));
        let marks = sent.unwrap_or(Marks::NONE);
        let Ok(there) = there else { return Err(ReturnFailure { error, marks, is_refused_call: false }) };
        let is_repeated = entry.attempts > 1 && sent.is_none();
        match there.status {
            ProviderStatus::Canceled => Ok(CancelOutcome::Canceled),
            // It was taken a moment ago: how much of it is read before anything is asked for.
            ProviderStatus::Completed if is_reserve && !is_repeated => {
                Err(ReturnFailure { error, marks, is_refused_call: false })
            }
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
            _ => Err(ReturnFailure { error, marks, is_refused_call: false }),
        }
    }

    async fn refund(&self, order: &Order, money: &MoneyBack<'_>) -> Result<ReturnOutcome, ReturnFailure> {
        let Some(back) = money.lines else { return self.refund_whole(order, money).await };
        match self.refund_lines(order, money, back).await {
            // Before the shipment the refusal may be about that.
            Err(error)
                if error.is_final_refusal()
                    && !money.is_before_shipment
                    && self.exceeds_a_line(money, back).await =>
            {
                tracing::warn!(order.number, refund = money.number, %error, "returned in the lines that have money left");
                self.refund_whole(order, money).await
            }
            sent => self.learn_write(money, sent.map(|_| WholeRefund::Sent)).await,
        }
    }

    /// Returns a sum in the lines that Invoicebox has, as far as each has money left.
    async fn refund_whole(
        &self,
        order: &Order,
        money: &MoneyBack<'_>,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        let (id, number, amount) = (money.provider_id, money.number, money.amount);
        let sent = self.invoicebox.refund_whole(id, number, amount, order.number).await;
        self.learn_write(money, sent).await
    }

    async fn learn_write(
        &self,
        money: &MoneyBack<'_>,
        sent: Result<WholeRefund, CallError>,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        match sent {
            Ok(WholeRefund::Sent) => Ok(ReturnOutcome::Done(ReturnedBy::Refund)),
            Ok(WholeRefund::NothingLeft) => self.explain_nothing_left(money).await,
            Ok(WholeRefund::OtherSum(available)) => {
                let (available, amount) = (available.to_decimal(), money.amount.to_decimal());
                Ok(ReturnOutcome::Refused(format!("{available} of {amount} may be returned there")))
            }
            Err(error) if error.is_duplicate_number() => self.adopt(money).await,
            // A guarantee may be refunded in part only once something was shipped.
            Err(error) if error.is_final_refusal() && money.is_before_shipment => {
                Err(ReturnFailure { is_refused_call: true, ..ReturnFailure::of_write(error) })
            }
            // A payment that a bank has taken back meanwhile is with the payer.
            Err(error) if error.is_final_refusal() => match self.is_taken_back(money).await {
                Ok(true) => Ok(ReturnOutcome::TakenBack),
                _ => Ok(ReturnOutcome::Refused(error.to_string())),
            },
            Err(error) => Err(ReturnFailure::of_write(error)),
        }
    }

    /// A call is refused, too, because an earlier one of the same refund was carried out meanwhile: it is looked for before
    /// the refusal is believed.
    async fn explain_refusal(
        &self,
        money: &MoneyBack<'_>,
        reason: String,
    ) -> Result<ReturnOutcome, ReturnFailure> {
        if money.sent_at.is_none() {
            return Ok(ReturnOutcome::Refused(reason));
        }
        let found = self.invoicebox.find_refund(money.number).await.map_err(ReturnFailure::of_write)?;
        Ok(found.map_or(ReturnOutcome::Refused(reason), |there| outcome_of(&there, money)))
    }

    /// Whether the payment was taken back as a whole.
    async fn is_taken_back(&self, money: &MoneyBack<'_>) -> Result<bool, CallError> {
        let there = self.invoicebox.get_order(money.provider_id).await?;
        Ok(there.status == ProviderStatus::Canceled)
    }

    /// Nothing is left there of what we return. A payment that was taken back is with the payer; a refund of others is read
    /// before the next try, and takes the place of ours. Without either nobody knows where the money is.
    async fn explain_nothing_left(&self, money: &MoneyBack<'_>) -> Result<ReturnOutcome, ReturnFailure> {
        if self.is_taken_back(money).await.map_err(ReturnFailure::of_write)? {
            return Ok(ReturnOutcome::TakenBack);
        }
        let cause = "nothing is left to be returned there, and no refund says why".to_owned();
        Err(ReturnFailure::of_write(CallError::Unknown { status: Some(200), cause }))
    }

    /// Whether Invoicebox says that a line of a return is more than there is left of it: then every repetition would be refused.
    /// The lines that an operator names are theirs to choose again.
    async fn exceeds_a_line(&self, money: &MoneyBack<'_>, back: &Return) -> bool {
        let by_line = |request: &RefundRequest| matches!(request.scope, RefundScope::Items(_));
        if back.request.as_ref().is_some_and(by_line) {
            return false;
        }
        let Ok(refundable) = self.invoicebox.refundable(money.provider_id).await else { return false };
        let exceeds = |line: &Line| {
            let there = refundable.line(&line.sku.0);
            there.is_none_or(|there| there.available < line.total)
        };
        back.lines.iter().any(exceeds)
    }

    async fn refund_lines(
        &self,
        order: &Order,
        money: &MoneyBack<'_>,
        back: &Return,
    ) -> Result<ProviderRefund, CallError> {
        // Before the goods changed hands the lines are what the order said they are.
        let payment = if order.is_shipped() { PaymentType::FullPayment } else { payment_type(order) };
        send_with_fitting_prices(order.number, "refund", |scale| {
            self.invoicebox.create_refund(money.provider_id, order, back, scale, payment)
        })
        .await
    }

    /// A number that is taken proves that its refund exists: it is looked for by its number, and among all of its invoice.
    async fn adopt(&self, money: &MoneyBack<'_>) -> Result<ReturnOutcome, ReturnFailure> {
        let mut found = self.invoicebox.find_refund(money.number).await.map_err(ReturnFailure::of_write)?;
        if found.is_none() {
            let all = self.invoicebox.find_refunds(money.provider_id).await;
            let all = all.map_err(ReturnFailure::of_write)?;
            found = all.into_iter().find(|there| there.number.as_deref() == Some(money.number));
        }
        Ok(found.map_or(ReturnOutcome::Unseen, |there| outcome_of(&there, money)))
    }
}

/// What a refund under our number means.
fn outcome_of(there: &ProviderRefund, money: &MoneyBack<'_>) -> ReturnOutcome {
    let parent = there.parent_id.as_ref();
    let is_ours = parent.is_none_or(|parent| parent.eq_ignore_ascii_case(money.provider_id))
        && there.amount.is_none_or(|amount| amount == money.amount);
    match (is_ours, there.is_canceled()) {
        (true, false) => ReturnOutcome::Done(ReturnedBy::Refund),
        (true, true) => ReturnOutcome::Refused("the refund was canceled there".to_owned()),
        (false, _) => ReturnOutcome::Refused("the refund's number belongs to another refund".to_owned()),
    }
}

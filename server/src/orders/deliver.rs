//! What an effect does in the world, at least once.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{
        Order, Origin, Status,
        machine::{Effect, Event},
    },
    refusal::Refusal,
};

use super::{News, Orders, StoreError, outbox::Job};
use crate::{
    forecourt::Trouble,
    invoicebox::{CallError, Links, PaymentType, ProviderOrder, ProviderStatus, UnitPriceScale},
};

/// A creation that was cut off without an answer may still be executed there: it is not repeated before this.
const MAY_STILL_HAPPEN: Duration = Duration::from_secs(60);
/// Marks a try whose answer never came.
const UNANSWERED: &str = "unanswered: ";

/// What became of one try.
pub(super) enum Tried {
    Done,
    /// Again later; the reason goes into the row.
    Again {
        error: String,
        after: Option<Duration>,
    },
}

impl Orders {
    pub(super) async fn carry_out(&self, job: &Job) -> Result<Tried, StoreError> {
        let Some(order) = self.inner.store.get(job.order).await? else { return Ok(Tried::Done) };
        match job.effect {
            Effect::CreateInvoice => self.create_invoice(job, &order).await,
            Effect::CancelInvoice => self.cancel_invoice(&order).await,
            Effect::Authorise => self.authorise(&order).await,
            Effect::WithdrawAuthorisation => Ok(asked(self.inner.forecourt.withdraw(&order).await)),
            Effect::Announce => Ok(asked(self.inner.forecourt.announce(&order).await)),
            Effect::ReturnMoney => self.return_money(&order).await,
        }
    }

    /// Creates the invoice; after a try with unknown outcome Invoicebox is asked first.
    async fn create_invoice(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        if job.attempts > 1 {
            match self.inner.invoicebox.find_by_number(&order.merchant_order_id).await {
                Ok(found) => {
                    let ours =
                        found.iter().filter(|there| there.amount.is_none_or(|amount| amount == order.total));
                    if let Some(invoice) = ours.filter_map(ProviderOrder::invoice).next() {
                        tracing::info!(order.number, "the invoice exists already: adopted");
                        self.apply(order.id, Event::InvoiceCreated(invoice)).await?;
                        return Ok(Tried::Done);
                    }
                }
                Err(error) => return Ok(self.try_failed(order.id, &error)),
            }
            let unanswered = job.last_error.as_deref().is_some_and(|error| error.starts_with(UNANSWERED));
            if unanswered && self.inner.clock.now() < order.placed_at + MAY_STILL_HAPPEN {
                self.inner.hub.tell(order.id, News::TryFailed(Refusal::ProviderTimeout));
                return Ok(Tried::Again { error: format!("{UNANSWERED}not found yet"), after: None });
            }
        }
        if order.status != Status::Placing {
            return Ok(Tried::Done);
        }
        let links = Links::new(&self.inner.rules.public_url, order.id);
        let mut created =
            self.inner.invoicebox.create_order(order, &links, UnitPriceScale::Two, payment_type(order)).await;
        if created.as_ref().is_err_and(CallError::is_unit_price_refused) {
            tracing::error!(
                order.number,
                "Invoicebox refused unit prices of two decimals: repeating once with six; tell support"
            );
            created = self
                .inner
                .invoicebox
                .create_order(order, &links, UnitPriceScale::Six, payment_type(order))
                .await;
        }
        match created {
            Ok(invoice) => {
                self.apply(order.id, Event::InvoiceCreated(invoice)).await?;
                Ok(Tried::Done)
            }
            Err(error) if error.is_duplicate_number() => {
                Ok(Tried::Again { error: error.to_string(), after: Some(Duration::ZERO) })
            }
            Err(error) if error.is_definite() => {
                tracing::error!(order.number, %error, "Invoicebox refused the order");
                self.apply(order.id, Event::InvoiceRefused).await?;
                Ok(Tried::Done)
            }
            Err(error) => Ok(self.try_failed(order.id, &error)),
        }
    }

    /// Tells the waiting customer, and repeats later.
    fn try_failed(&self, id: OrderId, error: &CallError) -> Tried {
        let unanswered = error.is_unanswered();
        let refusal = if unanswered { Refusal::ProviderTimeout } else { Refusal::ProviderDown };
        self.inner.hub.tell(id, News::TryFailed(refusal));
        let mark = if unanswered { UNANSWERED } else { "" };
        Tried::Again { error: format!("{mark}{error}"), after: error.retry_after() }
    }

    /// Withdraws an unpaid invoice. A refusal means that it has ended there by itself, or that it was paid; the
    /// notification tells which.
    async fn cancel_invoice(&self, order: &Order) -> Result<Tried, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Tried::Done) };
        match self.inner.invoicebox.cancel_order(&invoice.provider_id).await {
            Ok(_) => Ok(Tried::Done),
            Err(error) if error.is_definite() => {
                if let Ok(there) = self.inner.invoicebox.get_order(&invoice.provider_id).await
                    && there.status == ProviderStatus::Completed
                {
                    let provider_id = invoice.provider_id.clone();
                    self.apply(order.id, Event::Paid { provider_id }).await?;
                }
                Ok(Tried::Done)
            }
            Err(error) => Ok(Tried::Again { error: error.to_string(), after: error.retry_after() }),
        }
    }

    /// Asks the station to release the pump: only for a paid order, and it says itself when it did so before.
    async fn authorise(&self, order: &Order) -> Result<Tried, StoreError> {
        if !matches!(order.status, Status::Paid | Status::Authorising) {
            return Ok(Tried::Done);
        }
        if let Some(pump) = order.pump
            && let Err(Trouble::Refused(reason)) = self.inner.forecourt.ping(&order.station.id, pump).await
        {
            self.apply(order.id, Event::StationRefused { reason }).await?;
            return Ok(Tried::Done);
        }
        self.apply(order.id, Event::AuthorisationSent).await?;
        match self.inner.forecourt.authorise(order).await {
            Ok(()) => Ok(Tried::Done),
            Err(Trouble::Refused(reason)) => {
                self.apply(order.id, Event::StationRefused { reason }).await?;
                Ok(Tried::Done)
            }
            // Unknown, not failed: the same order is asked again, never another one.
            Err(Trouble::Silent) => Ok(asked(Err(Trouble::Silent))),
        }
    }

    /// Gives all the money back: cancelling reverses guaranteed and held payments. What Invoicebox refuses to
    /// reverse becomes a discrepancy that an operator sees.
    async fn return_money(&self, order: &Order) -> Result<Tried, StoreError> {
        let Some(invoice) = &order.invoice else { return Ok(Tried::Done) };
        match self.inner.invoicebox.cancel_order(&invoice.provider_id).await {
            Ok(_) => Ok(Tried::Done),
            Err(error) if error.is_definite() => {
                let reversed = self
                    .inner
                    .invoicebox
                    .get_order(&invoice.provider_id)
                    .await
                    .is_ok_and(|there| there.status == ProviderStatus::Canceled);
                if !reversed {
                    tracing::error!(order.number, %error, "the money cannot be returned by cancelling");
                    self.apply(order.id, Event::ReturnRefused).await?;
                }
                Ok(Tried::Done)
            }
            Err(error) => Ok(Tried::Again { error: error.to_string(), after: error.retry_after() }),
        }
    }
}

/// At the till the goods change hands with the payment, in the app after it.
fn payment_type(order: &Order) -> PaymentType {
    match order.origin {
        Origin::Customer => PaymentType::FullPrepayment,
        Origin::Till { .. } => PaymentType::FullPayment,
    }
}

fn asked(answer: Result<(), Trouble>) -> Tried {
    match answer {
        Ok(()) | Err(Trouble::Refused(_)) => Tried::Done,
        Err(Trouble::Silent) => Tried::Again { error: Trouble::Silent.to_string(), after: None },
    }
}

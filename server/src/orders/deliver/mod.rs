//! What an effect does in the world, at least once; each in a room of its own.

mod invoice;
mod refund;
mod shipment;
mod station;

use std::time::Duration;

use domain::order::{Order, Origin, machine::Effect};
use time::OffsetDateTime;

use super::{
    StoreError,
    outbox::Job,
    store::{instant, millis},
    worker::EffectWorker,
};
use crate::invoicebox::{CallError, PaymentType};

/// A write that was cut off without an answer may still be executed there: it is not repeated before this.
const MAY_STILL_HAPPEN: Duration = Duration::from_secs(60);
/// Marks a try whose answer never came; its moment in milliseconds follows.
const UNANSWERED: &str = "unanswered at ";
/// Marks a try that was told that its number is known there.
const DUPLICATE: &str = "duplicate: ";

/// What became of one try.
pub(super) enum Tried {
    Done,
    /// Again later; the reason goes into the row.
    Again {
        error: String,
        after: Option<Duration>,
    },
}

impl EffectWorker {
    pub(super) async fn carry_out(&self, job: &Job) -> Result<Tried, StoreError> {
        let Some(order) = self.inner.store.get(job.order).await? else { return Ok(Tried::Done) };
        match job.effect {
            Effect::CreateInvoice => self.create_invoice(job, &order).await,
            Effect::CancelInvoice => self.cancel_invoice(&order).await,
            Effect::CancelDuplicates => self.cancel_twins(&order).await,
            Effect::Authorise => self.authorise(job, &order).await,
            Effect::WithdrawAuthorisation => self.withdraw(job, &order).await,
            Effect::ReportEnd => self.report_end(&order).await,
            Effect::Announce => self.announce(&order).await,
            Effect::Ship => self.ship(job, &order).await,
            Effect::Refund | Effect::ReturnMoney => self.give_back(job, &order).await,
        }
    }

    /// Notes that a write that would be taken twice is about to be sent: should this process die over the call,
    /// the next try must not believe that nothing was sent. `false`: the lease is lost, and nothing may be sent.
    async fn note_sent(&self, job: &Job) -> Result<bool, StoreError> {
        let what = unanswered(self.inner.clock.now(), &"sent, and no answer recorded");
        self.inner.outbox.note(job, &what).await
    }
}

/// A try whose answer never came, for the row.
fn unanswered(at: OffsetDateTime, error: &dyn std::fmt::Display) -> String {
    format!("{UNANSWERED}{}: {error}", millis(at))
}

/// When the last try of this row was sent, if nobody knows what became of it.
fn sent_unanswered(job: &Job) -> Option<OffsetDateTime> {
    let (at, _) = job.last_error.as_deref()?.strip_prefix(UNANSWERED)?.split_once(':')?;
    at.parse().ok().map(instant)
}

/// What the last try of this row sent may still be executed: nothing may be sent again yet.
fn may_still_happen(job: &Job, now: OffsetDateTime) -> bool {
    sent_unanswered(job).is_some_and(|sent| now - sent < MAY_STILL_HAPPEN)
}

/// Later again: nothing was decided there.
fn again(now: OffsetDateTime, error: &CallError) -> Tried {
    let text = if error.is_unanswered() { unanswered(now, error) } else { error.to_string() };
    Tried::Again { error: text, after: error.retry_after() }
}

/// At the till the goods change hands with the payment, in the app after it.
fn payment_type(order: &Order) -> PaymentType {
    match order.origin {
        Origin::Customer => PaymentType::FullPrepayment,
        Origin::Till { .. } => PaymentType::FullPayment,
    }
}

//! The outbox worker: carries effects out, at least once, in order per order. What each does is in a room of its own.

mod invoice;
mod refund;
mod shipment;
mod station;

use std::time::Duration;

use domain::order::machine::Effect;
use rand::Rng;
use time::OffsetDateTime;

use super::{Orders, StoreError, outbox::Job, store::millis};
use crate::invoicebox::CallError;

/// Rows worked on at once.
const BATCH: u32 = 16;
/// The worker looks for due rows this often even when nobody wakes it.
const TICK: Duration = Duration::from_millis(500);
/// Pauses before the next try; the last one repeats.
const PAUSES_S: [u64; 7] = [1, 5, 15, 60, 120, 300, 600];
/// After so long a row is laid aside for an operator.
const GIVE_UP_TRIES: i64 = 150;
/// A write that was cut off without an answer may still be executed there: it is not repeated before this.
const MAY_STILL_HAPPEN: Duration = Duration::from_secs(60);
/// Marks a try whose answer never came; its moment in milliseconds follows.
const UNANSWERED: &str = "unanswered at ";
/// Marks a try that was told that its number is known there.
const DUPLICATE: &str = "duplicate: ";

/// What became of one try.
enum Tried {
    Done,
    /// Again later; the reason goes into the row.
    Again {
        error: String,
        after: Option<Duration>,
    },
}

impl Orders {
    pub(super) async fn deliver_forever(&self) {
        loop {
            match self.inner.outbox.claim(self.inner.clock.now(), BATCH).await {
                Ok(jobs) if !jobs.is_empty() => {
                    for job in jobs {
                        let orders = self.clone();
                        self.inner.tasks.spawn(async move { orders.deliver(job).await });
                    }
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the outbox cannot be read; trying again"),
            }
            tokio::select! {
                () = self.inner.wake.notified() => {}
                () = tokio::time::sleep(TICK) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
        }
    }

    async fn deliver(&self, job: Job) {
        let result = match self.carry_out(&job).await {
            Ok(Tried::Done) => self.inner.outbox.done(&job).await,
            Ok(Tried::Again { error, after }) => {
                let due = (job.attempts < GIVE_UP_TRIES).then(|| self.next_try(job.attempts, after));
                tracing::warn!(order.id = ?job.order, effect = job.effect.name(), job.attempts, error, dead = due.is_none(), "an effect failed");
                self.inner.outbox.failed(&job, due, &error).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            // The lease runs out and the row is repeated.
            tracing::error!(%error, order.id = ?job.order, effect = job.effect.name(), "the outbox cannot be written");
        }
        // The next row of this order may have been waiting for this one.
        self.inner.wake.notify_one();
    }

    fn next_try(&self, attempts: i64, after: Option<Duration>) -> OffsetDateTime {
        let index = usize::try_from(attempts - 1).unwrap_or(0).min(PAUSES_S.len() - 1);
        let pause = Duration::from_secs(PAUSES_S.get(index).copied().unwrap_or(600));
        let jitter = Duration::from_millis(rand::rng().random_range(0..250));
        self.inner.clock.now() + after.unwrap_or(pause).max(Duration::from_millis(500)) + jitter
    }

    async fn carry_out(&self, job: &Job) -> Result<Tried, StoreError> {
        let Some(order) = self.inner.store.get(job.order).await? else { return Ok(Tried::Done) };
        match job.effect {
            Effect::CreateInvoice => self.create_invoice(job, &order).await,
            Effect::CancelInvoice => self.cancel_invoice(&order).await,
            Effect::CancelTwins => self.cancel_twins(&order).await,
            Effect::Authorise => self.authorise(&order).await,
            Effect::WithdrawAuthorisation => self.withdraw(job, &order).await,
            Effect::Announce => self.announce(&order).await,
            Effect::Ship => self.ship(job, &order).await,
            Effect::Refund | Effect::ReturnMoney => self.give_back(job, &order).await,
        }
    }
}

/// A try whose answer never came, for the row.
fn unanswered(at: OffsetDateTime, error: &dyn std::fmt::Display) -> String {
    format!("{UNANSWERED}{}: {error}", millis(at))
}

/// What the last try of this row sent may still be executed: nothing may be sent again yet.
fn may_still_happen(job: &Job, now: OffsetDateTime) -> bool {
    let told = job.last_error.as_deref().and_then(|error| error.strip_prefix(UNANSWERED));
    let sent = told.and_then(|rest| rest.split_once(':')).and_then(|(at, _)| at.parse::<i64>().ok());
    sent.is_some_and(|sent| millis(now) - sent < i64::try_from(MAY_STILL_HAPPEN.as_millis()).unwrap_or(0))
}

/// Later again: nothing was decided there.
fn again(now: OffsetDateTime, error: &CallError) -> Tried {
    let text = if error.is_unanswered() { unanswered(now, error) } else { error.to_string() };
    Tried::Again { error: text, after: error.retry_after() }
}

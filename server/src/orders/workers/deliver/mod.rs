//! Carries effects out: a file each. Every effect may be repeated; what it learns becomes an event of its order.

mod announce;
mod authorise;
mod cancel_invoice;
mod create_invoice;
mod report_end;
mod return_money;
mod ship;
mod withdraw;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    id::PumpNumber,
    order::{
        Order, Origin,
        machine::{Effect, Event},
    },
};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, PaymentType},
    orders::{
        Applied, Hub, OrderChanges, OrderStore, Rules, StoreError,
        outbox::{Outbox, record_of},
        store::{EffectTable, Marks, OutboxEntry},
    },
    queue::{Outcome, RowHandler},
    station_link::{Capabilities, StationCallError, StationLink},
};

/// A write that was cut off without an answer may still be executed there: it is not repeated before this.
const UNKNOWN_OUTCOME_WAIT: Duration = Duration::from_secs(60);
/// Between two looks at a station while a customer stands at the pump.
const STATION_RETRY_PAUSE: Duration = Duration::from_secs(5);
/// A release of an ended order is taken back by so many tries; then an operator reads of it in the log.
const MAX_RELEASE_CANCEL_ATTEMPTS: i64 = 5;

/// What effects are carried out with.
pub(in crate::orders) struct EffectTools {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub outbox: Outbox,
    pub hub: Hub,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub station_link: Arc<dyn StationLink>,
    pub rules: Arc<Rules>,
}

/// Carries effects out. Cheap to clone.
#[derive(Clone)]
pub(in crate::orders) struct EffectHandler {
    tools: Arc<EffectTools>,
}

/// What became of one try of an effect.
#[derive(Debug)]
enum Attempt {
    /// Done, or not needed any more.
    Done,
    /// Done, and this is what was learned: applied in the transaction that strikes the row.
    Learned(Event),
    /// Nothing has failed; looked at again later. Without a reason the row keeps its text.
    Wait { reason: Option<String>, marks: Marks, after: Option<Duration> },
    /// Again later. Without an error the row keeps its text.
    Retry { error: Option<String>, marks: Marks, after: Option<Duration> },
}

impl Attempt {
    /// Nothing new: the row stays as it is until `after`.
    fn wait(entry: &OutboxEntry, after: Option<Duration>) -> Self {
        Self::Wait { reason: None, marks: entry.row.marks, after }
    }

    /// A read failed: what an earlier try has sent is as open as before.
    fn look_failed(entry: &OutboxEntry, error: &CallError) -> Self {
        let (error, after) = (Some(error.to_string()), error.retry_after());
        Self::Retry { error, marks: entry.row.marks, after }
    }

    /// A write failed with marks for the next try.
    fn write_failed(error: &CallError, marks: Marks) -> Self {
        Self::Retry { error: Some(error.to_string()), marks, after: error.retry_after() }
    }

    /// A call that is safe to repeat has failed.
    fn call_failed(error: &CallError) -> Self {
        Self::write_failed(error, Marks::NONE)
    }

    /// A station could not be asked; what an earlier try has sent is as open as before.
    fn station_failed(entry: &OutboxEntry, error: &StationCallError, after: Option<Duration>) -> Self {
        Self::Retry { error: Some(error.to_string()), marks: entry.row.marks, after }
    }
}

impl EffectHandler {
    pub fn new(tools: EffectTools) -> Self {
        Self { tools: Arc::new(tools) }
    }
}

#[async_trait]
impl RowHandler<EffectTable> for EffectHandler {
    type Error = StoreError;

    async fn handle(&self, entry: &OutboxEntry) -> Result<Outcome, StoreError> {
        match self.tools.carry_out(entry).await? {
            Attempt::Done => Ok(Outcome::Done),
            Attempt::Learned(event) => self.tools.apply_and_strike(entry, event).await,
            Attempt::Wait { reason, marks, after } => {
                Ok(Outcome::Wait { record: record_of(marks, reason.as_deref()), after })
            }
            Attempt::Retry { error, marks, after } => {
                Ok(Outcome::Retry { record: record_of(marks, error.as_deref()), after })
            }
        }
    }
}

impl EffectTools {
    async fn carry_out(&self, entry: &OutboxEntry) -> Result<Attempt, StoreError> {
        let order = match self.store.get(entry.row.order).await {
            Ok(Some(order)) => order,
            Ok(None) => return Ok(Attempt::Done),
            // An order that cannot be read stops no other, and its row says why.
            Err(error) => {
                tracing::error!(%error, order.id = ?entry.row.order, "the order of an effect cannot be read");
                return Ok(Attempt::Retry {
                    error: Some(error.to_string()),
                    marks: entry.row.marks,
                    after: None,
                });
            }
        };
        match entry.row.effect {
            Effect::CreateInvoice => self.create_invoice(entry, &order).await,
            Effect::CancelInvoice => self.cancel_invoice(&order).await,
            Effect::CancelDuplicates => self.cancel_duplicate_invoices(&order).await,
            Effect::RequestRelease => self.authorise(entry, &order).await,
            Effect::WithdrawRelease => self.withdraw(entry, &order).await,
            Effect::ReportEnd => Ok(self.report_end(entry, &order).await),
            Effect::Announce => Ok(self.announce(entry, &order).await),
            Effect::Ship => self.ship(entry, &order).await,
            Effect::Refund | Effect::ReturnMoney => self.return_money(entry, &order).await,
        }
    }

    /// Applies what was learned in the transaction that strikes the row. What was learned is true even when the lease is
    /// lost: then another worker repeats the effect, and finds it done.
    async fn apply_and_strike(&self, entry: &OutboxEntry, event: Event) -> Result<Outcome, StoreError> {
        match self.changes.apply_and_strike(entry.row.order, event, entry.lease.clone()).await? {
            Applied::Unknown => Ok(Outcome::Done),
            Applied::Changed(_) | Applied::Unchanged(_) | Applied::Refused(_) => Ok(Outcome::Struck),
        }
    }

    /// Whether the pump is known to be free, which proves that an earlier request has not come there. Without automation
    /// there is nobody to whom one could have come; a link that cannot ask proves nothing.
    async fn is_known_free(&self, order: &Order, pump: PumpNumber) -> bool {
        let Capabilities { drives_pumps, asks_pumps, .. } = self.station_link.capabilities();
        !drives_pumps || (asks_pumps && self.station_link.ping(&order.station.id, pump).await.is_ok())
    }

    /// Notes that a write that would be taken twice is about to be sent. `false`: the lease is lost, nothing may be sent.
    async fn mark_sent(&self, entry: &OutboxEntry) -> Result<bool, StoreError> {
        Ok(self.outbox.mark_sent(&entry.lease, self.clock.now()).await?)
    }
}

/// What an earlier try has sent may still be executed: nothing may be sent again yet.
fn may_still_happen(entry: &OutboxEntry, now: OffsetDateTime) -> bool {
    entry.row.marks.sent_at.is_some_and(|sent| now - sent < UNKNOWN_OUTCOME_WAIT)
}

/// At the till the goods change hands with the payment, in the app after it.
fn payment_type(order: &Order) -> PaymentType {
    match order.origin {
        Origin::Customer => PaymentType::FullPrepayment,
        Origin::Cashier { .. } => PaymentType::FullPayment,
    }
}

//! Applying events to orders: the only place where an order changes.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{
        Order,
        machine::{self, Event, Outcome},
    },
};
use tokio_util::task::TaskTracker;

use super::{EffectTable, Hub, OrderStore, OrderUpdate, StoreError, store::Decided};
use crate::{
    clock::Clock,
    database::Durability,
    queue::{QueueSignal, RowLease},
};

/// Durable outcome of an event.
#[derive(Debug)]
pub enum Applied {
    Changed(Arc<Order>),
    Unchanged(Arc<Order>),
    Refused(Arc<Order>),
    Unknown,
}

/// Applies events to orders, for every use case and worker that changes one.
pub struct OrderChanges {
    pub(super) store: OrderStore,
    pub(super) hub: Hub,
    /// Wakes the workers of the outbox.
    pub(super) signal: QueueSignal,
    pub(super) clock: Clock,
    pub(super) tasks: TaskTracker,
}

impl OrderChanges {
    /// Applies an event in one transaction, then publishes the change and wakes the workers. It is finished even when
    /// the caller goes away meanwhile: listeners must learn of what has become durable.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read; then nothing has changed.
    /// `Stopped` if the task of the change ended before it was finished.
    pub async fn apply(self: &Arc<Self>, id: OrderId, event: Event) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, None).await
    }

    /// Applies the event that an effect resulted in, and strikes its outbox row in the same transaction if it is still
    /// its holder's.
    ///
    /// # Errors
    /// As [`OrderChanges::apply`]: `Database`, `Unreadable` or `Stopped`; then the row stays.
    pub(super) async fn apply_and_strike(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        row: RowLease<EffectTable>,
    ) -> Result<Applied, StoreError> {
        self.apply_in_task(id, event, Some(row)).await
    }

    async fn apply_in_task(
        self: &Arc<Self>,
        id: OrderId,
        event: Event,
        strike: Option<RowLease<EffectTable>>,
    ) -> Result<Applied, StoreError> {
        let changes = Arc::clone(self);
        let applied = self.tasks.spawn(async move { changes.apply_to_the_end(id, event, strike).await });
        applied.await.map_err(|_| StoreError::Stopped)?
    }

    async fn apply_to_the_end(
        &self,
        id: OrderId,
        event: Event,
        strike: Option<RowLease<EffectTable>>,
    ) -> Result<Applied, StoreError> {
        let now = self.clock.now();
        let durability = durability_of(&event);
        let decide = move |order: &mut Order| machine::apply(order, event, now);
        let decided = self.store.change(id, now, durability, strike, decide).await?;
        let Some(decided) = decided else { return Ok(Applied::Unknown) };
        log_change(&decided);
        let order = Arc::new(decided.order);
        match decided.outcome {
            Outcome::Changed(effects) => {
                self.hub.publish(id, OrderUpdate::changed(&order));
                if !effects.is_empty() {
                    self.signal.wake_all();
                }
                Ok(Applied::Changed(order))
            }
            Outcome::Unchanged => Ok(Applied::Unchanged(order)),
            Outcome::Refused => Ok(Applied::Refused(order)),
        }
    }
}

fn log_change(decided: &Decided) {
    let Decided { order, seq, known_discrepancies, outcome: Outcome::Changed(_) } = decided else { return };
    for step in order.history.iter().filter(|step| step.seq > *seq) {
        tracing::info!(order.id = ?order.id, order.number, order.status = step.status.name(), "order changed status");
        metrics::counter!("kolonka_order_steps_total", "status" => step.status.name()).increment(1);
    }
    for discrepancy in order.discrepancies.iter().skip(*known_discrepancies) {
        tracing::error!(
            order.number,
            discrepancy = discrepancy.what.name(),
            detail = discrepancy.detail,
            "discrepancy: an operator has to look at this order"
        );
    }
}

/// Durability of an event's transaction. A power cut may undo facts that come again by themselves. An invoice is
/// found again under its number, and the next report of the meter has the newer volume. That a station was asked must
/// survive: an order that was not asked for is cancelled without asking the station.
fn durability_of(event: &Event) -> Durability {
    match event {
        Event::InvoiceCreated(_) | Event::Volume(_) => Durability::Relaxed,
        _ => Durability::Full,
    }
}

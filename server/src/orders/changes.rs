//! An event meets an order: the only way in which one changes.

use std::sync::Arc;

use domain::{
    id::OrderId,
    order::{
        Order,
        machine::{self, Event, Outcome},
    },
};
use tokio::sync::mpsc;

use super::{News, Orders, StoreError, store::Decided};
use crate::database::Durability;

/// What an event did, durably.
#[derive(Debug)]
pub enum Applied {
    Changed(Arc<Order>),
    Unchanged(Arc<Order>),
    Refused(Arc<Order>),
    Unknown,
}

impl Orders {
    /// Applies an event in one transaction, then tells the listeners and wakes the outbox worker. It is finished even
    /// when the caller goes away meanwhile: whoever listens must hear of what has become durable.
    ///
    /// # Errors
    /// The store's; then nothing has changed.
    pub async fn apply(&self, id: OrderId, event: Event) -> Result<Applied, StoreError> {
        let orders = self.clone();
        let applied = self.inner.tasks.spawn(async move { orders.apply_to_the_end(id, event).await });
        applied.await.map_err(|_| StoreError::Stopped)?
    }

    async fn apply_to_the_end(&self, id: OrderId, event: Event) -> Result<Applied, StoreError> {
        let now = self.inner.clock.now();
        let durability = durability_of(&event);
        let decided = self
            .inner
            .store
            .change(id, now, durability, move |order| machine::apply(order, event, now))
            .await?;
        let Some(Decided { order, seq, known_discrepancies, outcome }) = decided else {
            return Ok(Applied::Unknown);
        };
        match outcome {
            Outcome::Changed(effects) => {
                for step in order.history.iter().filter(|step| step.seq > seq) {
                    tracing::info!(order.id = ?order.id, order.number, order.status = step.status.name(), "order moved");
                    metrics::counter!("kolonka_order_steps_total", "status" => step.status.name())
                        .increment(1);
                }
                for what in order.discrepancies.iter().skip(known_discrepancies) {
                    tracing::error!(order.number, discrepancy = ?what, "discrepancy: an operator has to look at this order");
                }
                let order = Arc::new(order);
                self.inner.hub.tell(id, News::changed(&order));
                if !effects.is_empty() {
                    self.inner.wake.notify_one();
                }
                Ok(Applied::Changed(order))
            }
            Outcome::Unchanged => Ok(Applied::Unchanged(Arc::new(order))),
            Outcome::Refused => Ok(Applied::Refused(Arc::new(order))),
        }
    }

    /// Takes what stations say until their channel closes. An event that cannot be made durable is tried again: the
    /// station will not repeat it.
    pub async fn follow_stations(&self, mut events: mpsc::Receiver<(OrderId, Event)>) {
        while let Some((id, event)) = events.recv().await {
            while let Err(error) = self.apply(id, event.clone()).await {
                tracing::error!(%error, order.id = ?id, "a station's word could not be recorded; trying again");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
                    () = self.inner.shutdown.cancelled() => return,
                }
            }
        }
    }
}

/// What a power cut may take back: facts that come again by themselves. An invoice is found again under its number, and
/// the next report of the meter has the newer volume. That a station was asked must survive: an order that was not asked
/// for is called off without asking the station.
fn durability_of(event: &Event) -> Durability {
    match event {
        Event::InvoiceCreated(_) | Event::Volume(_) => Durability::Relaxed,
        _ => Durability::Full,
    }
}

//! Callbacks of stations, and whether the station may continue.

use std::sync::Arc;

use async_trait::async_trait;
use domain::order::{Order, Status, machine::Event};

use crate::{
    clock::Clock,
    orders::{Applied, OrderChanges, OrderStore, Outbox, StoreError},
    station_link::callbacks::{CallbackError, CallbackReceiver},
    stations::catalogue::Catalogue,
};

/// Records the callbacks of stations.
#[derive(Clone)]
pub struct RecordStationCallback {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) outbox: Outbox,
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) clock: Clock,
}

#[async_trait]
impl CallbackReceiver for RecordStationCallback {
    async fn order(&self, number: u32) -> Result<Option<Order>, CallbackError> {
        self.store.find_by_number(i64::from(number)).await.map_err(|error| CallbackError(error.to_string()))
    }

    async fn record(&self, order: &Order, event: Event) -> Result<bool, CallbackError> {
        self.run(order, event).await.map_err(|error| CallbackError(error.to_string()))
    }
}

impl RecordStationCallback {
    /// Records a callback; the answer is given only after the fact is durable. `false` asks the station to stop and to
    /// cancel: it wants to begin with an order that is not paid, has ended, is being cancelled, or was cancelled by the
    /// station itself. What has happened at the pump is always recorded, whatever the status is now.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read: nothing is recorded, and
    /// the station has to repeat the callback.
    pub async fn run(&self, order: &Order, event: Event) -> Result<bool, StoreError> {
        self.catalogue.record_sign(&order.station.id, self.clock.now());
        let started: &[Status] = match &event {
            Event::StationAccepted => &[Status::Ready, Status::Fuelling],
            Event::FuellingStarted => &[Status::Fuelling],
            _ => {
                self.changes.apply(order.id, event).await?;
                if order.cancellation.is_some() {
                    self.make_due(order).await;
                }
                return Ok(true);
            }
        };
        // Answered in time, it stops the station before anything flows; a moment later the machine lets fuel win.
        if order.cancellation.is_some() || order.interruption_reason().is_some() {
            return Ok(false);
        }
        let order = match self.changes.apply(order.id, event).await? {
            Applied::Changed(order) => {
                self.make_due(&order).await;
                order
            }
            Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(false),
        };
        Ok(started.contains(&order.status))
    }

    /// Makes the effects of the order due: a request whose answer was lost, or is given by this callback, may wait for
    /// its next try, and later effects behind it.
    async fn make_due(&self, order: &Order) {
        if let Err(error) = self.outbox.make_due(order.id, self.clock.now()).await {
            tracing::warn!(order.number, %error, "effects of this order could not be made due; they run at their own time");
        }
    }
}

//! Callbacks of stations, and whether the station may continue.

use std::sync::Arc;

use async_trait::async_trait;
use domain::order::{
    Order, ReleaseStanding, Status,
    machine::{Event, StationReport},
};

use crate::{
    clock::Clock,
    orders::{Applied, OrderChanges, OrderStore, StoreError},
    station_link::callbacks::{CallbackError, CallbackReceiver, CallbackReport},
    stations::catalogue::Catalogue,
};

/// Records the callbacks of stations.
#[derive(Clone)]
pub struct RecordStationCallback {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) clock: Clock,
}

#[async_trait]
impl CallbackReceiver for RecordStationCallback {
    async fn order(&self, number: u32) -> Result<Option<Order>, CallbackError> {
        self.store.find_by_number(i64::from(number)).await.map_err(|error| CallbackError(error.to_string()))
    }

    async fn record(
        &self,
        order: &Order,
        release: u32,
        report: CallbackReport,
    ) -> Result<bool, CallbackError> {
        self.run(order, release, report).await.map_err(|error| CallbackError(error.to_string()))
    }
}

impl RecordStationCallback {
    /// Records a callback; the answer is given only after the fact is durable. `false` asks the station to stop and to
    /// cancel: it wants to begin under a release that nobody has started, that has ended, is being withdrawn, or was
    /// cancelled by the station itself. What has happened at the pump is always recorded, whatever the status is now.
    ///
    /// # Errors
    /// `Database` if the database does not answer, `Unreadable` if the order cannot be read: nothing is recorded, and
    /// the station has to repeat the callback.
    pub async fn run(&self, order: &Order, release: u32, report: CallbackReport) -> Result<bool, StoreError> {
        self.catalogue.record_sign(&order.station.id, self.clock.now());
        let report = match report {
            CallbackReport::Pump(report) => report,
            CallbackReport::Withdrawn => {
                return self.record_answer(order, Event::Withdrawn { release }).await;
            }
            CallbackReport::WithdrawalRefused => {
                return self.record_answer(order, Event::WithdrawalRefused { release }).await;
            }
        };
        let started: &[Status] = match &report {
            StationReport::Accepted => &[Status::Ready, Status::Fuelling],
            StationReport::FuellingStarted => &[Status::Fuelling],
            _ => {
                self.changes.apply(order.id, Event::Station { release, report }).await?;
                return Ok(true);
            }
        };
        // Answered in time, it stops the station before anything flows; a moment later the machine lets fuel win.
        if !may_begin(order, release) {
            return Ok(false);
        }
        let order = match self.changes.apply(order.id, Event::Station { release, report }).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(false),
        };
        let is_open = order.standing_of(release) == ReleaseStanding::Open;
        Ok(is_open && started.contains(&order.status))
    }

    /// Records the answer to a withdrawal; one about a release that has ended means nothing any more.
    async fn record_answer(&self, order: &Order, event: Event) -> Result<bool, StoreError> {
        self.changes.apply(order.id, event).await?;
        Ok(true)
    }
}

/// Whether the station may begin under this release: one that it was asked for, and that is still wanted.
fn may_begin(order: &Order, release: u32) -> bool {
    order.standing_of(release) == ReleaseStanding::Open
        && order.has_sent_release()
        && !order.is_stop_required()
        && !order.status.is_final()
}

//! Fills the station's column of orders, and of their effects, that were written by versions without it.

use std::time::Duration;

use crate::{
    orders::{OrderStore, Outbox, StoreError},
    workers::WorkerContext,
};

/// Time between two searches: during an update the earlier version still writes orders without the column.
const RESCAN_INTERVAL: Duration = Duration::from_secs(3600);
/// Time until the next search after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Time between two searches for effects that the previous version writes beside this one: without a station they are
/// not limited in their lane.
const EFFECT_FILL_INTERVAL: Duration = Duration::from_secs(1);

/// Fills `orders.station_id`. It may be stopped at any time and continues where it was.
#[derive(Clone)]
pub(in crate::orders) struct FillStationIds {
    pub store: OrderStore,
}

impl FillStationIds {
    pub async fn run(self, worker: WorkerContext) {
        loop {
            let pause = match worker.shutdown().run_until_cancelled(self.fill(&worker)).await {
                None => return,
                Some(Ok(())) => RESCAN_INTERVAL,
                Some(Err(error)) => {
                    tracing::warn!(%error, "the stations of earlier orders could not be filled in; trying again");
                    RETRY_AFTER
                }
            };
            if worker.pause(pause).await.is_break() {
                return;
            }
        }
    }

    async fn fill(&self, worker: &WorkerContext) -> Result<(), StoreError> {
        let mut filled_to = 0;
        while let Some(number) = self.store.fill_station_ids(filled_to).await? {
            filled_to = number;
            worker.beat(RETRY_AFTER);
        }
        Ok(())
    }
}

/// Fills `outbox.station_id`.
#[derive(Clone)]
pub(in crate::orders) struct FillEffectStations {
    pub outbox: Outbox,
}

impl FillEffectStations {
    pub async fn run(self, worker: WorkerContext) {
        loop {
            if let Err(error) = self.outbox.assign_stations().await {
                tracing::error!(%error, "outbox rows without a station could not be filled; trying again");
            }
            if worker.pause(EFFECT_FILL_INTERVAL).await.is_break() {
                return;
            }
        }
    }
}

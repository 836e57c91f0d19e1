//! What the clock does to orders: unpaid ones lapse, silent stations are given up.

use std::time::Duration;

use domain::order::{Status, machine::Event};

use crate::orders::{Orders, StoreError};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// A paid order that the station has not answered for so long is given up: the rule of the tanker contract. A release
/// that it has given is taken back first.
pub(in crate::orders) const STATION_SILENCE: Duration = Duration::from_secs(30 * 60);
/// A station that called off while fuel was flowing may still tell the end for so long since its last word.
const LATE_END: Duration = Duration::from_secs(5 * 60);
/// After so long an operator is told of an order that was released and never finished.
const UNFINISHED: Duration = Duration::from_secs(3 * 60 * 60);

impl Orders {
    pub(in crate::orders) async fn expire_forever(&self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
            if let Err(error) = self.expire_due().await {
                tracing::error!(%error, "the clock's work could not be done; trying again");
            }
            self.inner.hub.sweep();
        }
    }

    async fn expire_due(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        for id in self.inner.store.overdue(Status::Placing, now).await? {
            self.apply(id, Event::TimeOver).await?;
        }
        // Those that wait for their payment lapse in `reconcile`, after Invoicebox has been asked.
        for status in [Status::Paid, Status::Authorising] {
            for id in self.inner.store.stale(status, now - STATION_SILENCE).await? {
                self.apply(id, Event::StationSilent).await?;
            }
        }
        if self.inner.station_link.is_linked() {
            for id in self.inner.store.unbegun(now - STATION_SILENCE).await? {
                self.apply(id, Event::ReleaseLapsed).await?;
            }
        }
        for id in self.inner.store.interrupted(now - LATE_END).await? {
            self.apply(id, Event::EndMissing).await?;
        }
        for id in self.inner.store.unfinished(now - UNFINISHED).await? {
            self.apply(id, Event::Overdue).await?;
        }
        Ok(())
    }
}

//! What the clock does to orders: unpaid ones lapse, silent stations are given up.

use std::{sync::Arc, time::Duration};

use domain::order::{Status, machine::Event};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    orders::{Hub, OrderChanges, OrderStore, StoreError, store::Overdue, time_limits::STATION_SILENCE},
    station_link::StationLink,
    workers::WorkerContext,
};

/// Between two looks at the clock.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A station that called off while fuel was flowing may still report the end for so long after its last callback.
const END_REPORT_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// After so long an operator is told of an order that was released and never finished.
const UNFINISHED_AFTER: Duration = Duration::from_secs(3 * 60 * 60);

/// Ends what has waited too long.
#[derive(Clone)]
pub(in crate::orders) struct Expire {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub hub: Hub,
    pub station_link: Arc<dyn StationLink>,
    pub clock: Clock,
}

impl Expire {
    pub async fn run(self, worker: WorkerContext) {
        while worker.pause(POLL_INTERVAL).await.is_continue() {
            if let Err(error) = self.expire_due().await {
                tracing::error!(%error, "overdue orders could not be looked for; trying again");
            }
            self.hub.forget_unlistened();
        }
    }

    async fn expire_due(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.expire(Overdue::Placing, now, &Event::TimeOver).await?;
        // Those that wait for their payment lapse in `reconcile`, after Invoicebox has been asked.
        for status in [Status::Paid, Status::Authorising] {
            self.expire(Overdue::Unanswered(status), now - STATION_SILENCE, &Event::StationSilent).await?;
        }
        if self.station_link.capabilities().drives_pumps {
            self.expire(Overdue::Unbegun, now - STATION_SILENCE, &Event::ReleaseLapsed).await?;
        }
        self.expire(Overdue::Interrupted, now - END_REPORT_TIMEOUT, &Event::EndMissing).await?;
        self.expire(Overdue::Unfinished, now - UNFINISHED_AFTER, &Event::Overdue).await
    }

    /// Applies an event to every order that has waited since `before`. One that cannot be read is left as it is.
    async fn expire(&self, what: Overdue, before: OffsetDateTime, event: &Event) -> Result<(), StoreError> {
        let mut cursor = None;
        loop {
            let page = self.store.overdue(what, before, cursor).await?;
            for id in page.ids {
                self.store.skip_unreadable(self.changes.apply(id, event.clone()).await)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

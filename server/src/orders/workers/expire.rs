//! Ending of orders that have waited too long: unpaid ones lapse, silent stations are given up.

use std::{sync::Arc, time::Duration};

use domain::order::{Status, machine::Event};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    orders::{
        Hub, OrderChanges, OrderStore, StoreError, store::OverdueKind, time_limits::MAX_STATION_SILENCE,
    },
    station_link::StationLink,
    workers::WorkerContext,
};

/// Time between two searches for overdue orders.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Time after its last callback in which a station that cancelled while fuel was flowing may still report the end.
const END_REPORT_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Time after which a released order without an end becomes a discrepancy for an operator.
const MAX_FUELLING_DURATION: Duration = Duration::from_secs(3 * 60 * 60);

/// Ends orders that have waited too long.
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
        self.expire(OverdueKind::Placing, now, &Event::TimeOver).await?;
        // Those that wait for their payment lapse in `reconcile`, after Invoicebox has been asked.
        for status in [Status::Paid, Status::Authorising] {
            self.expire(OverdueKind::Unanswered(status), now - MAX_STATION_SILENCE, &Event::StationSilent)
                .await?;
        }
        if self.station_link.capabilities().drives_pumps {
            self.expire(OverdueKind::Unbegun, now - MAX_STATION_SILENCE, &Event::ReleaseLapsed).await?;
        }
        self.expire(OverdueKind::Interrupted, now - END_REPORT_TIMEOUT, &Event::EndMissing).await?;
        self.expire(OverdueKind::Unfinished, now - MAX_FUELLING_DURATION, &Event::Overdue).await
    }

    /// Applies an event to every order that has waited since `before`. One that cannot be read is left as it is.
    async fn expire(
        &self,
        what: OverdueKind,
        before: OffsetDateTime,
        event: &Event,
    ) -> Result<(), StoreError> {
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

//! What the clock does: unpaid orders lapse, paid ones that nobody starts end, silent releases are withdrawn.

use std::{sync::Arc, time::Duration};

use domain::order::{Status, lifetime::MAX_FUELLING_DURATION, machine::Event};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    orders::{
        Hub, OrderChanges, OrderStore, StoreError,
        store::{OverdueKind, OverdueTimes, is_void},
        time_limits::MAX_STATION_SILENCE,
    },
    workers::WorkerContext,
};

/// Time between two searches for overdue orders.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two removals of old keys of requests.
const FORGET_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Age after which the key of an operator's request is forgotten: longer than an order may wait for its start.
const MAX_REQUEST_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Ends orders that have waited too long.
#[derive(Clone)]
pub(in crate::orders) struct Expire {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub hub: Hub,
    /// Time after which what a person has to hand over is a discrepancy.
    pub start_ttl: Duration,
    pub clock: Clock,
}

impl Expire {
    pub async fn run(self, worker: WorkerContext) {
        let mut forgets_at = self.clock.now();
        while worker.pause(POLL_INTERVAL).await.is_continue() {
            self.forget_requests(&mut forgets_at).await;
            if let Err(error) = self.expire_due().await {
                tracing::error!(%error, "overdue orders could not be looked for; trying again");
            }
            self.hub.forget_unlistened();
        }
    }

    /// Forgets old keys of requests, at times: this is no work that an order waits for.
    async fn forget_requests(&self, forgets_at: &mut OffsetDateTime) {
        let now = self.clock.now();
        if now < *forgets_at && !is_void(*forgets_at, now + FORGET_INTERVAL) {
            return;
        }
        *forgets_at = now + FORGET_INTERVAL;
        if let Err(error) = self.store.forget_requests(now - MAX_REQUEST_AGE).await {
            tracing::warn!(%error, "old keys of requests could not be removed; trying again in an hour");
        }
    }

    async fn expire_due(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.expire(OverdueKind::Placing, now, &Event::TimeOver).await?;
        // Those that wait for their payment lapse in `reconcile`, after Invoicebox has been asked.
        self.expire(OverdueKind::NotOffered, now, &Event::ReadyByHand).await?;
        self.expire(OverdueKind::NotOffered, now, &Event::StartOffered).await?;
        self.expire(OverdueKind::ActsNow(Status::Paid), now, &Event::StartTimeOver).await?;
        self.expire(OverdueKind::ActsNow(Status::Completed), now, &Event::GoodsTimeOver).await?;
        // Of an earlier version, which asked nobody and did not say so.
        self.expire(OverdueKind::Lapsed, now - MAX_STATION_SILENCE, &Event::ReadyByHand).await?;
        self.expire(OverdueKind::Lapsed, now - MAX_STATION_SILENCE, &Event::ReleaseLapsed).await?;
        self.expire(OverdueKind::NotHandedOver, now - self.start_ttl, &Event::Overdue).await?;
        self.expire(OverdueKind::Unfinished, now - MAX_FUELLING_DURATION, &Event::Overdue).await
    }

    /// Applies an event to every order that has waited since `before`, and still does. One that cannot be read is left as
    /// it is.
    async fn expire(
        &self,
        what: OverdueKind,
        before: OffsetDateTime,
        event: &Event,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut cursor = None;
        loop {
            let page = self.store.overdue(what, OverdueTimes { before, now }, cursor).await?;
            for overdue in page.orders {
                // An order that has moved since it was listed is no longer overdue.
                let applied = self.changes.apply_if_unchanged(overdue.id, event.clone(), overdue.seq).await;
                self.store.skip_unreadable(applied)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

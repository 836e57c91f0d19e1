//! Daily comparison of the cancelled orders of Invoicebox with ours: a paid one among them was reversed.
//!
//! The mark in the database decides when: the check runs also where no process lives for a day, and once for all
//! instances.

use std::{ops::ControlFlow, time::Duration};

use domain::order::lifetime::MAX_REVERSAL_AGE;
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, Notification},
    orders::{
        OrderStore, ReportPayment, StoreError,
        store::{Lease, LeaseTimes, is_void},
    },
    workers::WorkerContext,
};

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// Time until the next try of a check that could not be finished.
const RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Longest turn of the worker while it waits for the next check.
const MAX_TURN_DURATION: Duration = Duration::from_secs(3600);
/// Time between two tries to reach the database.
const DATABASE_RETRY_PAUSE: Duration = Duration::from_secs(60);
/// Time between two pages: the shared limiter has other callers.
const PAGE_INTERVAL: Duration = Duration::from_millis(1_500);

/// Its mark is the time of the last check that was finished. While one runs, and after one that was not finished, it is
/// such that the next may begin after [`RETRY_AFTER`].
const REVERSAL_LEASE: Lease = Lease("reversals");

/// Finds payments that were reversed.
#[derive(Clone)]
pub(in crate::orders) struct FindReversals {
    pub report_payment: ReportPayment,
    pub store: OrderStore,
    pub invoicebox: InvoiceboxClient,
    pub clock: Clock,
}

impl FindReversals {
    pub async fn run(self, worker: WorkerContext) {
        loop {
            let next = match self.check_if_due(&worker).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "the daily check for reversals cannot be scheduled; trying again");
                    self.clock.now() + DATABASE_RETRY_PAUSE
                }
            };
            if worker.shutdown().is_cancelled() || self.wait_until(next, &worker).await.is_break() {
                return;
            }
        }
    }

    /// Checks if the last check is a day old. Returns when to look again.
    async fn check_if_due(&self, worker: &WorkerContext) -> Result<OffsetDateTime, StoreError> {
        worker.beat(MAX_TURN_DURATION);
        let now = self.clock.now();
        // In a new database there is nothing to find yet.
        let mark = self.store.create_lease(REVERSAL_LEASE, now).await?;
        let due_at = mark + CHECK_INTERVAL;
        if due_at > now && !is_void(mark, now) {
            return Ok(due_at);
        }
        let begun = now - CHECK_INTERVAL + RETRY_AFTER;
        let times = LeaseTimes { free_until: now - CHECK_INTERVAL, latest: now, to: begun };
        if !self.store.acquire_lease(REVERSAL_LEASE, None, times).await? {
            // Another instance was faster.
            return Ok(now + RETRY_AFTER);
        }
        let checking = self.check(now, worker);
        if worker.shutdown().run_until_cancelled(checking).await != Some(true) {
            return Ok(now + RETRY_AFTER);
        }
        let finished = LeaseTimes { to: now, ..times };
        self.store.acquire_lease(REVERSAL_LEASE, Some(begun), finished).await?;
        Ok(now + CHECK_INTERVAL)
    }

    /// Waits, for a turn at most, as a clock may be set meanwhile: the mark is looked at again after it. `Break`: the
    /// worker has to stop.
    async fn wait_until(&self, next: OffsetDateTime, worker: &WorkerContext) -> ControlFlow<()> {
        let turn = Duration::try_from(next - self.clock.now()).unwrap_or_default().min(MAX_TURN_DURATION);
        worker.beat(turn);
        match worker.shutdown().run_until_cancelled(self.clock.sleep(turn)).await {
            Some(()) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        }
    }

    /// Checks all pages. `false`: the check could not be finished.
    async fn check(&self, now: OffsetDateTime, worker: &WorkerContext) -> bool {
        for page in 1.. {
            worker.beat(PAGE_INTERVAL);
            match self.invoicebox.canceled_of(now - MAX_REVERSAL_AGE, page).await {
                Ok(found) => {
                    for order in found.orders {
                        self.report_payment.run(&Notification::read(order)).await;
                    }
                    if found.is_last {
                        return true;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, page, "cancelled orders cannot be listed; trying again in an hour");
                    return false;
                }
            }
            tokio::time::sleep(PAGE_INTERVAL).await;
        }
        true
    }
}

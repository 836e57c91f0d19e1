//! Daily comparison of the cancelled orders of Invoicebox with ours: a paid one among them was reversed.

use std::{ops::ControlFlow, time::Duration};

use time::OffsetDateTime;

use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, Notification},
    orders::{OrderStore, ReportPayment, store::Lease},
    workers::WorkerContext,
};

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(24 * 3600);
/// Age up to which cancelled orders are checked: no invoice lives longer.
const LOOK_BACK_PERIOD: Duration = Duration::from_secs(8 * 24 * 3600);
/// Time until the next try of a check that could not be finished.
const RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Longest turn of the worker while it waits for the next check.
const MAX_TURN_DURATION: Duration = Duration::from_secs(3600);
/// Time between two pages: the shared limiter has other callers.
const PAGE_INTERVAL: Duration = Duration::from_millis(1_500);

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
        let shutdown = worker.shutdown();
        let begun = self.clock.now();
        let mut next = begun + CHECK_INTERVAL;
        if let Err(error) = self.store.create_lease(REVERSAL_LEASE, begun).await {
            tracing::error!(%error, "the daily check for reversals has no mark in the database");
        }
        loop {
            if self.wait_until(next, &worker).await.is_break() {
                return;
            }
            let now = self.clock.now();
            let is_finished =
                match self.store.acquire_lease(REVERSAL_LEASE, None, now - CHECK_INTERVAL, now).await {
                    Ok(true) => {
                        shutdown.run_until_cancelled(self.check(now, &worker)).await.unwrap_or_default()
                    }
                    // Another instance has done it today.
                    Ok(false) => true,
                    Err(error) => {
                        tracing::error!(%error, "the daily check for reversals cannot begin");
                        false
                    }
                };
            next = self.clock.now() + if is_finished { CHECK_INTERVAL } else { RETRY_AFTER };
            if !is_finished {
                // Anybody may try again then.
                let back = next - CHECK_INTERVAL;
                if let Err(error) = self.store.acquire_lease(REVERSAL_LEASE, Some(now), back, back).await {
                    tracing::error!(%error, "the next daily check for reversals cannot be scheduled");
                }
            }
        }
    }

    /// Waits in turns, as the clock may be set back meanwhile. `Break`: the worker has to stop.
    async fn wait_until(&self, next: OffsetDateTime, worker: &WorkerContext) -> ControlFlow<()> {
        while let Ok(left) = Duration::try_from(next - self.clock.now())
            && !left.is_zero()
        {
            let turn = left.min(MAX_TURN_DURATION);
            worker.beat(turn);
            if worker.shutdown().run_until_cancelled(self.clock.sleep(turn)).await.is_none() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Checks all pages. `false`: the check could not be finished.
    async fn check(&self, now: OffsetDateTime, worker: &WorkerContext) -> bool {
        for page in 1.. {
            worker.beat(PAGE_INTERVAL);
            match self.invoicebox.canceled_of(now - LOOK_BACK_PERIOD, page).await {
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

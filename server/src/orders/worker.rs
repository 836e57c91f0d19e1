//! The outbox workers: one for each lane, each with a bounded number of rows under way.

use std::{sync::Arc, time::Duration};

use domain::{id::OrderId, order::machine::Event};
use rand::Rng;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Applied, Hub, OrderChanges, OrderStore, Outbox, Rules, StoreError, WorkerSignals,
    deliver::Tried,
    outbox::{Job, Lane},
};
use crate::{clock::Clock, invoicebox::Client, station_link::StationLink};

/// Rows of one lane under way at once.
const UNDER_WAY: usize = 32;
/// The worker looks for due rows this often even when nobody wakes it: other instances and operators put rows back.
const TICK: Duration = Duration::from_millis(500);
/// A lease is renewed well before it runs out.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// Pauses before the next try; the last one repeats.
const PAUSES_S: [u64; 7] = [1, 5, 15, 60, 120, 300, 600];
/// After so many tries and so long a row is laid aside for an operator. Tries alone say nothing: a customer who presses
/// again and again makes many in a minute.
const GIVE_UP_TRIES: i64 = 150;
const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Carries effects out. Cheap to clone.
#[derive(Clone)]
pub(super) struct EffectWorker {
    pub(super) inner: Arc<EffectParts>,
}

/// What effects are carried out with.
pub(super) struct EffectParts {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub outbox: Outbox,
    pub hub: Hub,
    pub signals: Arc<WorkerSignals>,
    pub clock: Clock,
    pub invoicebox: Client,
    pub station_link: Arc<dyn StationLink>,
    pub rules: Arc<Rules>,
    pub tasks: TaskTracker,
}

impl EffectWorker {
    pub(super) fn new(parts: EffectParts) -> Self {
        Self { inner: Arc::new(parts) }
    }

    pub(super) async fn apply(&self, id: OrderId, event: Event) -> Result<Applied, StoreError> {
        self.inner.changes.apply(id, event).await
    }

    /// Carries rows of a lane out until the shutdown. What is under way then is finished, the rest stays durable.
    pub(super) async fn run(self, lane: Lane, shutdown: CancellationToken) {
        let places = Arc::new(Semaphore::new(UNDER_WAY));
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = shutdown.cancelled() => return,
            };
            let Ok(place) = place else { return };
            match self.begin(lane, place, &places).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(%error, "the outbox cannot be read; trying again"),
            }
            tokio::select! {
                () = self.inner.signals.of(lane).notified() => {}
                () = tokio::time::sleep(TICK) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Claims as many rows as there are places, and starts on them.
    async fn begin(
        &self,
        lane: Lane,
        first: OwnedSemaphorePermit,
        places: &Arc<Semaphore>,
    ) -> Result<usize, StoreError> {
        let mut free = vec![first];
        while let Ok(place) = Arc::clone(places).try_acquire_owned() {
            free.push(place);
        }
        let clock = &self.inner.clock;
        let jobs = self.inner.outbox.claim(lane, clock.now(), clock.wall(), free.len()).await?;
        let begun = jobs.len();
        for (job, place) in jobs.into_iter().zip(free) {
            let worker = self.clone();
            self.inner.tasks.spawn(async move {
                worker.carry_out_and_record(job).await;
                drop(place);
                // The next row of this order may have been waiting for this one.
                worker.inner.signals.wake_all();
            });
        }
        Ok(begun)
    }

    async fn carry_out_and_record(&self, job: Job) {
        let result = tokio::select! {
            result = self.carry_out(&job) => result,
            () = self.keep(&job) => return,
        };
        let result = match result {
            // Repeated like any other failure, and laid aside at last: somebody has to repair the order.
            Err(error) if error.is_unreadable_order() => {
                Ok(Tried::Again { error: error.to_string(), after: None })
            }
            result => result,
        };
        let recorded = match result {
            Ok(Tried::Done) => self.inner.outbox.done(&job).await,
            Ok(Tried::Again { error, after }) => {
                let old = self.inner.clock.now() - job.decided_at >= GIVE_UP_AFTER;
                let hopeless = old && job.attempts >= GIVE_UP_TRIES;
                let due = (!hopeless).then(|| self.next_try(job.attempts, after));
                tracing::warn!(order.id = ?job.order, effect = job.effect.name(), job.attempts, error, dead = due.is_none(), "an effect failed");
                self.inner.outbox.failed(&job, due, &error).await
            }
            Err(error) => Err(error),
        };
        match recorded {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(order.id = ?job.order, effect = job.effect.name(), "the lease was lost: another worker repeats the effect");
            }
            // The lease runs out and the row is repeated.
            Err(error) => {
                tracing::error!(%error, order.id = ?job.order, effect = job.effect.name(), "the outbox cannot be written");
            }
        }
    }

    /// Renews the lease as long as the work goes on; returns when it is lost.
    async fn keep(&self, job: &Job) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.inner.outbox.renew(job, self.inner.clock.wall()).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(order.id = ?job.order, effect = job.effect.name(), "the lease was lost: another worker repeats the effect");
                    return;
                }
                Err(error) => tracing::warn!(%error, "a lease could not be renewed; trying again"),
            }
        }
    }

    /// Growing pauses; up to a quarter more by chance, so that what failed together does not come back together.
    fn next_try(&self, attempts: i64, after: Option<Duration>) -> OffsetDateTime {
        let index = usize::try_from(attempts - 1).unwrap_or(0).min(PAUSES_S.len() - 1);
        let pause = Duration::from_secs(PAUSES_S.get(index).copied().unwrap_or(600));
        let pause = after.unwrap_or(pause).max(Duration::from_millis(500));
        self.inner.clock.now() + pause + pause.mul_f64(rand::rng().random_range(0.0..0.25))
    }
}

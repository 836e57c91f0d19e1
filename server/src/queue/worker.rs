//! The loop that claims rows and carries them out.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use super::{Claimed, Lane, Queue, QueueTable, TryRecord};
use crate::{
    clock::Clock,
    workers::{Supervisor, WorkerContext},
};

/// Time between two renewals of a lease, well below its duration.
const RENEW_INTERVAL: Duration = Duration::from_secs(3);

/// Outcome of a try of a row.
#[derive(Debug)]
pub enum RowOutcome {
    /// Done, or not needed any more: the row is struck.
    Done,
    /// Done, and the row was struck in the transaction that recorded the result.
    Struck,
    /// Nothing has failed, and nothing has come yet: as [`RowOutcome::Retry`], without a warning.
    Wait { record: TryRecord, after: Option<Duration> },
    /// Failed: tried again later, or given up by the rules of the table. `after` replaces the pause of the back-off.
    Retry { record: TryRecord, after: Option<Duration> },
}

/// Carries rows of a queue out.
#[async_trait]
pub trait RowHandler<T: QueueTable>: Clone + Send + Sync + 'static {
    /// Why a try could not be finished on our side: it leaves no record in its row and is repeated.
    type Error: std::fmt::Display + Send;

    /// Carries one row out. Dropped when the lease is lost.
    ///
    /// # Errors
    /// An error of our own, such as a database that does not answer; a failure of the other side is an outcome.
    async fn handle(&self, claimed: &Claimed<T>) -> Result<RowOutcome, Self::Error>;

    /// Counts a failed try, for metrics.
    fn failed(&self, _claimed: &Claimed<T>, _is_dead: bool) {}
}

/// Wakes the workers of a queue. Clones wake the same.
#[derive(Clone, Debug)]
pub struct QueueSignal(Arc<watch::Sender<()>>);

impl Default for QueueSignal {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl QueueSignal {
    /// Makes every worker look for due rows now.
    pub fn wake_all(&self) {
        self.0.send_replace(());
    }
}

/// The worker of one lane: claims due rows and carries out as many at once as the lane allows.
#[derive(Clone, Debug)]
pub struct QueueWorker<T, H> {
    pub queue: Queue<T>,
    pub lane: &'static Lane,
    pub handler: H,
    pub signal: QueueSignal,
    pub clock: Clock,
}

impl<T: QueueTable, H: RowHandler<T>> QueueWorker<T, H> {
    /// Runs under the name of its lane.
    pub fn start(self, supervisor: &Supervisor) {
        supervisor.start(self.lane.name, move |worker| self.clone().run(worker));
    }

    /// Runs until the shutdown. Rows under way then are finished; the rest stays in the table.
    async fn run(self, worker: WorkerContext) {
        let stop = worker.shutdown();
        let mut signal = self.signal.0.subscribe();
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            worker.beat(self.lane.poll_interval);
            signal.mark_unchanged();
            match self.start_due(&mut under_way).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(%error, lane = self.lane.name, "a queue cannot be read; trying again");
                }
            }
            tokio::select! {
                _ = signal.changed() => {}
                () = tokio::time::sleep(self.lane.poll_interval) => {}
                Some(finished) = under_way.join_next() => report_panic::<T>(finished),
                () = stop.cancelled() => {}
            }
        }
        while let Some(finished) = under_way.join_next().await {
            report_panic::<T>(finished);
        }
    }

    /// Claims as many rows as the lane allows, and starts on them.
    async fn start_due(&self, under_way: &mut JoinSet<()>) -> Result<usize, sqlx::Error> {
        while let Some(finished) = under_way.try_join_next() {
            report_panic::<T>(finished);
        }
        let free = self.lane.max_rows.saturating_sub(under_way.len());
        if free == 0 {
            return Ok(0);
        }
        let rows = self.queue.claim(self.lane, self.clock.now(), self.clock.wall(), free).await?;
        let started = rows.len();
        for claimed in rows {
            let worker = self.clone();
            under_way.spawn(async move {
                worker.carry_out(&claimed).await;
                // The next row of this order may have been waiting for this one, in any lane.
                worker.signal.wake_all();
            });
        }
        Ok(started)
    }

    async fn carry_out(&self, claimed: &Claimed<T>) {
        let (order, seq, name) = claimed.lease.log_fields();
        let result = tokio::select! {
            result = self.handler.handle(claimed) => result,
            () = self.renew_lease(claimed) => return,
        };
        let recorded = match result {
            Ok(RowOutcome::Struck) => return,
            Ok(RowOutcome::Done) => self.queue.succeed(&claimed.lease).await,
            Ok(RowOutcome::Wait { record, after }) => self.record_wait(claimed, record, after).await,
            Ok(RowOutcome::Retry { record, after }) => self.record_failure(claimed, record, after).await,
            Err(error) => {
                tracing::error!(%error, order.id = order, seq, name, "a try failed on our side; it is repeated");
                self.record_failure(claimed, TryRecord::default(), None).await
            }
        };
        match recorded {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(
                    order.id = order,
                    seq,
                    name,
                    "the lease was lost: another worker repeats the row"
                );
            }
            // The lease runs out and the row is repeated.
            Err(error) => tracing::error!(%error, order.id = order, seq, name, "a queue cannot be written"),
        }
    }

    /// Puts back a row that waits for something. One that has waited too long is given up, as one that fails.
    async fn record_wait(
        &self,
        claimed: &Claimed<T>,
        record: TryRecord,
        after: Option<Duration>,
    ) -> Result<bool, sqlx::Error> {
        match self.next_try(claimed, after) {
            Some(at) => self.queue.fail(&claimed.lease, self.clock.now(), Some(at), record).await,
            None => self.record_failure(claimed, record, after).await,
        }
    }

    /// Puts a row back for its next try, or gives it up.
    async fn record_failure(
        &self,
        claimed: &Claimed<T>,
        record: TryRecord,
        after: Option<Duration>,
    ) -> Result<bool, sqlx::Error> {
        let next_try = self.next_try(claimed, after);
        let (order, seq, name) = claimed.lease.log_fields();
        tracing::warn!(
            order.id = order,
            seq,
            name,
            claimed.attempts,
            error = record.error,
            dead = next_try.is_none(),
            "a try failed"
        );
        self.handler.failed(claimed, next_try.is_none());
        self.queue.fail(&claimed.lease, self.clock.now(), next_try, record).await
    }

    /// Time of the next try; `None`: the row is given up.
    fn next_try(&self, claimed: &Claimed<T>, after: Option<Duration>) -> Option<OffsetDateTime> {
        let now = self.clock.now();
        let next_try = now + T::RULES.back_off.pause_after(claimed.attempts, after);
        (!T::is_given_up(claimed, now, next_try)).then_some(next_try)
    }

    /// Renews the lease as long as the work goes on; returns when it is lost.
    async fn renew_lease(&self, claimed: &Claimed<T>) {
        loop {
            tokio::time::sleep(RENEW_INTERVAL).await;
            match self.queue.renew(&claimed.lease, self.clock.wall()).await {
                Ok(true) => {}
                Ok(false) => {
                    let (order, seq, name) = claimed.lease.log_fields();
                    tracing::warn!(
                        order.id = order,
                        seq,
                        name,
                        "the lease was lost: another worker repeats the row"
                    );
                    return;
                }
                Err(error) => tracing::warn!(%error, "a lease could not be renewed; trying again"),
            }
        }
    }
}

/// Logs a panic over one row: its lease runs out, and it is tried again.
fn report_panic<T: QueueTable>(finished: Result<(), JoinError>) {
    if let Err(error) = finished {
        tracing::error!(%error, table = T::RULES.table, "a try panicked; it is repeated after its lease");
    }
}

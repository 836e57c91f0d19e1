//! Whether this instance can work.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    database::Database,
    orders::OrderStatistics,
    self_check::SelfHealth,
    workers::{Supervisor, WorkerFault},
};

/// Age of a due effect that nobody has taken, above which nobody seems to carry effects out. An effect that waits for its next
/// try is no sign of that: when Invoicebox is down, this instance can still say so.
const MAX_UNCLAIMED_EFFECT_AGE: Duration = Duration::from_secs(5 * 60);

/// Checks that the database answers and takes writes, the outbox moves, and no worker is faulty.
#[derive(Clone)]
pub struct Readiness {
    pub statistics: OrderStatistics,
    pub supervisor: Supervisor,
    pub database: Database,
    /// Found out beside the requests.
    pub health: SelfHealth,
    pub shutdown: CancellationToken,
}

/// Why an instance is not to be sent requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    #[error("draining")]
    Draining,
    #[error("writer")]
    Writer,
    #[error("database")]
    Database,
    #[error("writes")]
    Writes,
    #[error("outbox")]
    Outbox,
    #[error("worker {0}")]
    Worker(&'static str),
}

impl Readiness {
    /// Checks this instance.
    ///
    /// # Errors
    /// The first that applies: `Draining` after the signal to end, `Writer` if writes are not carried out, `Database`
    /// if the database does not answer, `Writes` if the last write that was tried failed, `Outbox` if nobody takes due effects, `Worker` if a worker is faulty.
    pub async fn check(&self) -> Result<(), Unready> {
        if self.shutdown.is_cancelled() {
            return Err(Unready::Draining);
        }
        if !self.database.is_writer_working() {
            tracing::error!("not ready: the database writer panics on every batch or has ended");
            return Err(Unready::Writer);
        }
        let depth = self.statistics.outbox_depth().await.map_err(|error| {
            tracing::error!(%error, "not ready: the database does not answer");
            Unready::Database
        })?;
        if self.health.is_write_failing() {
            return Err(Unready::Writes);
        }
        if depth.neglected > MAX_UNCLAIMED_EFFECT_AGE {
            return Err(Unready::Outbox);
        }
        if let Some(worker) = self.supervisor.faulty_worker() {
            tracing::error!(
                worker = worker.name,
                fault = worker.fault.map(WorkerFault::name),
                "not ready: a worker is faulty"
            );
            return Err(Unready::Worker(worker.name));
        }
        Ok(())
    }
}

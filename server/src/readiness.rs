//! Can this instance work?

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{database::Database, orders::OrderStatistics, workers::Supervisor};

/// An effect that is due and that nobody has taken for so long means that nobody carries effects out. One that waits for
/// its next try is no sign of that: when Invoicebox is down, this instance is still fit to say so.
const MAX_OUTBOX_NEGLECT: Duration = Duration::from_secs(5 * 60);

/// Tells whether the database answers, writes are carried out, the outbox moves, and no worker stands still or keeps
/// dying.
#[derive(Clone)]
pub struct Readiness {
    pub statistics: OrderStatistics,
    pub supervisor: Supervisor,
    pub database: Database,
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
    #[error("outbox")]
    Outbox,
    #[error("worker {0}")]
    Worker(&'static str),
}

impl Readiness {
    /// # Errors
    /// The first thing that keeps this instance from working.
    pub async fn check(&self) -> Result<(), Unready> {
        if self.shutdown.is_cancelled() {
            return Err(Unready::Draining);
        }
        if !self.database.is_writer_working() {
            tracing::error!("not ready: the writer of the database panics over every batch or has ended");
            return Err(Unready::Writer);
        }
        let depth = self.statistics.outbox_depth().await.map_err(|error| {
            tracing::error!(%error, "not ready: the database does not answer");
            Unready::Database
        })?;
        if depth.neglected > MAX_OUTBOX_NEGLECT {
            return Err(Unready::Outbox);
        }
        if let Some(worker) = self.supervisor.unfit() {
            tracing::error!(worker = worker.name, fault = ?worker.fault, "not ready: a worker does not work");
            return Err(Unready::Worker(worker.name));
        }
        Ok(())
    }
}

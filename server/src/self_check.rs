//! What an instance finds out about itself every few seconds: whether its database takes writes, and whether its clock is
//! right. `/readyz` and the metrics show the last results, so that a request writes nothing and waits for nobody.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::timeout;

use crate::{
    clock::{Clock, ReferenceTimes, RemoteTime},
    database::Database,
    invoicebox::InvoiceboxClient,
    workers::WorkerContext,
};

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// Tries of a write, and the time between them: one that failed beside the fault of another caller proves nothing.
const MAX_WRITE_TRIES: u64 = 2;
const WRITE_RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Time after which a write that has not come back counts as failed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Age of the time of Invoicebox from which it is asked again while the machine's clock is away.
const ASK_INTERVAL: Duration = Duration::from_secs(20);
/// Turns between two removals of the probes of processes that have ended.
const TURNS_BETWEEN_REMOVALS: u64 = 360;
/// Difference from which a clock is reported as wrong. Invoicebox's time is known to the second only.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(10);

/// The worker that checks.
#[derive(Clone)]
pub struct SelfCheck {
    pub database: Database,
    pub invoicebox: InvoiceboxClient,
    pub clock: Clock,
    pub health: SelfHealth,
}

/// Results of the last checks. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct SelfHealth(Arc<Mutex<CheckResults>>);

#[derive(Debug, Default)]
struct CheckResults {
    /// The last write failed.
    is_write_failing: bool,
    clock: Vec<ClockDifference>,
}

/// A clock of this machine that is wrong, or the clock that it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDifference {
    pub reference: ClockReference,
    /// How far this machine's clock is ahead; negative: behind.
    pub seconds: i64,
}

/// What the machine's clock is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockReference {
    /// The server of PostgreSQL; with SQLite this machine's clock as it would be had it not been set.
    Database,
    /// The time in the answers of Invoicebox.
    Invoicebox,
}

impl ClockReference {
    /// Name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Invoicebox => "invoicebox",
        }
    }
}

impl fmt::Display for ClockDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.seconds < 0 { "behind" } else { "ahead of" };
        write!(f, "clock {} s {direction} {}", self.seconds.unsigned_abs(), self.reference.name())
    }
}

impl SelfHealth {
    /// Whether the last write to the database failed.
    #[must_use]
    pub fn is_write_failing(&self) -> bool {
        self.results().is_write_failing
    }

    /// The differences of this machine's clock that are errors.
    #[must_use]
    pub fn clock_differences(&self) -> Vec<ClockDifference> {
        self.results().clock.clone()
    }

    fn results(&self) -> MutexGuard<'_, CheckResults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SelfCheck {
    /// Checks until the shutdown.
    pub async fn run(self, worker: WorkerContext) {
        for turn in 0.. {
            worker.beat(CHECK_INTERVAL + 4 * WRITE_TIMEOUT);
            let checking = async {
                self.check_clock().await;
                self.check_writes(turn).await;
                self.clock.sleep(CHECK_INTERVAL).await;
            };
            if worker.shutdown().run_until_cancelled(checking).await.is_none() {
                return;
            }
        }
    }

    async fn check_writes(&self, turn: u64) {
        let mut error = self.try_write(turn).await.err();
        for _ in 1..MAX_WRITE_TRIES {
            if error.is_some() {
                tokio::time::sleep(WRITE_RETRY_PAUSE).await;
                error = self.try_write(turn).await.err();
            }
        }
        if error.is_none()
            && turn % TURNS_BETWEEN_REMOVALS == 1
            && let Err(error) = self.database.remove_old_probes(self.clock.wall()).await
        {
            tracing::warn!(%error, "probes of ended processes could not be removed");
        }
        let was_failing = std::mem::replace(&mut self.health.results().is_write_failing, error.is_some());
        match error {
            Some(error) => tracing::error!(error, "not ready: the database takes no writes"),
            None if was_failing => tracing::info!("the database takes writes again"),
            None => {}
        }
        metrics::gauge!("kolonka_database_writable").set(if self.health.is_write_failing() {
            0.0
        } else {
            1.0
        });
    }

    /// Where no other clock can be asked and the machine's has stepped away, an answer of Invoicebox tells which is right.
    async fn ask_invoicebox_after_step(&self) {
        let difference = self.clock.machine_time() - self.clock.held_time();
        let known = self.invoicebox.server_time();
        if difference.unsigned_abs() >= MAX_CLOCK_DIFFERENCE
            && known.is_none_or(|known| known.received.elapsed() >= ASK_INTERVAL)
            && let Ok(Err(error)) = timeout(WRITE_TIMEOUT, self.invoicebox.check_auth()).await
        {
            tracing::debug!(%error, "Invoicebox was asked for its time");
        }
    }

    async fn try_write(&self, turn: u64) -> Result<(), String> {
        match timeout(WRITE_TIMEOUT, self.database.probe_write(turn, self.clock.wall())).await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer in {} s", WRITE_TIMEOUT.as_secs())),
        }
    }

    /// Compares this machine's clock with others, and corrects the time by them.
    pub async fn check_clock(&self) {
        // A database that does not answer is reported by the write.
        let Ok(Ok(database)) = timeout(WRITE_TIMEOUT, self.database.server_time()).await else { return };
        if database.is_none() {
            self.ask_invoicebox_after_step().await;
        }
        let invoicebox = self.invoicebox.server_time();
        let machine = self.clock.machine_time();
        let times = [
            (ClockReference::Database, Some(database.unwrap_or_else(|| self.clock.held_time()))),
            (ClockReference::Invoicebox, invoicebox.map(RemoteTime::now)),
        ];
        self.clock.compare(ReferenceTimes { database, invoicebox });
        let mut found = Vec::new();
        for (reference, time) in times {
            let Some(difference) = time.map(|time| machine - time) else { continue };
            metrics::gauge!("kolonka_clock_difference_seconds", "reference" => reference.name())
                .set(difference.as_seconds_f64());
            if difference.unsigned_abs() >= MAX_CLOCK_DIFFERENCE {
                found.push(ClockDifference { reference, seconds: difference.whole_seconds() });
            }
        }
        metrics::gauge!("kolonka_clock_wrong").set(if found.is_empty() { 0.0 } else { 1.0 });
        let known = std::mem::replace(&mut self.health.results().clock, found.clone());
        let is_known = |new: &&ClockDifference| known.iter().any(|old| old.reference == new.reference);
        for difference in found.iter().filter(|new| !is_known(new)) {
            tracing::error!(%difference, "this machine's clock is wrong, or the one it is compared with");
        }
        if found.is_empty() && !known.is_empty() {
            tracing::info!("this machine's clock is right again");
        }
    }
}

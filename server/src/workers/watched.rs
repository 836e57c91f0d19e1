//! State of one worker, and what its loop reports.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause before the first restart; it doubles up to [`MAX_RESTART_PAUSE`].
const FIRST_RESTART_PAUSE: Duration = Duration::from_secs(1);
const MAX_RESTART_PAUSE: Duration = Duration::from_secs(60);
/// Time after which a running worker has recovered: its earlier failures no longer count.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);
/// Failures in a row after which a worker is faulty. One restart is over within a second and concerns nobody.
const MAX_FAILURES_IN_A_ROW: u32 = 3;
/// Delay after the announced time of a turn from which the worker is stalled.
const STALL_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Why a worker makes its instance unready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerFault {
    /// Failed [`MAX_FAILURES_IN_A_ROW`] times or more and has not recovered.
    RestartsRepeatedly,
    /// Has made no turn for [`STALL_TIMEOUT`] longer than announced.
    Stalled,
}

impl WorkerFault {
    /// Name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RestartsRepeatedly => "restarts_repeatedly",
            Self::Stalled => "stalled",
        }
    }
}

/// State of a worker.
#[derive(Clone, Debug)]
pub struct WorkerState {
    pub name: &'static str,
    pub fault: Option<WorkerFault>,
    pub since_last_turn: Duration,
}

/// A worker under its supervisor. Turns are measured on the monotonic clock: a corrected machine clock must not make
/// healthy workers look stalled.
pub(super) struct Watched {
    pub name: &'static str,
    life: Mutex<WorkerLife>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WorkerPhase {
    Alive,
    Restarting,
    Over,
}

struct WorkerLife {
    phase: WorkerPhase,
    begun_at: Instant,
    failures_in_a_row: u32,
    last_turn: Instant,
    next_turn_within: Duration,
}

/// The link of a worker to its supervisor: reports the turns of its loop, and is cancelled when it has to stop.
#[derive(Clone)]
pub struct WorkerContext {
    pub(super) watched: Arc<Watched>,
    pub(super) shutdown: CancellationToken,
}

impl WorkerContext {
    /// The context of a loop that nobody supervises, as tests and benchmarks run one.
    #[must_use]
    pub fn unsupervised(shutdown: CancellationToken) -> Self {
        Self { watched: Arc::new(Watched::new("unsupervised")), shutdown }
    }

    /// Announces that a turn begins, and that the next one comes within this time or a little later. `Duration::MAX` is for
    /// a worker that waits until something happens.
    pub fn beat(&self, next_within: Duration) {
        let now = Instant::now();
        let mut life = self.watched.life();
        (life.last_turn, life.next_turn_within) = (now, next_within);
    }

    /// Beats and waits. `Break`: the worker has to stop.
    pub async fn pause(&self, span: Duration) -> ControlFlow<()> {
        self.beat(span);
        match self.shutdown.run_until_cancelled(tokio::time::sleep(span)).await {
            Some(()) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        }
    }

    /// Cancelled when the worker has to stop.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}

impl Watched {
    pub(super) fn new(name: &'static str) -> Self {
        let now = Instant::now();
        let life = WorkerLife {
            phase: WorkerPhase::Restarting,
            begun_at: now,
            failures_in_a_row: 0,
            last_turn: now,
            next_turn_within: Duration::ZERO,
        };
        Self { name, life: Mutex::new(life) }
    }

    pub(super) fn record_start(&self) {
        let now = Instant::now();
        let mut life = self.life();
        (life.phase, life.begun_at) = (WorkerPhase::Alive, now);
        (life.last_turn, life.next_turn_within) = (now, Duration::ZERO);
    }

    /// Records a failure; returns the pause before the restart.
    pub(super) fn record_failure(&self) -> Duration {
        let now = Instant::now();
        let mut life = self.life();
        if now - life.begun_at >= RECOVERED_AFTER {
            life.failures_in_a_row = 0;
        }
        let pause = (FIRST_RESTART_PAUSE * 2_u32.pow(life.failures_in_a_row.min(6))).min(MAX_RESTART_PAUSE);
        life.failures_in_a_row = life.failures_in_a_row.saturating_add(1);
        life.phase = WorkerPhase::Restarting;
        // It is not stalled while it waits for its restart.
        (life.last_turn, life.next_turn_within) = (now, pause);
        pause
    }

    pub(super) fn is_over(&self) -> bool {
        self.life().phase == WorkerPhase::Over
    }

    pub(super) fn record_end(&self) {
        self.life().phase = WorkerPhase::Over;
    }

    pub(super) fn state(&self) -> WorkerState {
        let now = Instant::now();
        let life = self.life();
        let has_recovered = life.phase == WorkerPhase::Alive && now - life.begun_at >= RECOVERED_AFTER;
        let fault = if life.phase == WorkerPhase::Over {
            None
        } else if now - life.last_turn > life.next_turn_within.saturating_add(STALL_TIMEOUT) {
            Some(WorkerFault::Stalled)
        } else if life.failures_in_a_row >= MAX_FAILURES_IN_A_ROW && !has_recovered {
            Some(WorkerFault::RestartsRepeatedly)
        } else {
            None
        };
        WorkerState { name: self.name, fault, since_last_turn: now - life.last_turn }
    }

    fn life(&self) -> MutexGuard<'_, WorkerLife> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

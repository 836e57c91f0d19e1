//! What is known of one worker.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The pause before a restart doubles from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A worker that has run for so long has recovered: what it died of before no longer counts.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);
/// A worker that has died so often in a row keeps dying. One restart is over within a second, and nobody's concern.
const MAX_DEATHS_IN_A_ROW: u32 = 3;
/// A turn that comes so much later than announced does not come any more.
const STANDSTILL: Duration = Duration::from_secs(5 * 60);

/// Why an instance with this worker is not fit to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    KeepsDying,
    StandsStill,
}

/// How a worker is doing.
#[derive(Clone, Debug)]
pub struct WorkerState {
    pub name: &'static str,
    pub fault: Option<Fault>,
    pub since_last_turn: Duration,
}

/// A worker under its supervisor. Turns are measured on the monotonic clock: a clock of the machine that is set right
/// must not make healthy workers look as if they stood still.
pub(super) struct Watched {
    pub name: &'static str,
    life: Mutex<Life>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Alive,
    Restarting,
    Over,
}

struct Life {
    phase: Phase,
    begun_at: Instant,
    deaths_in_a_row: u32,
    last_turn: Instant,
    next_turn_within: Duration,
}

/// What a worker is given: it tells here that its loop goes round, and hears that it has to stop.
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
        let life = Life {
            phase: Phase::Restarting,
            begun_at: now,
            deaths_in_a_row: 0,
            last_turn: now,
            next_turn_within: Duration::ZERO,
        };
        Self { name, life: Mutex::new(life) }
    }

    pub(super) fn begins(&self) {
        let now = Instant::now();
        let mut life = self.life();
        (life.phase, life.begun_at) = (Phase::Alive, now);
        (life.last_turn, life.next_turn_within) = (now, Duration::ZERO);
    }

    /// Notes a death; the pause before the next life.
    pub(super) fn died(&self) -> Duration {
        let now = Instant::now();
        let mut life = self.life();
        if now - life.begun_at >= RECOVERED_AFTER {
            life.deaths_in_a_row = 0;
        }
        let pause = (FIRST_PAUSE * 2_u32.pow(life.deaths_in_a_row.min(6))).min(LONGEST_PAUSE);
        life.deaths_in_a_row = life.deaths_in_a_row.saturating_add(1);
        life.phase = Phase::Restarting;
        // It is not standing still while it waits for its restart.
        (life.last_turn, life.next_turn_within) = (now, pause);
        pause
    }

    pub(super) fn is_over(&self) -> bool {
        self.life().phase == Phase::Over
    }

    pub(super) fn ends(&self) {
        self.life().phase = Phase::Over;
    }

    pub(super) fn state(&self) -> WorkerState {
        let now = Instant::now();
        let life = self.life();
        let has_recovered = life.phase == Phase::Alive && now - life.begun_at >= RECOVERED_AFTER;
        let fault = if life.phase == Phase::Over {
            None
        } else if now - life.last_turn > life.next_turn_within.saturating_add(STANDSTILL) {
            Some(Fault::StandsStill)
        } else if life.deaths_in_a_row >= MAX_DEATHS_IN_A_ROW && !has_recovered {
            Some(Fault::KeepsDying)
        } else {
            None
        };
        WorkerState { name: self.name, fault, since_last_turn: now - life.last_turn }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

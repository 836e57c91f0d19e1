//! Starts and restarts workers, and reports their states.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::FutureExt;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    restarts::{count_restart, show_restarts},
    watched::{Watched, WorkerContext, WorkerState},
};

/// Keeps workers running until the shutdown. Clones share the same workers.
#[derive(Clone)]
pub struct Supervisor {
    inner: Arc<SupervisorState>,
}

struct SupervisorState {
    shutdown: CancellationToken,
    tasks: TaskTracker,
    workers: Mutex<Vec<Arc<Watched>>>,
}

impl Supervisor {
    /// Workers stop with `shutdown`; until they have, they are counted in `tasks`.
    #[must_use]
    pub fn new(shutdown: CancellationToken, tasks: TaskTracker) -> Self {
        let workers = Mutex::default();
        Self { inner: Arc::new(SupervisorState { shutdown, tasks, workers }) }
    }

    /// Cancelled when the workers have to stop.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    /// Starts a worker, and again whenever it ends before the shutdown. `worker` makes its loop.
    pub fn start<F, W>(&self, name: &'static str, worker: F)
    where
        F: Fn(WorkerContext) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send,
    {
        let watched = Arc::new(Watched::new(name));
        self.workers().push(Arc::clone(&watched));
        show_restarts(name);
        let shutdown = self.inner.shutdown.clone();
        self.inner.tasks.spawn(async move {
            keep_running(&watched, worker, &shutdown).await;
            watched.record_end();
        });
    }

    /// States of all workers.
    #[must_use]
    pub fn states(&self) -> Vec<WorkerState> {
        self.workers().iter().map(|watched| watched.state()).collect()
    }

    /// The first faulty worker, without which this instance is not ready.
    #[must_use]
    pub fn faulty_worker(&self) -> Option<WorkerState> {
        self.states().into_iter().find(|state| state.fault.is_some())
    }

    /// Names of the workers that have not stopped.
    #[must_use]
    pub fn running(&self) -> Vec<&'static str> {
        self.workers().iter().filter(|watched| !watched.is_over()).map(|watched| watched.name).collect()
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Arc<Watched>>> {
        self.inner.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep_running<F, W>(watched: &Arc<Watched>, worker: F, shutdown: &CancellationToken)
where
    F: Fn(WorkerContext) -> W,
    W: Future<Output = ()>,
{
    let name = watched.name;
    loop {
        watched.record_start();
        let context = WorkerContext { watched: Arc::clone(watched), shutdown: shutdown.clone() };
        let end = AssertUnwindSafe(async { worker(context).await }).catch_unwind().await;
        let why = match &end {
            Ok(()) if shutdown.is_cancelled() => return,
            Ok(()) => "it returned",
            Err(panic) => panic_message(&**panic),
        };
        let pause = watched.record_failure();
        tracing::error!(
            worker = name,
            why,
            pause_s = pause.as_secs(),
            "a worker stopped before the shutdown"
        );
        count_restart(name);
        if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message,
        _ => "it panicked",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use super::{super::WorkerFault, *};

    struct Watch {
        supervisor: Supervisor,
        tasks: TaskTracker,
    }

    fn watch() -> Watch {
        let tasks = TaskTracker::new();
        let supervisor = Supervisor::new(CancellationToken::new(), tasks.clone());
        Watch { supervisor, tasks }
    }

    async fn until(mut is_so: impl FnMut() -> bool) {
        let asking = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), asking).await.expect("in time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_panics_once_is_restarted_and_not_faulty() {
        let Watch { supervisor, tasks, .. } = watch();
        let lives = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&lives);
        supervisor.start("clumsy", move |context| {
            let life = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_ne!(life, 0, "the first life ends in a panic");
                context.shutdown().cancelled().await;
            }
        });
        until(|| {
            assert!(supervisor.faulty_worker().is_none(), "one restart is no fault");
            lives.load(Ordering::SeqCst) == 2
        })
        .await;
        supervisor.shutdown().cancel();
        tasks.close();
        tasks.wait().await;
        assert_eq!(lives.load(Ordering::SeqCst), 2, "it is not started again after the shutdown");
        assert!(supervisor.running().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_keeps_returning_is_faulty_until_it_has_run_for_a_minute() {
        let Watch { supervisor, .. } = watch();
        let lives = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&lives);
        supervisor.start("short_lived", move |_| {
            let life = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                if life >= 3 {
                    std::future::pending::<()>().await;
                }
            }
        });
        until(|| supervisor.faulty_worker().is_some()).await;
        assert_eq!(
            supervisor.faulty_worker().map(|state| (state.name, state.fault)),
            Some(("short_lived", Some(WorkerFault::RestartsRepeatedly)))
        );
        until(|| lives.load(Ordering::SeqCst) == 4).await;
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(supervisor.faulty_worker().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_without_a_turn_is_stalled_unless_it_announced_a_long_pause() {
        let Watch { supervisor, .. } = watch();
        let announced = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&announced);
        supervisor.start("patient", move |context| {
            context.beat(Duration::from_secs(24 * 3600));
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::pending()
        });
        until(|| announced.load(Ordering::SeqCst) == 1).await;
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(supervisor.faulty_worker().is_none());
        let begun = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&begun);
        supervisor.start("stuck", move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::pending()
        });
        until(|| begun.load(Ordering::SeqCst) == 1).await;
        assert!(supervisor.faulty_worker().is_none());
        tokio::time::advance(Duration::from_secs(301)).await;
        assert_eq!(
            supervisor.faulty_worker().map(|state| (state.name, state.fault)),
            Some(("stuck", Some(WorkerFault::Stalled)))
        );
    }
}

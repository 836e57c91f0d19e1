//! The fourth step: the workers begin, and requests are served until the process is asked to end.

use std::{sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{StartError, Storage, compose::ComposedService, connections};
use crate::{
    clock::Clock,
    database::Dialect,
    limits::Peers,
    orders::{Hub, SharedUseCases, StoreError},
    stations::catalogue::Catalogue,
    telemetry,
    workers::Supervisor,
};

/// Time from the signal to the end, whatever is under way then: longer than answers under way are given, and far enough
/// below the ten seconds that are promised for a busy machine.
const END_TIMEOUT: Duration = Duration::from_secs(6);

/// A service whose workers run, ready to serve.
pub struct App {
    router: Router,
    peers: Peers,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    pub supervisor: Supervisor,
    pub orders: SharedUseCases,
    pub hub: Hub,
    pub storage: Storage,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
}

/// The end of a process that was not asked to end.
#[derive(Debug, thiserror::Error)]
#[error("the loop that accepts connections ended by itself")]
pub struct AcceptLoopEnded;

impl ComposedService {
    /// Starts the workers.
    ///
    /// # Errors
    /// `Orders` if the database does not answer.
    pub async fn start(self) -> Result<App, StartError> {
        let Self {
            orders, hub, storage, catalogue, clock, router, peers, supervisor, shutdown, tasks, ..
        } = self;
        if storage.database.dialect() == Dialect::Sqlite {
            // The file is this process's alone: whoever held a lease is gone.
            storage.outbox.queue().end_all_leases().await.map_err(StoreError::from)?;
        }
        // Before the workers: a station that resumes an order must not be asked for it as if it were new.
        if let Some(emulators) = &self.emulators {
            emulators.resume(&orders.read).await?;
        }
        supervisor.start("metrics_upkeep", telemetry::upkeep);
        let limits = self.customer_limits;
        supervisor.start("limits_upkeep", move |worker| Arc::clone(&limits).forget_absent_clients(worker));
        let self_check = self.self_check;
        // Before the workers: they must not begin with a wrong time.
        self_check.check_clock().await;
        supervisor.start("self_check", move |worker| self_check.clone().run(worker));
        let stations = Arc::clone(&catalogue);
        supervisor.start("stations_watch", move |worker| Arc::clone(&stations).watch(worker));
        if let Some(feed) = self.feed.map(Arc::new) {
            supervisor.start("stations_feed", move |worker| Arc::clone(&feed).run(worker));
        }
        self.order_workers.start(&supervisor);
        if let Some(websocket) = self.websocket.map(Arc::new) {
            supervisor.start("invoicebox_websocket", move |worker| Arc::clone(&websocket).listen(worker));
        }
        if let Some(notifier) = self.notifier {
            notifier.start(&supervisor);
        }
        Ok(App { router, peers, supervisor, shutdown, tasks, orders, hub, storage, catalogue, clock })
    }
}

impl App {
    /// Serves until `stop` resolves, then drains: no new orders, streams end, running work is finished. What is not
    /// finished within [`END_TIMEOUT`] is durable, and the next process continues it.
    ///
    /// # Errors
    /// The accept loop has panicked: a process that serves nobody ends, so that another one is started.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AcceptLoopEnded> {
        let Self { router, peers, supervisor, shutdown, tasks, .. } = self;
        let serving = tasks.spawn(connections::serve(listener, router, peers, shutdown.clone()));
        let outcome = serve_until(stop, serving).await;
        tracing::info!("draining: no new orders, streams are asked to reconnect");
        shutdown.cancel();
        tasks.close();
        if timeout(END_TIMEOUT, tasks.wait()).await.is_err() {
            tracing::warn!(
                workers = ?supervisor.running(),
                tasks = tasks.len(),
                "ending with work under way; the next process continues it"
            );
        }
        outcome
    }
}

/// Waits for `stop`, or for the end of an accept loop that was not asked to end.
async fn serve_until(stop: impl Future<Output = ()>, serving: JoinHandle<()>) -> Result<(), AcceptLoopEnded> {
    tokio::select! {
        () = stop => Ok(()),
        ended = serving => {
            tracing::error!(?ended, "connections are not accepted any more: the process ends");
            Err(AcceptLoopEnded)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn an_accept_loop_that_panics_ends_the_serving() {
        let panics = tokio::spawn(async { panic!("the accept loop") });
        assert!(serve_until(pending(), panics).await.is_err());
        assert!(serve_until(ready(()), tokio::spawn(pending())).await.is_ok());
    }
}

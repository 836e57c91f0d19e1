//! The third step: the workers begin, and requests are served until the process is asked to end.

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{StartError, Storage, compose::Service};
use crate::{
    clock::Clock,
    database::Dialect,
    orders::{Hub, Orders},
    stations::catalogue::Catalogue,
    telemetry,
};

/// A service whose workers run, ready to serve.
pub struct App {
    router: Router,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    pub orders: Orders,
    pub hub: Hub,
    pub storage: Storage,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
}

impl Service {
    /// Starts the workers.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn start(self) -> Result<App, StartError> {
        let Self { orders, hub, storage, catalogue, clock, router, shutdown, tasks, .. } = self;
        if storage.database.dialect() == Dialect::Sqlite {
            // The file is this process's alone: whoever held a lease is gone.
            storage.outbox.take_over().await?;
        }
        tasks.spawn(Arc::clone(&catalogue).watch(shutdown.clone()));
        tasks.spawn(telemetry::upkeep(shutdown.clone()));
        if let Some(feed) = self.feed {
            tasks.spawn(feed.run(shutdown.clone()));
        }
        // Before the workers: a station that goes on with an order must not be asked for it as if it were new.
        if let Some(emulators) = &self.emulators {
            emulators.resume(&orders).await?;
        }
        self.workers.start(&tasks, &shutdown);
        if let Some(websocket) = self.websocket {
            tasks.spawn(websocket.listen(shutdown.clone()));
        }
        if let Some(notifier) = self.notifier {
            tasks.spawn(notifier.run(shutdown.clone(), tasks.clone()));
        }
        Ok(App { router, shutdown, tasks, orders, hub, storage, catalogue, clock })
    }
}

impl App {
    /// Serves until `stop` resolves, then drains: no new orders, streams end, running work is finished.
    ///
    /// # Errors
    /// The listener's.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let shutdown = self.shutdown.clone();
        let drained = async move {
            stop.await;
            tracing::info!("draining: no new orders, streams are told to reconnect");
            shutdown.cancel();
        };
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(drained).await?;
        self.tasks.close();
        self.tasks.wait().await;
        Ok(())
    }
}

//! The composition root: the one place that says `new` for services.

mod pumps;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "app/no_sandbox.rs"]
mod sandbox;

use std::sync::Arc;

use ::app::api::{PageSettings, SharedBackend};
use axum::Router;
use leptos::config::LeptosOptions;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    backend::PageBackend,
    clock::Clock,
    config::{Config, ForecourtKind, InvoiceboxConfig, TankerConfig},
    database::{Database, Dialect, OpenError},
    erp,
    forecourt::tanker::{self, TankerFeed},
    http::{self, Doors, Policy, Rooms},
    invoicebox::{self, Channel, ChannelSettings, Client, Keyring},
    orders::{OrderStore, Orders, Outbox, Parts, Rules, StoreError},
    stations::{catalogue::Catalogue, feed::Feed, store::Store},
    telemetry,
};
use pumps::Pumps;
use sandbox::Emulators;

/// How many words of stations may wait to be recorded.
const STATION_WORDS: usize = 1024;

/// Why the service could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("DATABASE_URL: {0}")]
    Database(#[from] OpenError),
    #[error("the stations cannot be loaded: {0}")]
    Stations(#[from] crate::stations::store::StoreError),
    #[error("the orders cannot be loaded: {0}")]
    Orders(#[from] StoreError),
    #[error("the sample stations cannot be loaded: {0}")]
    Sample(#[from] crate::stations::import::ImportError),
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
    #[error("INVOICEBOX_NOTIFICATION_KEY: {0}")]
    Key(#[from] invoicebox::EmptyKey),
    #[error("KOLONKA_SIMULATOR_ADDR: {0}")]
    Simulator(std::io::Error),
    #[error("the address cannot be served: {0}")]
    Serve(#[from] std::io::Error),
}

/// A service that is put together, with its workers running, ready to serve.
pub struct App {
    router: Router,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    pub orders: Orders,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
}

impl App {
    /// Opens the database, loads the stations, starts the workers.
    ///
    /// # Errors
    /// Whatever keeps the service from working.
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, StartError> {
        let database = Database::open(config.database_url.expose_secret()).await?;
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stations = Store::new(database.clone());
        if config.is_sandbox() {
            crate::stations::sample::load_if_empty(&stations, clock.now()).await?;
        }
        let catalogue = Catalogue::load(stations, config.full_tank()).await?;
        tasks.spawn(Arc::clone(&catalogue).watch(shutdown.clone()));
        tasks.spawn(telemetry::upkeep(shutdown.clone()));

        let (words, heard) = mpsc::channel(STATION_WORDS);
        let emulators = Emulators::open(config, &clock, &shutdown).await?;
        let pumps = Pumps::new(config, emulators.as_ref(), words)?;
        if let Some(side) = &pumps.side
            && let Some(feed) = feed(side, &catalogue, &clock)?
        {
            tasks.spawn(feed.run(shutdown.clone()));
        }
        let outbox = Outbox::new(database.clone());
        if database.dialect() == Dialect::Sqlite {
            // The file is this process's alone: whoever held a lease is gone.
            outbox.take_over().await?;
        }
        let orders = Orders::new(Parts {
            store: OrderStore::new(database.clone()).telling_back_office(config.erp_notify.is_some()),
            outbox,
            clock: clock.clone(),
            catalogue: catalogue.clone(),
            invoicebox: Client::new(config.invoicebox.settings())?,
            forecourt: pumps.forecourt.clone(),
            rules: Rules {
                merchant_id: config.invoicebox.merchant_id.clone(),
                ttl: std::time::Duration::from_secs(u64::from(config.order_ttl_minutes) * 60),
                public_url: config.public_url.clone(),
                release_on_hold: config.invoicebox.release_on_hold,
            },
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
        });
        let listener = orders.clone();
        tasks.spawn(async move { listener.follow_stations(heard).await });
        // Before the workers: a station that goes on with an order must not be asked for it as if it were new.
        if let Some(emulators) = &emulators {
            emulators.resume(config, &orders).await?;
        }
        orders.start();
        if let Some(url) = &config.invoicebox.ws_url {
            let settings = ChannelSettings {
                url: url.clone(),
                token: config.invoicebox.api_token.clone(),
                look_back: std::time::Duration::from_secs(u64::from(config.order_ttl_minutes) * 60),
            };
            let channel = Channel::new(settings, clock.clone(), Arc::new(orders.clone()));
            tasks.spawn(channel.listen(shutdown.clone()));
        }

        let merchants = catalogue.merchants().into_iter().collect();
        let sandbox = emulators.map(|emulators| emulators.router(config, merchants));
        if let Some(back_office) = &config.erp_notify {
            let notifier = erp::Notifier::new(back_office, database.clone(), clock.clone())?;
            tasks.spawn(notifier.run(shutdown.clone(), tasks.clone()));
        }
        let erp = config.erp_token.clone().map(|token| {
            erp::router(erp::Parts {
                token,
                orders: orders.clone(),
                catalogue: catalogue.clone(),
                database,
                clock: clock.clone(),
                public_url: config.public_url.clone(),
            })
        });
        let station = (config.forecourt != ForecourtKind::None)
            .then(|| http::station_router(orders.clone(), &config.tanker.callback_key));
        let rooms = Rooms { sandbox, erp, station };
        let router = router(config, &orders, &catalogue, &clock, rooms)?;
        Ok(Self { router, shutdown, tasks, orders, catalogue, clock })
    }

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
        let service = self.router.into_make_service_with_connect_info::<std::net::SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(drained).await?;
        self.tasks.close();
        self.tasks.wait().await;
        Ok(())
    }
}

/// The feed of this station side; `None` when it is switched off.
///
/// # Errors
/// The HTTP client cannot be built.
pub fn feed(
    side: &TankerConfig,
    catalogue: &Arc<Catalogue>,
    clock: &Clock,
) -> Result<Option<Feed>, reqwest::Error> {
    let Some(pause) = side.feed_pause else { return Ok(None) };
    let source = TankerFeed::new(tanker::Client::new(side)?, Arc::new(side.fuels.clone()));
    Ok(Some(Feed::new(Arc::new(source), Arc::clone(catalogue), clock.clone(), pause)))
}

fn router(
    config: &Config,
    orders: &Orders,
    catalogue: &Arc<Catalogue>,
    clock: &Clock,
    rooms: Rooms,
) -> Result<Router, StartError> {
    let InvoiceboxConfig { notification_key, merchant_keys, notification_algorithm, .. } = &config.invoicebox;
    let doors = Doors {
        orders: orders.clone(),
        keys: Arc::new(Keyring::new(notification_key, merchant_keys, *notification_algorithm)?),
        clock: clock.clone(),
        metrics: telemetry::metrics(),
    };
    let backend: SharedBackend = Arc::new(PageBackend {
        orders: orders.clone(),
        catalogue: catalogue.clone(),
        clock: clock.clone(),
        settings: page_settings(config),
    });
    let options = leptos_options(config);
    let policy = Policy::of(config, is_watched());
    Ok(http::router(doors, &options, backend, policy, rooms))
}

fn page_settings(config: &Config) -> PageSettings {
    let mut payment_origins = vec!["https://*.invoicebox.ru".to_owned()];
    if config.is_sandbox() {
        payment_origins.push(config.public_url.clone());
    }
    PageSettings {
        tiles_url: config.tiles_url.clone(),
        tiles_attribution: config.tiles_attribution.clone(),
        host_origins: config.host_origins.iter().map(ToString::to_string).collect(),
        payment_origins,
        sandbox: config.is_sandbox(),
        checkout: config.host_checkout,
        terms_url: config.terms_url.clone(),
        privacy_url: config.privacy_url.clone(),
    }
}

/// Hot reload tells the process that it is watched.
fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// Where the built files are. Their names carry hashes when the build left a list of them beside the program.
fn leptos_options(config: &Config) -> LeptosOptions {
    let hashed = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("hash.txt").exists()))
        .unwrap_or(false);
    LeptosOptions::builder()
        .output_name("kolonka")
        .site_root(config.site_root.as_str())
        .site_pkg_dir("pkg")
        .site_addr(config.addr)
        .hash_files(hashed)
        .build()
}

//! The third step: use cases and routers over an open database. No worker runs yet.

use std::{sync::Arc, time::Duration};

use ::app::api::SharedBackend;
use axum::Router;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{StartError, adapters::Adapters, files, open::Storage, sandbox::Emulators, site};
use crate::{
    backend::{BackendOfClient, PageBackend, PageServices},
    clock::Clock,
    config::{Config, InvoiceboxConfig, OriginPattern},
    erp,
    erp_events::{self, DeadEvents, EventStatistics},
    http::{self, AppState, Guards, OptionalRouters, Policy, Readiness},
    invoicebox::{InvoiceboxClient, InvoiceboxSocket, Keyring, SocketSettings},
    limits::{ClientLimits, CustomerLimits, Peers, TrustedProxies},
    orders::{self, Hub, OrderDependencies, OrderRules, OrderServices, SharedUseCases, WebsocketListener},
    payment_origins::PaymentOrigins,
    people::Sessions,
    self_check::{SelfCheck, SelfHealth},
    stations::{catalogue::Catalogue, feed::Feed},
    telemetry,
    workers::Supervisor,
};

/// All parts of an installation, not yet started.
pub struct ComposedService {
    pub orders: SharedUseCases,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
    pub router: Router,
    pub(super) storage: Storage,
    pub(super) emulators: Option<Emulators>,
    pub(super) hub: Hub,
    pub(super) order_workers: orders::Workers,
    pub(super) feed: Option<Feed>,
    pub(super) websocket: Option<InvoiceboxSocket>,
    pub(super) notifier: Option<erp_events::EventWorker>,
    pub(super) self_check: SelfCheck,
    pub(super) peers: Peers,
    pub(super) customer_limits: Arc<CustomerLimits>,
    /// Watches no worker before the start.
    pub(super) supervisor: Supervisor,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// Composes a service.
///
/// # Errors
/// `Stations` if the stations cannot be loaded, `Client` if an HTTP client cannot be built, `ApiDescription` if the
/// description of the cashier API cannot be written, `Key` if a notification key is empty.
pub async fn compose(
    config: &Config,
    storage: Storage,
    clock: Clock,
    adapters: Adapters,
) -> Result<ComposedService, StartError> {
    let Adapters { station, emulators, shutdown } = adapters;
    let tasks = TaskTracker::new();
    let supervisor = Supervisor::new(shutdown.clone(), tasks.clone());
    let offers_full_tank = station.link.capabilities().measures_full_tank;
    let catalogue = Catalogue::load(storage.stations.clone(), offers_full_tank).await?;
    let feed =
        station.feed.map(|feed| Feed::new(feed.source, Arc::clone(&catalogue), clock.clone(), feed.pause));
    let invoicebox = InvoiceboxClient::new(config.invoicebox.settings())?;
    let OrderServices { orders, workers: order_workers, websocket_listener, hub } =
        orders::compose(OrderDependencies {
            store: storage.orders.clone(),
            outbox: storage.outbox.clone(),
            clock: clock.clone(),
            catalogue: Arc::clone(&catalogue),
            invoicebox: invoicebox.clone(),
            station_link: station.link,
            rules: order_rules(config),
            limits: config.limits.clone(),
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
        });
    let websocket = websocket(config, websocket_listener, &clock);
    let notifier = match &config.erp_notify {
        Some(back_office) => {
            Some(erp_events::event_worker(back_office, storage.database.clone(), clock.clone())?)
        }
        None => None,
    };
    let proxies = TrustedProxies::new(config.trusted_proxies.clone());
    let limits = ClientLimits::new(&config.limits, proxies, files::limit(), clock.clone());
    let optional = OptionalRouters {
        sandbox: emulators.as_ref().map(|emulators| emulators.router(config, merchants(&catalogue))),
        erp: erp_router(config, &storage, &orders, &catalogue, &clock, &limits)?,
        station: station
            .callbacks
            .map(|routes| routes(Arc::new(orders.station_callback.clone()), Arc::clone(&limits.guesses))),
    };
    let health = SelfHealth::default();
    let readiness = Readiness {
        statistics: orders.statistics.clone(),
        supervisor: supervisor.clone(),
        database: storage.database.clone(),
        health: health.clone(),
        shutdown: shutdown.clone(),
    };
    let self_check =
        SelfCheck { database: storage.database.clone(), invoicebox, clock: clock.clone(), health };
    let router = http_router(config, &orders, &catalogue, &clock, readiness, optional, &limits)?;
    Ok(ComposedService {
        orders,
        catalogue,
        clock,
        router,
        storage,
        emulators,
        hub,
        order_workers,
        feed,
        websocket,
        notifier,
        self_check,
        peers: Peers::new(limits.proxies, files::max_connections()),
        customer_limits: limits.customers,
        supervisor,
        shutdown,
        tasks,
    })
}

fn order_rules(config: &Config) -> OrderRules {
    OrderRules {
        merchant_id: config.invoicebox.merchant_id.clone(),
        ttl: order_ttl(config),
        public_url: config.public_url.clone(),
        payment_origins: PaymentOrigins::new(config.payment_origins.clone(), config.mode),
        release_on_hold: config.invoicebox.release_on_hold,
        start: config.start,
    }
}

fn order_ttl(config: &Config) -> Duration {
    Duration::from_secs(u64::from(config.order_ttl_minutes) * 60)
}

fn websocket(config: &Config, listener: WebsocketListener, clock: &Clock) -> Option<InvoiceboxSocket> {
    let settings = SocketSettings {
        url: config.invoicebox.ws_url.clone()?,
        token: config.invoicebox.api_token.clone(),
        look_back: order_ttl(config),
    };
    Some(InvoiceboxSocket::new(settings, clock.clone(), Arc::new(listener)))
}

fn merchants(catalogue: &Catalogue) -> Vec<String> {
    catalogue.merchants().into_iter().collect()
}

fn erp_router(
    config: &Config,
    storage: &Storage,
    orders: &SharedUseCases,
    catalogue: &Arc<Catalogue>,
    clock: &Clock,
    limits: &ClientLimits,
) -> Result<Option<Router>, StartError> {
    let Some(token) = config.erp_token.clone() else { return Ok(None) };
    let router = erp::router(erp::ErpParts {
        token,
        orders: orders.clone(),
        catalogue: Arc::clone(catalogue),
        sessions: Sessions::new(storage.database.clone(), clock.clone()),
        dead_events: DeadEvents::new(storage.database.clone(), clock.clone()),
        guesses: Arc::clone(&limits.guesses),
        streams: Arc::clone(&limits.streams),
        clock: clock.clone(),
        public_url: config.public_url.clone(),
    })?;
    Ok(Some(router))
}

fn http_router(
    config: &Config,
    orders: &SharedUseCases,
    catalogue: &Arc<Catalogue>,
    clock: &Clock,
    readiness: Readiness,
    optional: OptionalRouters,
    limits: &ClientLimits,
) -> Result<Router, StartError> {
    let InvoiceboxConfig { notification_key, merchant_keys, notification_algorithm, .. } = &config.invoicebox;
    let state = AppState {
        report_payment: orders.report_payment.clone(),
        follow: orders.follow.clone(),
        statistics: orders.statistics.clone(),
        events: EventStatistics::new(readiness.database.clone(), clock.clone()),
        keys: Arc::new(Keyring::new(notification_key, merchant_keys, *notification_algorithm)?),
        catalogue: Arc::clone(catalogue),
        clock: clock.clone(),
        supervisor: readiness.supervisor.clone(),
        readiness,
        metrics: telemetry::metrics(),
        streams: Arc::clone(&limits.streams),
        refusals: Arc::default(),
    };
    let services = Arc::new(PageServices {
        quote: orders.quote.clone(),
        place: orders.place.clone(),
        read: orders.read.clone(),
        cancel: orders.cancel.clone(),
        start: orders.start.clone(),
        pumps: orders.pumps.clone(),
        catalogue: Arc::clone(catalogue),
        clock: clock.clone(),
        settings: site::page_settings(config),
    });
    let host_origins = config.host_origins.iter().map(OriginPattern::as_str);
    let policy = Policy::new(&config.tiles_url, host_origins, site::is_watched());
    let backend: BackendOfClient = Arc::new(move |client| {
        let backend: SharedBackend = Arc::new(PageBackend { services: Arc::clone(&services), client });
        backend
    });
    let is_secure = config.public_url.starts_with("https://");
    let guards = Guards {
        policy,
        proxies: Arc::clone(&limits.proxies),
        limits: Arc::clone(&limits.customers),
        is_secure,
    };
    Ok(http::router(state, &site::leptos_options(config), &backend, guards, optional))
}

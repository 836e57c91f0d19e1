//! The emulators of the sandbox, adapted to this service: its clock, its settings, its orders.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;
use domain::{
    id::{OrderId, PumpNumber, StationId},
    order::{Order, Release, Status},
    station::Station,
};
use sandbox::{
    Cashier, CashierSettings, InvoiceboxSandbox, InvoiceboxSettings, Sandbox, SandboxClock, SharedClock,
    StationSandbox, TestToken,
    station::{NetworkPump, NetworkStation, Partner, StationSettings},
};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::{
    clock::Clock,
    config::{Config, StationLinkKind},
    invoicebox::Algorithm,
    orders::ReadOrders,
    station_link::{Capabilities, StationCallError, StationLink, tanker_push::TankerPush},
    stations::{import::ImportError, sample, store::StationStore},
};

/// Loads the sample stations into an empty database, in sandbox mode only.
///
/// # Errors
/// The database does not answer.
pub(super) async fn load_samples(
    stations: &StationStore,
    config: &Config,
    clock: &Clock,
) -> Result<(), ImportError> {
    if config.is_sandbox() {
        sample::load_if_empty(stations, clock.now()).await?;
    }
    Ok(())
}

/// The emulators of a process in sandbox mode.
pub(super) struct Emulators {
    /// `None` where pumps are released by a real station or by hand.
    station: Option<StationSandbox>,
    /// `None` where no cashier is emulated.
    cashier: Option<Cashier>,
    clock: SharedClock,
    /// Key of the orders that are pushed to the simulated station.
    api_key: SecretString,
}

impl Emulators {
    /// Opens the simulated station where it is asked for; `None` in production.
    ///
    /// # Errors
    /// `Simulator` if the station's address is taken, `Client` if an HTTP client cannot be built.
    pub async fn open(
        config: &Config,
        clock: &Clock,
        shutdown: &CancellationToken,
    ) -> Result<Option<Self>, StartError> {
        if !config.is_sandbox() {
            return Ok(None);
        }
        let clock: SharedClock = Arc::new(clock.clone());
        let station = match config.station_link.kind {
            StationLinkKind::Simulator => Some(open_station(config, &clock, shutdown).await?),
            StationLinkKind::None | StationLinkKind::Tanker => None,
        };
        let cashier = match (config.station_link.kind, &config.erp_token) {
            (StationLinkKind::None, _) | (_, None) => None,
            (_, Some(token)) => Some(Cashier::new(CashierSettings {
                server_url: config.public_url.clone(),
                token: token.expose_secret().to_owned(),
                clock: Arc::clone(&clock),
                speed: config.simulator_speed,
                shutdown: shutdown.clone(),
            })?),
        };
        Ok(Some(Self { station, cashier, clock, api_key: config.station_link.tanker.api_key.clone() }))
    }

    /// Base address of the simulated station.
    pub fn station_url(&self) -> Option<&str> {
        self.station.as_ref().map(StationSandbox::url)
    }

    /// Returns the automation, joined by an emulated cashier who hands over goods.
    pub fn with_cashier(&self, automation: Arc<dyn StationLink>) -> Arc<dyn StationLink> {
        match &self.cashier {
            Some(cashier) => Arc::new(CashierLink { automation, cashier: cashier.clone() }),
            None => automation,
        }
    }

    /// Resumes the orders that were under way when the process before ended.
    ///
    /// # Errors
    /// `Orders` if the database does not answer.
    pub async fn resume(&self, read: &ReadOrders) -> Result<(), StartError> {
        for order in read.list_under_way().await? {
            match (order.open_release(), &self.station, &self.cashier) {
                (Some(release), Some(station), _) => {
                    if let Some(pushed) = TankerPush::to_push_body(&order, release) {
                        let flowing = order.status == Status::Fuelling;
                        station.resume(self.api_key.expose_secret(), &pushed, flowing);
                    }
                }
                (None, _, Some(cashier)) if order.fuel_line().is_none() => {
                    cashier.hand_over(id_text(order.id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything below `/sandbox`. `merchants` are those of stations, beside the configured one.
    pub fn router(&self, config: &Config, merchants: Vec<String>) -> Router {
        let settings = invoicebox_settings(config, merchants, Arc::clone(&self.clock));
        let invoicebox = InvoiceboxSandbox::new(settings);
        let (station, cashier) = (self.station.clone(), self.cashier.clone());
        Sandbox { invoicebox, station, cashier, clock: Arc::clone(&self.clock) }.router()
    }
}

async fn open_station(
    config: &Config,
    clock: &SharedClock,
    shutdown: &CancellationToken,
) -> Result<StationSandbox, StartError> {
    let partner = Partner {
        api_key: config.station_link.tanker.api_key.expose_secret().to_owned(),
        callback_url: config.public_url.clone(),
        callback_key: config.station_link.tanker.callback_key.expose_secret().to_owned(),
    };
    let settings = StationSettings {
        addr: config.simulator_addr,
        clock: Arc::clone(clock),
        speed: config.simulator_speed,
        partners: vec![partner],
        network: sample::stations()?.into_iter().map(network_station).collect(),
        shutdown: shutdown.clone(),
    };
    StationSandbox::open(settings).await.map_err(StartError::Simulator)
}

fn network_station(station: Station) -> NetworkStation {
    NetworkStation {
        id: station.id.0,
        enabled: station.enabled,
        name: station.name,
        address: station.address,
        lat: station.point.lat,
        lon: station.point.lon,
        pumps: station
            .trade
            .pumps
            .into_iter()
            .map(|pump| NetworkPump { number: pump.number.0, fuels: pump.fuels })
            .collect(),
        prices: station.trade.fuels.iter().filter_map(|fuel| Some((fuel.id, fuel.price?))).collect(),
    }
}

fn invoicebox_settings(config: &Config, merchants: Vec<String>, clock: SharedClock) -> InvoiceboxSettings {
    let invoicebox = &config.invoicebox;
    let merchant_ids = std::iter::once(invoicebox.merchant_id.clone()).chain(merchants).collect();
    let own_key = |own: &crate::invoicebox::MerchantKey| {
        (own.merchant_id.to_ascii_lowercase(), own.key.expose_secret().to_owned())
    };
    InvoiceboxSettings {
        public_url: config.public_url.clone(),
        tokens: vec![TestToken { token: invoicebox.api_token.expose_secret().to_owned(), merchant_ids }],
        merchant_keys: invoicebox.merchant_keys.iter().map(own_key).collect(),
        signs_with_sha256: invoicebox.notification_algorithm == Algorithm::Sha256,
        notification_key: invoicebox.notification_key.expose_secret().to_owned(),
        notification_url: format!("{}/api/invoicebox/notifications", config.public_url),
        clock,
    }
}

fn id_text(id: OrderId) -> String {
    id.0.to_string()
}

#[async_trait]
impl SandboxClock for Clock {
    fn now(&self) -> OffsetDateTime {
        Self::now(self)
    }

    fn advance(&self, by: Duration) {
        Self::advance(self, by);
    }

    async fn sleep_until(&self, at: OffsetDateTime) {
        Self::sleep_until(self, at).await;
    }
}

/// A link with an emulated cashier, who hands over announced goods; calls about pumps are passed to the automation.
struct CashierLink {
    automation: Arc<dyn StationLink>,
    cashier: Cashier,
}

#[async_trait]
impl StationLink for CashierLink {
    async fn ping(&self, station: &StationId, pump: PumpNumber) -> Result<(), StationCallError> {
        self.automation.ping(station, pump).await
    }

    async fn release(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        self.automation.release(order, release).await
    }

    async fn withdraw(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        self.automation.withdraw(order, release).await
    }

    async fn report_end(&self, order: &Order, release: &Release) -> Result<(), StationCallError> {
        self.automation.report_end(order, release).await
    }

    async fn announce(&self, order: &Order) -> Result<(), StationCallError> {
        self.cashier.hand_over(id_text(order.id));
        Ok(())
    }

    fn capabilities(&self) -> Capabilities {
        self.automation.capabilities()
    }
}

//! The simulated station: the station side of the tanker contract, for the sandbox and for tests.
//!
//! It has a listener of its own and knows nothing of the rest of the server: orders come to it over HTTP, and what
//! happens at its pumps goes out over HTTP to the partner whose key the order came with. Several processes may so share one,
//! also such that are killed and started again. It serves every station and pump that it is asked for; the sample network is
//! what it tells of itself.

mod api;
mod book;
mod caller;
mod fault;
mod life;
mod litres;
mod network;
mod page;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use book::{Entry, Phase};
pub use fault::Fault;
pub use network::{NetworkPump, NetworkStation};
pub(super) use page::router as page_router;

use book::{Book, Exchange, Way};
use fault::{Pump, Script};

use crate::clock::SharedClock;

/// Who pushes orders, and where they want to hear of them.
#[derive(Clone, Debug)]
pub struct Partner {
    pub api_key: String,
    /// Base address: `/api/order/…` is below it.
    pub callback_url: String,
    pub callback_key: String,
}

/// What a simulated station is put together from.
pub struct StationSettings {
    /// Port 0: any that is free.
    pub addr: SocketAddr,
    pub clock: SharedClock,
    /// How many times faster than for the eye.
    pub speed: u32,
    pub partners: Vec<Partner>,
    /// What it tells of itself.
    pub network: Vec<NetworkStation>,
    pub shutdown: CancellationToken,
}

/// A running station. Clones are the same one.
#[derive(Clone)]
pub struct StationSandbox {
    inner: Arc<Inner>,
    url: String,
}

struct Inner {
    http: reqwest::Client,
    clock: SharedClock,
    speed: u32,
    partners: Mutex<HashMap<String, Partner>>,
    network: Vec<NetworkStation>,
    script: Mutex<Script>,
    /// Pumps that serve an order take no other one.
    reserves: Mutex<bool>,
    book: Mutex<Book>,
    shutdown: CancellationToken,
}

/// What `POST /sandbox/control` may say of the station.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StationTurn {
    fault: Option<String>,
    /// With `pump`: the fault is for this one alone.
    station: Option<String>,
    pump: Option<u16>,
    /// Off: any number of orders runs at one pump.
    reservation: Option<bool>,
}

impl StationSandbox {
    /// Opens its listener and serves until the shutdown.
    ///
    /// # Errors
    /// The address is taken.
    pub async fn open(settings: StationSettings) -> std::io::Result<Self> {
        let listener = TcpListener::bind(settings.addr).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
        let by_key = |partner: Partner| (partner.api_key.clone(), partner);
        let inner = Arc::new(Inner {
            http,
            clock: settings.clock,
            speed: settings.speed.max(1),
            partners: Mutex::new(settings.partners.into_iter().map(by_key).collect()),
            network: settings.network,
            script: Mutex::default(),
            reserves: Mutex::new(true),
            book: Mutex::default(),
            shutdown: settings.shutdown.clone(),
        });
        let serving = axum::serve(listener, api::router(Arc::clone(&inner))).into_future();
        tokio::spawn(async move {
            tokio::select! {
                _ = serving => {}
                () = settings.shutdown.cancelled() => {}
            }
        });
        tracing::info!(url, "the simulated station is open");
        Ok(Self { inner, url })
    }

    /// Its base address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another partner, or another address of one.
    pub fn add_partner(&self, partner: Partner) {
        locked(&self.inner.partners).insert(partner.api_key.clone(), partner);
    }

    /// What goes wrong at all pumps from now on.
    pub fn set_fault(&self, fault: Fault) {
        locked(&self.inner.script).set_everywhere(fault);
    }

    /// Off: any number of orders runs at one pump.
    pub fn reserve_pumps(&self, yes: bool) {
        *locked(&self.inner.reserves) = yes;
    }

    /// Goes on with an order that was running when the process stopped: in the form in which it is pushed.
    pub fn resume(&self, api_key: &str, order: &Value, flowing: bool) {
        let Some((entry, _)) = api::read(order, api_key) else { return };
        let phase = if flowing { Phase::Flowing } else { Phase::Waiting };
        let fault = self.inner.fault_at(&entry.at());
        let entry = Entry { phase, fault, released: u32::from(flowing), ..entry };
        self.inner.with_book(|book| book.insert(entry.clone()));
        self.inner.serve(entry);
    }

    /// Orders, newest first.
    #[must_use]
    pub fn orders(&self) -> Vec<Entry> {
        self.inner.with_book(|book| book.newest().cloned().collect())
    }

    /// Turns its knobs.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub(super) fn turn(&self, turn: StationTurn) -> Result<Value, String> {
        let fault = match &turn.fault {
            Some(name) => Some(Fault::parse(name).ok_or_else(|| {
                let names: Vec<&str> = Fault::ALL.into_iter().map(Fault::name).collect();
                format!("unknown fault `{name}`; there are {}", names.join(", "))
            })?),
            None => None,
        };
        let pump = match (turn.station, turn.pump) {
            (Some(station), Some(pump)) => Some((station, pump)),
            (None, None) => None,
            _ => return Err("`station` and `pump` name a pump together".to_owned()),
        };
        if let Some(fault) = fault {
            match pump {
                Some(pump) => locked(&self.inner.script).set(pump, fault),
                None => self.set_fault(fault),
            }
        }
        if let Some(reserves) = turn.reservation {
            self.reserve_pumps(reserves);
        }
        Ok(json!({
            "fault": self.inner.fault_everywhere().name(),
            "reservation": self.inner.reserves(),
            "url": self.url,
        }))
    }
}

impl Inner {
    fn partner(&self, api_key: &str) -> Option<Partner> {
        locked(&self.partners).get(api_key).cloned()
    }

    fn fault_at(&self, pump: &Pump) -> Fault {
        locked(&self.script).at(pump)
    }

    fn fault_everywhere(&self) -> Fault {
        locked(&self.script).everywhere()
    }

    fn reserves(&self) -> bool {
        *locked(&self.reserves)
    }

    /// Writes a call down with its order.
    fn note(&self, partner: &str, id: &str, way: Way, said: String, status: Option<u16>) {
        let exchange = Exchange { at: self.clock.now(), way, said, status };
        self.with_book(|book| book.get_mut(partner, id).map(|entry| entry.note(exchange)));
    }

    fn with_book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut locked(&self.book))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

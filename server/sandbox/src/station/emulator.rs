//! The handle of the simulated station: opens it, sets its switches, reads its orders.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    api, callback,
    callback::ScriptedCallback,
    fault::{PumpKey, QueuedFault, StationFault},
    fulfilment,
    hold::HoldPoint,
    network::NetworkStation,
    orders::{OrderPhase, RefusedRelease, StationOrder},
    partner::Partner,
    state::StationState,
};
use crate::clock::SharedClock;

/// Settings of a simulated station.
pub struct StationSettings {
    /// Port 0 takes any free one.
    pub addr: SocketAddr,
    pub clock: SharedClock,
    /// Speed, as a multiple of that of a demonstration.
    pub speed: u32,
    pub partners: Vec<Partner>,
    /// The network that it reports.
    pub network: Vec<NetworkStation>,
    pub shutdown: CancellationToken,
}

/// A running station. Clones share it.
#[derive(Clone)]
pub struct StationSandbox {
    state: Arc<StationState>,
    url: String,
}

/// The `forecourt` part of `POST /sandbox/control`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StationControl {
    pub fault: Option<String>,
    /// The fault strikes once, after those that were queued before.
    pub once: bool,
    /// With `pump`: the fault is for this pump alone.
    pub station: Option<String>,
    pub pump: Option<u16>,
    /// The sentence of refusals and cancellations from now on; empty: the usual ones.
    pub reason: Option<String>,
    /// Off: any number of orders runs at one pump.
    pub reservation: Option<bool>,
    /// Milliseconds after which a fault that gives no answer answers 504. Without: never, the caller gives up.
    pub hang_ms: Option<u64>,
    /// The point before which orders wait, at all pumps; those that have passed it continue.
    pub hold: Option<String>,
    /// A call to the partner, at once.
    pub callback: Option<ScriptedCallback>,
}

impl StationSandbox {
    /// Opens its listener and serves until the shutdown.
    ///
    /// # Errors
    /// The address is taken.
    pub async fn open(settings: StationSettings) -> std::io::Result<Self> {
        let StationSettings { addr, clock, speed, partners, network, shutdown } = settings;
        let listener = TcpListener::bind(addr).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
        let state = StationState::new(http, clock, speed, network, partners, shutdown.clone());
        let state = Arc::new(state);
        let serving = axum::serve(listener, api::router(Arc::clone(&state))).into_future();
        tokio::spawn(async move {
            tokio::select! {
                _ = serving => {}
                () = shutdown.cancelled() => {}
            }
        });
        tracing::info!(url, "the simulated station is open");
        Ok(Self { state, url })
    }

    /// Base address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets the fault of all pumps; those of single pumps and the queued ones are forgotten.
    pub fn set_fault(&self, fault: StationFault) {
        self.state.faults().set_everywhere(fault);
    }

    /// Sets the lasting fault of one pump.
    pub fn set_fault_of(&self, station: &str, pump: u16, fault: StationFault) {
        self.state.faults().set((station.to_owned(), pump), fault);
    }

    /// Lets a fault strike once at this pump, after those that were queued before.
    pub fn queue_fault(&self, station: &str, pump: u16, fault: StationFault) {
        let pump = Some((station.to_owned(), pump));
        self.state.faults().queue(QueuedFault { pump, fault });
    }

    /// Sets whether a pump takes one order at a time.
    pub fn reserve_pumps(&self, yes: bool) {
        self.state.set_reserves_pumps(yes);
    }

    /// Sets the point before which orders wait, at all pumps; those that have passed it continue.
    pub fn hold_orders(&self, point: HoldPoint) {
        self.state.set_hold(point);
    }

    /// Continues an order that was running when the process stopped. `pushed` has the form of the call `POST order`.
    pub fn resume(&self, api_key: &str, pushed: &Value, flowing: bool) {
        let Some((order, _)) = api::read(pushed, api_key) else { return };
        let phase = if flowing { OrderPhase::Flowing } else { OrderPhase::Waiting };
        let fault = self.state.fault_at(&order.pump_key());
        let order = StationOrder { phase, fault, ..order };
        self.state.orders().insert(order.clone());
        fulfilment::start(&self.state, order);
    }

    /// All orders, newest first.
    #[must_use]
    pub fn orders(&self) -> Vec<StationOrder> {
        self.state.orders().newest().cloned().collect()
    }

    /// Ids of the releases that can be used now: accepted, and not over.
    #[must_use]
    pub fn usable(&self) -> Vec<String> {
        let orders = self.state.orders();
        orders.newest().filter(|order| order.is_usable()).map(|order| order.id.clone()).collect()
    }

    /// Applies the switches of the control call. Returns how they are set.
    ///
    /// # Errors
    /// A sentence about an unknown name, about `station` without `pump`, or about a callback without its volume.
    pub(crate) fn control(&self, control: StationControl) -> Result<Value, String> {
        let fault = control.fault.as_deref().map(parse_fault).transpose()?;
        let hold = control.hold.as_deref().map(parse_hold_point).transpose()?;
        let pump = match (control.station, control.pump) {
            (Some(station), Some(pump)) => Some((station, pump)),
            (None, None) => None,
            _ => return Err("`station` and `pump` name a pump together".to_owned()),
        };
        if let Some(callback) = &control.callback {
            callback.check()?;
        }
        match (fault, pump) {
            (Some(fault), pump) if control.once => self.state.faults().queue(QueuedFault { pump, fault }),
            (Some(fault), Some(pump)) => self.state.faults().set(pump, fault),
            (Some(fault), None) => self.set_fault(fault),
            (None, _) => {}
        }
        if let Some(reason) = control.reason {
            self.state.set_reason(reason);
        }
        if let Some(reserves) = control.reservation {
            self.reserve_pumps(reserves);
        }
        if let Some(hang_ms) = control.hang_ms {
            self.state.set_hang_duration(Duration::from_millis(hang_ms));
        }
        if let Some(point) = hold {
            self.hold_orders(point);
        }
        if let Some(callback) = control.callback {
            callback::send(&self.state, callback);
        }
        let queued: Vec<_> = self.queued_faults().iter().map(|queued| queued.fault.name()).collect();
        Ok(json!({
            "fault": self.fault_everywhere().name(),
            "once": queued,
            "reservation": self.reserves_pumps(),
            "hold": self.hold().name(),
            "url": self.url,
        }))
    }

    pub(super) fn fault_everywhere(&self) -> StationFault {
        self.state.fault_everywhere()
    }

    pub(super) fn reserves_pumps(&self) -> bool {
        self.state.reserves_pumps()
    }

    pub(super) fn hold(&self) -> HoldPoint {
        self.state.hold()
    }

    /// Faults that have not struck yet, oldest first.
    pub(super) fn queued_faults(&self) -> Vec<QueuedFault> {
        self.state.faults().queued().cloned().collect()
    }

    /// Releases that were not taken, newest first.
    pub(super) fn refused(&self) -> Vec<RefusedRelease> {
        self.state.orders().refused().cloned().collect()
    }

    /// The sentence of refusals and cancellations that was set; empty: the usual ones.
    pub(super) fn reason(&self) -> String {
        self.state.reason_or("")
    }

    /// Pumps with a fault of their own.
    pub(super) fn faulty_pumps(&self) -> Vec<(PumpKey, StationFault)> {
        self.state.faults().pumps().map(|(pump, fault)| (pump.clone(), fault)).collect()
    }
}

fn parse_fault(name: &str) -> Result<StationFault, String> {
    StationFault::parse(name).ok_or_else(|| {
        let names: Vec<&str> = StationFault::ALL.into_iter().map(StationFault::name).collect();
        format!("unknown fault `{name}`; there are {}", names.join(", "))
    })
}

fn parse_hold_point(name: &str) -> Result<HoldPoint, String> {
    HoldPoint::parse(name).ok_or_else(|| {
        let names: Vec<&str> = HoldPoint::ALL.into_iter().map(HoldPoint::name).collect();
        format!("unknown hold `{name}`; there are {}", names.join(", "))
    })
}

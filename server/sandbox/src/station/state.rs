//! Shared state of the simulated station: partners, orders, faults, the point at which orders wait.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{FaultPlan, PumpKey, StationCall, StationFault},
    hold::HoldPoint,
    network::NetworkStation,
    orders::{RecordedCall, StationOrders},
    partner::Partner,
};
use crate::clock::SharedClock;

/// State of a running station.
pub struct StationState {
    pub http: reqwest::Client,
    pub clock: SharedClock,
    /// Speed, as a multiple of that of a demonstration.
    pub speed: u32,
    pub network: Vec<NetworkStation>,
    pub shutdown: CancellationToken,
    partners: HashMap<String, Partner>,
    faults: Mutex<FaultPlan>,
    hold: watch::Sender<HoldPoint>,
    /// Whether a pump that serves an order refuses others.
    reserves_pumps: Mutex<bool>,
    /// Time after which a silent station answers 504; `None`: never, the caller gives up.
    hang_duration: Mutex<Option<Duration>>,
    /// Sentence of refusals and cancellations; `None`: one that fits the fault.
    reason: Mutex<Option<String>>,
    /// Wakes those who wait until a release is withdrawn.
    withdrawals: watch::Sender<()>,
    orders: Mutex<StationOrders>,
}

impl StationState {
    /// A station without orders whose pumps work.
    pub fn new(
        http: reqwest::Client,
        clock: SharedClock,
        speed: u32,
        network: Vec<NetworkStation>,
        partners: Vec<Partner>,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            http,
            clock,
            speed: speed.max(1),
            network,
            shutdown,
            partners: partners.into_iter().map(|partner| (partner.api_key.clone(), partner)).collect(),
            faults: Mutex::default(),
            hold: watch::Sender::default(),
            reserves_pumps: Mutex::new(true),
            hang_duration: Mutex::default(),
            reason: Mutex::default(),
            withdrawals: watch::Sender::default(),
            orders: Mutex::default(),
        }
    }

    pub fn partners(&self) -> impl Iterator<Item = &Partner> {
        self.partners.values()
    }

    /// The partner with this key.
    pub fn partner(&self, api_key: &str) -> Option<&Partner> {
        self.partners.get(api_key)
    }

    pub fn fault_at(&self, pump: &PumpKey) -> StationFault {
        self.faults().at(pump)
    }

    /// The fault of a call. One that strikes once is used up by it.
    pub fn take_fault(&self, call: StationCall, pump: &PumpKey) -> StationFault {
        self.faults().take(call, pump)
    }

    pub fn fault_everywhere(&self) -> StationFault {
        self.faults().everywhere()
    }

    pub fn reserves_pumps(&self) -> bool {
        *locked(&self.reserves_pumps)
    }

    pub fn set_reserves_pumps(&self, yes: bool) {
        *locked(&self.reserves_pumps) = yes;
    }

    pub fn hang_duration(&self) -> Option<Duration> {
        *locked(&self.hang_duration)
    }

    pub fn set_hang_duration(&self, hang: Duration) {
        *locked(&self.hang_duration) = Some(hang);
    }

    /// The sentence of a refusal or a cancellation.
    pub fn reason_or(&self, usual: &str) -> String {
        locked(&self.reason).clone().unwrap_or_else(|| usual.to_owned())
    }

    /// Sets the sentence of refusals and cancellations; an empty one brings the usual ones back.
    pub fn set_reason(&self, reason: String) {
        *locked(&self.reason) = Some(reason).filter(|reason| !reason.is_empty());
    }

    /// Wakes those who wait until a release is withdrawn. Must not be called while the orders are locked.
    pub fn announce_withdrawal(&self) {
        self.withdrawals.send_replace(());
    }

    /// Waits until a release is withdrawn.
    pub async fn until_withdrawn(&self, partner: &str, id: &str) {
        let is_withdrawn = || self.orders().get(partner, id).is_none_or(|order| order.withdrawn);
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.withdrawals.subscribe().wait_for(|()| is_withdrawn()).await;
    }

    pub fn hold(&self) -> HoldPoint {
        *self.hold.borrow()
    }

    pub fn set_hold(&self, point: HoldPoint) {
        self.hold.send_replace(point);
    }

    /// Waits while orders are held at this point.
    pub async fn pass(&self, point: HoldPoint) {
        // An error would mean that the sender is gone, and it is ours.
        let _ = self.hold.subscribe().wait_for(|hold| *hold != point).await;
    }

    /// Locks the faults; the guard must not be held across an await.
    pub fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        locked(&self.faults)
    }

    /// Locks the orders; the guard must not be held across an await.
    pub fn orders(&self) -> MutexGuard<'_, StationOrders> {
        locked(&self.orders)
    }

    /// Records a call with its order.
    pub fn record(&self, partner: &str, id: &str, call: RecordedCall) {
        if let Some(order) = self.orders().get_mut(partner, id) {
            order.record(call);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

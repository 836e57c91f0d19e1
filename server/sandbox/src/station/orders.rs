//! The orders of the simulated station: each released once, however often it is pushed.

use std::collections::{HashMap, VecDeque};

use domain::quantity::Centi;
use serde::Serialize;
use time::OffsetDateTime;

use super::fault::{PumpKey, StationFault};

/// Orders that are kept; beyond it the oldest one is forgotten once it has ended.
const MAX_KEPT_ORDERS: usize = 2_000;
/// Calls of an order that are kept: its first ones.
const MAX_RECORDED_CALLS: usize = 100;

/// Direction of a call between the station and its partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// The partner calls the station.
    In,
    Out,
}

/// A call and the status of its answer.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedCall {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(rename = "way")]
    pub direction: CallDirection,
    /// Name of the call, or the status that was pushed; with the volume.
    #[serde(rename = "said")]
    pub message: String,
    /// `None` when there was no answer.
    pub status: Option<u16>,
}

/// Progress of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPhase {
    /// Taken; the nozzle hangs, and the release can be withdrawn.
    Waiting,
    Flowing,
    Completed,
    Canceled,
}

impl OrderPhase {
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

/// An order of the simulated station.
#[derive(Clone, Debug, Serialize)]
pub struct StationOrder {
    pub id: String,
    pub station: String,
    pub pump: u16,
    pub fuel: String,
    #[serde(rename = "ordered_centi")]
    pub ordered: Centi,
    /// Dispenses until the nozzle cuts off; `ordered` is a ceiling.
    pub full_tank: bool,
    #[serde(rename = "poured_centi")]
    pub dispensed: Centi,
    pub phase: OrderPhase,
    /// Number of pushes of the paid order.
    #[serde(rename = "asked")]
    pub pushes: u32,
    /// Number of times that fuel was dispensed for it.
    pub released: u32,
    /// Final states that were pushed.
    pub ended_as: Vec<String>,
    /// The calls both ways, in order.
    pub calls: Vec<RecordedCall>,
    #[serde(skip)]
    pub fault: StationFault,
    /// Key of the partner whose order it is.
    #[serde(skip)]
    pub partner: String,
}

impl StationOrder {
    #[must_use]
    pub fn pump_key(&self) -> PumpKey {
        (self.station.clone(), self.pump)
    }

    pub(super) fn record(&mut self, call: RecordedCall) {
        if self.calls.len() < MAX_RECORDED_CALLS {
            self.calls.push(call);
        }
    }
}

/// Outcome of a request to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    Canceled,
    /// Fuel flows, or the order has ended otherwise.
    TooLate,
    Unknown,
}

/// All orders, by the partner's key and the order's id.
#[derive(Debug, Default)]
pub struct StationOrders {
    orders: HashMap<(String, String), StationOrder>,
    /// Oldest first.
    by_age: VecDeque<(String, String)>,
}

impl StationOrders {
    #[must_use]
    pub fn get(&self, partner: &str, id: &str) -> Option<&StationOrder> {
        self.orders.get(&(partner.to_owned(), id.to_owned()))
    }

    pub fn get_mut(&mut self, partner: &str, id: &str) -> Option<&mut StationOrder> {
        self.orders.get_mut(&(partner.to_owned(), id.to_owned()))
    }

    pub fn insert(&mut self, order: StationOrder) {
        let key = (order.partner.clone(), order.id.clone());
        self.by_age.push_back(key.clone());
        self.orders.insert(key, order);
        if self.by_age.len() > MAX_KEPT_ORDERS
            && let Some(oldest) = self.by_age.front()
            && self.orders.get(oldest).is_none_or(|order| order.phase.is_over())
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }

    /// Whether an order is running at this pump.
    #[must_use]
    pub fn is_taken(&self, pump: &PumpKey) -> bool {
        self.orders
            .values()
            .any(|order| !order.phase.is_over() && order.pump == pump.1 && order.station == pump.0)
    }

    /// Withdraws the release while the nozzle hangs.
    pub fn cancel(&mut self, partner: &str, id: &str) -> CancelOutcome {
        match self.get_mut(partner, id) {
            None => CancelOutcome::Unknown,
            Some(order) if matches!(order.phase, OrderPhase::Waiting | OrderPhase::Canceled) => {
                order.phase = OrderPhase::Canceled;
                CancelOutcome::Canceled
            }
            Some(_) => CancelOutcome::TooLate,
        }
    }

    /// Iterates over the orders, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &StationOrder> {
        self.by_age.iter().rev().filter_map(|key| self.orders.get(key))
    }
}

//! The releases of the simulated station. Each has an id of its own and is carried out once, however often it is pushed.
//! Several may be of one customer's order: the station knows nothing of that.

use std::collections::{HashMap, VecDeque};

use domain::quantity::Centi;
use serde::Serialize;
use time::OffsetDateTime;

use super::fault::{PumpKey, StationFault};

/// Orders that are kept; beyond it the oldest one is forgotten once it has ended.
const MAX_KEPT_ORDERS: usize = 2_000;
/// Calls of an order that are kept: its first ones.
const MAX_RECORDED_CALLS: usize = 100;
/// Refused releases that are kept: the last ones.
const MAX_KEPT_REFUSALS: usize = 100;

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
    /// Cancelled by the station, or withdrawn. The pump is free again.
    Canceled,
}

impl OrderPhase {
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

/// A release that the simulated station has taken: an order to it, whatever it is to the partner.
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
    /// Whether it ended because the partner withdrew it.
    pub withdrawn: bool,
    /// Whether later calls about it find nothing.
    #[serde(skip)]
    pub forgotten: bool,
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

    /// Whether somebody at the pump gets fuel under it: the partner has permitted it, and it is not over.
    pub(super) fn is_usable(&self) -> bool {
        let permits = |call: &RecordedCall| {
            call.direction == CallDirection::Out && call.message == "accept" && call.status == Some(200)
        };
        !self.phase.is_over() && (self.phase == OrderPhase::Flowing || self.calls.iter().any(permits))
    }

    pub(super) fn record(&mut self, call: RecordedCall) {
        if self.calls.len() < MAX_RECORDED_CALLS {
            self.calls.push(call);
        }
    }
}

/// A release that the station has not taken.
#[derive(Clone, Debug)]
pub struct RefusedRelease {
    pub id: String,
    pub pump: PumpKey,
    /// Status of the answer; `None` when there was none.
    pub status: Option<u16>,
    pub fault: StationFault,
}

/// Outcome of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawalOutcome {
    Withdrawn,
    /// Withdrawn and forgotten; the answer is lost.
    AnswerLost,
    /// Fuel flows, or the order has ended otherwise.
    TooLate,
    /// The nozzle hangs, and the station does not let go of the release.
    Refused,
    Unknown,
}

/// All orders, by the partner's key and the order's id.
#[derive(Debug, Default)]
pub struct StationOrders {
    orders: HashMap<(String, String), StationOrder>,
    /// Oldest first.
    by_age: VecDeque<(String, String)>,
    /// Oldest first.
    refused: VecDeque<RefusedRelease>,
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
        if self.orders.insert(key.clone(), order).is_none() {
            self.by_age.push_back(key);
        }
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

    /// Withdraws a release while the nozzle hangs; `status` is the reason as it was pushed.
    pub fn withdraw(
        &mut self,
        partner: &str,
        id: &str,
        status: String,
        fault: StationFault,
    ) -> WithdrawalOutcome {
        let known = self.get_mut(partner, id).filter(|order| !order.forgotten);
        let Some(order) = known else { return WithdrawalOutcome::Unknown };
        match (order.phase, fault) {
            (OrderPhase::Waiting, StationFault::WithdrawalRefused) => return WithdrawalOutcome::Refused,
            (OrderPhase::Waiting, _) => order.withdrawn = true,
            (OrderPhase::Canceled, _) => {}
            (OrderPhase::Flowing | OrderPhase::Completed, _) => return WithdrawalOutcome::TooLate,
        }
        order.phase = OrderPhase::Canceled;
        order.ended_as.push(status);
        order.forgotten = fault == StationFault::WithdrawalAnswerLost;
        if order.forgotten { WithdrawalOutcome::AnswerLost } else { WithdrawalOutcome::Withdrawn }
    }

    pub fn record_refusal(&mut self, refused: RefusedRelease) {
        self.refused.push_back(refused);
        if self.refused.len() > MAX_KEPT_REFUSALS {
            self.refused.pop_front();
        }
    }

    /// Iterates over the releases that were not taken, newest first.
    pub fn refused(&self) -> impl Iterator<Item = &RefusedRelease> {
        self.refused.iter().rev()
    }

    /// Iterates over the orders, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &StationOrder> {
        self.by_age.iter().rev().filter_map(|key| self.orders.get(key))
    }
}

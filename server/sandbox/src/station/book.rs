//! The orders of the simulated station: each released once, however often it is pushed.

use std::collections::{HashMap, VecDeque};

use domain::quantity::Centi;
use serde::Serialize;
use time::OffsetDateTime;

use super::fault::{Fault, Pump};

/// Ended orders that are remembered.
const REMEMBERED: usize = 2_000;
/// Calls of an order that are remembered: its first ones.
const CALLS: usize = 100;

/// Who calls whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The partner calls the station.
    In,
    Out,
}

/// A call that has been answered, or not.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub way: Way,
    /// A call, or the status that was pushed; with the volume.
    pub said: String,
    pub status: Option<u16>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Taken; the nozzle hangs, and the release can be taken back.
    Waiting,
    Flowing,
    Completed,
    Canceled,
}

impl Phase {
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

/// An order as the station knows it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub id: String,
    pub station: String,
    pub pump: u16,
    pub fuel: String,
    #[serde(rename = "ordered_centi")]
    pub ordered: Centi,
    /// Until the nozzle cuts off; `ordered` is a ceiling.
    pub full_tank: bool,
    #[serde(rename = "poured_centi")]
    pub poured: Centi,
    pub phase: Phase,
    /// How often it was pushed as paid.
    pub asked: u32,
    /// How often the pump was released for it.
    pub released: u32,
    /// Final states that were pushed.
    pub ended_as: Vec<String>,
    /// What was said, both ways, in order.
    pub calls: Vec<Exchange>,
    #[serde(skip)]
    pub fault: Fault,
    /// Whose order it is.
    #[serde(skip)]
    pub partner: String,
}

impl Entry {
    #[must_use]
    pub fn at(&self) -> Pump {
        (self.station.clone(), self.pump)
    }

    pub fn note(&mut self, exchange: Exchange) {
        if self.calls.len() < CALLS {
            self.calls.push(exchange);
        }
    }
}

/// What became of a request to call off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalledOff {
    Done,
    /// Fuel flows, or it has ended otherwise.
    TooLate,
    Unknown,
}

/// All orders, by the partner's key and the order's id.
#[derive(Debug, Default)]
pub struct Book {
    entries: HashMap<(String, String), Entry>,
    /// Oldest first.
    order: VecDeque<(String, String)>,
}

impl Book {
    #[must_use]
    pub fn get(&self, partner: &str, id: &str) -> Option<&Entry> {
        self.entries.get(&(partner.to_owned(), id.to_owned()))
    }

    pub fn get_mut(&mut self, partner: &str, id: &str) -> Option<&mut Entry> {
        self.entries.get_mut(&(partner.to_owned(), id.to_owned()))
    }

    pub fn insert(&mut self, entry: Entry) {
        let key = (entry.partner.clone(), entry.id.clone());
        self.order.push_back(key.clone());
        self.entries.insert(key, entry);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.front()
            && self.entries.get(oldest).is_none_or(|entry| entry.phase.is_over())
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Somebody's order is running at this pump.
    #[must_use]
    pub fn is_taken(&self, pump: &Pump) -> bool {
        self.entries
            .values()
            .any(|entry| !entry.phase.is_over() && entry.pump == pump.1 && entry.station == pump.0)
    }

    /// The release is taken back while the nozzle hangs.
    pub fn call_off(&mut self, partner: &str, id: &str) -> CalledOff {
        match self.get_mut(partner, id) {
            None => CalledOff::Unknown,
            Some(entry) if matches!(entry.phase, Phase::Waiting | Phase::Canceled) => {
                entry.phase = Phase::Canceled;
                CalledOff::Done
            }
            Some(_) => CalledOff::TooLate,
        }
    }

    /// Newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().rev().filter_map(|key| self.entries.get(key))
    }
}

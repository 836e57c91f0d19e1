//! The served catalogue of this instance: the stored stations, and beside them the state of their automation, which
//! changes while the server runs.

use std::{collections::HashSet, sync::Arc};

use domain::{
    geo::Point,
    id::StationId,
    station::{Automation, Offer, Station},
    view::StationView,
};
use time::OffsetDateTime;

use super::{
    present,
    snapshot::{Snapshot, StationEntry},
};

/// A snapshot with the state of the stations' automation. Never changed, only replaced.
#[derive(Clone, Debug)]
pub(super) struct ServedCatalogue {
    pub(super) snapshot: Arc<Snapshot>,
    /// Whether the network's automation offers a full tank.
    full_tank: bool,
    silent: Arc<HashSet<StationId>>,
    /// By position in [`Snapshot::shown`]; empty where no station is silent.
    silent_positions: Vec<bool>,
}

impl ServedCatalogue {
    pub(super) fn new(snapshot: Snapshot, full_tank: bool) -> Self {
        Self { snapshot: Arc::new(snapshot), full_tank, silent: Arc::default(), silent_positions: Vec::new() }
    }

    /// Replaces the snapshot and keeps the state of the automation.
    pub(super) fn with_snapshot(&self, snapshot: Snapshot) -> Self {
        Self { snapshot: Arc::new(snapshot), ..self.clone() }.positioned()
    }

    /// Replaces the silent stations and keeps the snapshot.
    pub(super) fn with_silent(&self, silent: HashSet<StationId>) -> Self {
        Self { silent: Arc::new(silent), ..self.clone() }.positioned()
    }

    fn positioned(mut self) -> Self {
        self.silent_positions = if self.silent.is_empty() {
            Vec::new()
        } else {
            self.snapshot.shown().iter().map(|entry| self.silent.contains(&entry.station.id)).collect()
        };
        self
    }

    /// Stations whose automation does not answer.
    pub(super) fn silent(&self) -> &HashSet<StationId> {
        &self.silent
    }

    /// Whether the station at this position of the snapshot is silent.
    pub(super) fn is_silent_at(&self, position: usize) -> bool {
        self.silent_positions.get(position).copied().unwrap_or_default()
    }

    pub(super) fn automation_at(&self, position: usize) -> Automation {
        Automation { silent: self.is_silent_at(position), full_tank: self.full_tank }
    }

    /// A station that customers see.
    pub(super) fn station(&self, id: &StationId) -> Option<CurrentStation> {
        let entry = self.snapshot.get(id).filter(|entry| entry.station.enabled)?;
        let automation = Automation { silent: self.silent.contains(id), full_tank: self.full_tank };
        Some(CurrentStation { entry: Arc::clone(entry), automation })
    }
}

/// A station that customers see, as it is at one moment. Decisions about a station use one of these.
#[derive(Clone, Debug)]
pub struct CurrentStation {
    entry: Arc<StationEntry>,
    automation: Automation,
}

impl CurrentStation {
    #[must_use]
    pub fn station(&self) -> &Station {
        &self.entry.station
    }

    /// The offer that pricing reads.
    #[must_use]
    pub fn offer(&self) -> Offer<'_> {
        self.entry.station.offer(self.automation)
    }

    /// Whether it is open at an instant. Unknown hours count as open, a closing reason as closed.
    #[must_use]
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        self.entry.is_open(now)
    }

    /// Whether it is open at some time between two instants, by its hours.
    #[must_use]
    pub fn is_open_between(&self, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        self.entry.is_open_between(from, to)
    }

    /// The station's page.
    #[must_use]
    pub fn view(&self, near: Option<Point>, now: OffsetDateTime) -> StationView {
        present::view(&self.entry, self.automation, near, now)
    }
}

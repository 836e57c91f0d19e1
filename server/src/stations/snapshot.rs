//! The whole catalogue in memory at one version: entries and the indexes over them. Never changed, only replaced.

use std::{collections::HashMap, sync::Arc};

use domain::{id::StationId, station::Station};
use time::OffsetDateTime;

use super::{hours::Hours, index::Index, search::Words, store::Loaded};

/// A station with everything about it that is worth working out once.
#[derive(Clone, Debug)]
pub struct Entry {
    pub station: Station,
    pub hours: Hours,
    pub updated_at: OffsetDateTime,
}

/// All stations at one version of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub version: i64,
    /// By id.
    all: HashMap<StationId, Arc<Entry>>,
    /// Those that customers see, ordered by name; the indexes name them by position.
    shown: Vec<Arc<Entry>>,
    pub(super) index: Index,
    pub(super) words: Words,
}

impl Snapshot {
    /// Builds a snapshot; what has not changed since `before` is taken over as it was parsed.
    #[must_use]
    pub fn new(loaded: Loaded, before: &Self) -> Self {
        let entries: Vec<Arc<Entry>> = loaded
            .stations
            .into_iter()
            .map(|stored| match before.all.get(&stored.station.id) {
                Some(same) if same.station == stored.station && same.updated_at == stored.updated_at => {
                    Arc::clone(same)
                }
                _ => Arc::new(Entry {
                    hours: hours_of(&stored.station),
                    station: stored.station,
                    updated_at: stored.updated_at,
                }),
            })
            .collect();
        let mut shown: Vec<_> = entries.iter().filter(|entry| entry.station.enabled).cloned().collect();
        shown.sort_by(|a, b| (&a.station.name, &a.station.id).cmp(&(&b.station.name, &b.station.id)));
        Self {
            version: loaded.version,
            index: Index::new(shown.iter().map(|entry| entry.station.point)),
            words: Words::new(shown.iter().map(|entry| &entry.station)),
            all: entries.into_iter().map(|entry| (entry.station.id.clone(), entry)).collect(),
            shown,
        }
    }

    /// A station by id, also one that customers do not see.
    #[must_use]
    pub fn get(&self, id: &StationId) -> Option<&Arc<Entry>> {
        self.all.get(id)
    }

    /// Every station, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.all.values()
    }

    /// What customers see, ordered by name.
    #[must_use]
    pub fn shown(&self) -> &[Arc<Entry>] {
        &self.shown
    }
}

/// Hours that cannot be read were reported by the import; here they are unknown.
fn hours_of(station: &Station) -> Hours {
    Hours::parse(station.opening_hours.as_deref(), &station.time_zone, station.point)
        .unwrap_or_else(|_| Hours::unknown())
}

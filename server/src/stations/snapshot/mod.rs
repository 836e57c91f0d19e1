//! The whole catalogue in memory at one version: entries and the indexes over them. Never changed, only replaced.

mod entry;
mod name_order;
mod place_index;
mod projection;
mod shared_hours;
mod spelling;
mod table;
mod word_index;

use std::{collections::HashMap, sync::Arc};

use domain::id::StationId;

pub use entry::StationEntry;
use place_index::PlaceIndex;
pub(super) use projection::MapWindow;
#[cfg(test)]
pub(super) use projection::project;
use shared_hours::SharedHours;
use table::FilterTable;
pub(super) use table::{FilterRow, fuel_bit, squared_chord, to_unit_vector};
pub(super) use word_index::Relevance;
use word_index::WordIndex;

use super::store::{ChangedStations, LoadedStations, StoredStation};

/// All stations at one version of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub version: i64,
    /// By id.
    all: HashMap<StationId, Arc<StationEntry>>,
    /// Those that customers see, ordered by name; the indexes name them by position.
    shown: Vec<Arc<StationEntry>>,
    shared: SharedHours,
    pub(super) table: FilterTable,
    pub(super) places: PlaceIndex,
    pub(super) words: Arc<WordIndex>,
}

impl Snapshot {
    /// Builds a snapshot of all stations.
    #[must_use]
    pub fn new(loaded: LoadedStations) -> Self {
        let all = ChangedStations { version: loaded.version, same: Vec::new(), read: loaded.stations };
        Self::after(&Self::default(), all)
    }

    /// Builds a snapshot from what has changed since this one; the rest is reused as it was parsed.
    #[must_use]
    pub fn after(before: &Self, changed: ChangedStations) -> Self {
        let mut shared = before.shared.clone();
        let version = changed.version;
        let entries = entries(changed, before, &mut shared);
        let mut shown: Vec<_> = entries.iter().filter(|entry| entry.station.enabled).cloned().collect();
        shown.sort_by(|a, b| {
            name_order::compare(&a.station.name, &b.station.name)
                .then_with(|| a.station.id.cmp(&b.station.id))
        });
        let table = FilterTable::new(&shown);
        Self {
            version,
            shared: shared.still_used(),
            places: PlaceIndex::new(&table.rows),
            words: words_of(&shown, before),
            table,
            all: entries.into_iter().map(|entry| (entry.station.id.clone(), entry)).collect(),
            shown,
        }
    }

    /// Finds a station by id, also one that customers do not see.
    #[must_use]
    pub fn get(&self, id: &StationId) -> Option<&Arc<StationEntry>> {
        self.all.get(id)
    }

    /// Every station, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<StationEntry>> {
        self.all.values()
    }

    /// Stations that customers see, ordered by name.
    #[must_use]
    pub fn shown(&self) -> &[Arc<StationEntry>] {
        &self.shown
    }
}

fn entries(changed: ChangedStations, before: &Snapshot, shared: &mut SharedHours) -> Vec<Arc<StationEntry>> {
    let same = changed.same.iter().filter_map(|id| before.all.get(id).cloned());
    let read = changed.read.into_iter().map(|StoredStation { station, updated_at }| {
        match before.all.get(&station.id) {
            Some(same) if same.station == station && same.updated_at == updated_at => Arc::clone(same),
            _ => Arc::new(StationEntry { hours: shared.of(&station), station, updated_at }),
        }
    });
    same.chain(read).collect()
}

/// Builds the words again only if some changed: prices change all day, names do not.
fn words_of(shown: &[Arc<StationEntry>], before: &Snapshot) -> Arc<WordIndex> {
    let same = |(a, b): (&Arc<StationEntry>, &Arc<StationEntry>)| {
        Arc::ptr_eq(a, b) || WordIndex::has_same_words(&a.station, &b.station)
    };
    if shown.len() == before.shown.len() && shown.iter().zip(&before.shown).all(same) {
        return Arc::clone(&before.words);
    }
    Arc::new(WordIndex::new(shown.iter().map(|entry| &entry.station)))
}

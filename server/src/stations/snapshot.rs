//! The whole catalogue in memory at one version: entries and the indexes over them. Never changed, only replaced.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    id::StationId,
    station::{Automation, Station},
};
use time::OffsetDateTime;

use super::{
    facts::Table,
    hours::Hours,
    index::Index,
    natural,
    search::Words,
    store::{Changed, Loaded, Stored},
};

/// A station with everything about it that is worth working out once.
#[derive(Clone, Debug)]
pub struct Entry {
    pub station: Station,
    /// Shared by all stations with the same rules.
    pub hours: Arc<Hours>,
    pub updated_at: OffsetDateTime,
}

/// What holds for the automation of the stations; each entry says its part of it.
#[derive(Clone, Debug, Default)]
struct Network {
    /// Does it offer a full tank?
    full_tank: bool,
    /// Whose automation does not answer.
    silent: HashSet<StationId>,
}

impl Network {
    fn of(&self, station: &StationId) -> Automation {
        Automation { silent: self.silent.contains(station), full_tank: self.full_tank }
    }
}

/// All stations at one version of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub version: i64,
    /// By id.
    all: HashMap<StationId, Arc<Entry>>,
    /// Those that customers see, ordered by name; the indexes name them by position.
    shown: Vec<Arc<Entry>>,
    shared: SharedHours,
    automation: Arc<Network>,
    pub(super) table: Table,
    pub(super) index: Index,
    pub(super) words: Arc<Words>,
}

impl Snapshot {
    /// Builds a snapshot of all stations, whose automation offers a full tank or not.
    #[must_use]
    pub fn new(loaded: Loaded, full_tank: bool) -> Self {
        let all = Changed { version: loaded.version, same: Vec::new(), read: loaded.stations };
        let automation = Arc::new(Network { full_tank, ..Network::default() });
        Self::after(&Self { automation, ..Self::default() }, all)
    }

    /// Builds a snapshot from what has changed since this one; the rest is taken over as it was parsed.
    #[must_use]
    pub fn after(before: &Self, changed: Changed) -> Self {
        let mut shared = before.shared.clone();
        let version = changed.version;
        let entries = entries(changed, before, &mut shared);
        Self::of(before, version, entries, shared, Arc::clone(&before.automation))
    }

    /// Builds a snapshot in which the automation of these stations is silent, and that of all others is not.
    #[must_use]
    pub fn with_silent(before: &Self, silent: HashSet<StationId>) -> Self {
        let network = Network { silent, ..Network::clone(&before.automation) };
        let entries = before.all.values().map(|entry| {
            let automation = network.of(&entry.station.id);
            if entry.station.automation == automation {
                return Arc::clone(entry);
            }
            let station = Station { automation, ..entry.station.clone() };
            Arc::new(Entry { station, ..Entry::clone(entry) })
        });
        let entries = entries.collect();
        Self::of(before, before.version, entries, before.shared.clone(), Arc::new(network))
    }

    fn of(
        before: &Self,
        version: i64,
        entries: Vec<Arc<Entry>>,
        shared: SharedHours,
        automation: Arc<Network>,
    ) -> Self {
        let mut shown: Vec<_> = entries.iter().filter(|entry| entry.station.enabled).cloned().collect();
        shown.sort_by(|a, b| {
            natural::compare(&a.station.name, &b.station.name).then_with(|| a.station.id.cmp(&b.station.id))
        });
        let table = Table::new(&shown);
        Self {
            version,
            shared: shared.still_used(),
            automation,
            index: Index::new(&table.rows),
            words: words(&shown, before),
            table,
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

    /// Stations whose automation does not answer.
    #[must_use]
    pub fn silent(&self) -> &HashSet<StationId> {
        &self.automation.silent
    }

    /// What customers see, ordered by name.
    #[must_use]
    pub fn shown(&self) -> &[Arc<Entry>] {
        &self.shown
    }
}

fn entries(changed: Changed, before: &Snapshot, shared: &mut SharedHours) -> Vec<Arc<Entry>> {
    let same = changed.same.iter().filter_map(|id| before.all.get(id).cloned());
    let read = changed.read.into_iter().map(|Stored { mut station, updated_at }| {
        station.automation = before.automation.of(&station.id);
        match before.all.get(&station.id) {
            Some(same) if same.station == station && same.updated_at == updated_at => Arc::clone(same),
            _ => Arc::new(Entry { hours: shared.of(&station), station, updated_at }),
        }
    });
    same.chain(read).collect()
}

/// The words are built anew only where some changed: prices change all day, names do not.
fn words(shown: &[Arc<Entry>], before: &Snapshot) -> Arc<Words> {
    let same = |(a, b): (&Arc<Entry>, &Arc<Entry>)| Arc::ptr_eq(a, b) || Words::same(&a.station, &b.station);
    if shown.len() == before.shown.len() && shown.iter().zip(&before.shown).all(same) {
        return Arc::clone(&before.words);
    }
    Arc::new(Words::new(shown))
}

/// Thirty thousand stations have a few hundred different hours.
#[derive(Clone, Debug, Default)]
struct SharedHours(HashMap<HoursKey, Arc<Hours>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct HoursKey {
    text: Option<String>,
    zone: String,
    /// Of hours that follow the sun: the bits of latitude and longitude.
    place: Option<[u64; 2]>,
}

impl SharedHours {
    /// Hours that cannot be read were reported by the import; here they are unknown.
    fn of(&mut self, station: &Station) -> Arc<Hours> {
        let text = station.opening_hours.as_deref();
        let place = text
            .filter(|text| Hours::follow_the_sun(text))
            .map(|_| [station.point.lat.to_bits(), station.point.lon.to_bits()]);
        let key = HoursKey { text: station.opening_hours.clone(), zone: station.time_zone.clone(), place };
        let hours = self.0.entry(key).or_insert_with(|| {
            let hours = Hours::parse(text, &station.time_zone, station.point);
            Arc::new(hours.unwrap_or_else(|_| Hours::unknown()))
        });
        Arc::clone(hours)
    }

    /// Without those that only this list and the one before it hold.
    fn still_used(mut self) -> Self {
        self.0.retain(|_, hours| Arc::strong_count(hours) > 2);
        self
    }
}

//! Stations as customers search them: a snapshot of the store in memory.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use domain::{
    geo::Point,
    id::StationId,
    refusal::RequestError,
    station::Station,
    view::{FoundStations, StationCounts, StationQuery, StationView},
};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub use super::snapshot::{Entry, Snapshot};
use super::{
    find, present,
    silence::{FeedWord, Signs},
    store::{Known, Store, StoreError},
};

/// The catalogue of this instance. Reading never waits: neither for the database nor for a writer.
#[derive(Debug)]
pub struct Catalogue {
    store: Store,
    snapshot: ArcSwap<Snapshot>,
    /// Held while a new snapshot is made of the present one.
    renewing: tokio::sync::Mutex<()>,
    signs: Mutex<Signs>,
}

/// How soon a change made by another instance is seen; the promise is two seconds.
const POLL_EVERY: Duration = Duration::from_secs(1);

impl Catalogue {
    /// Loads every station of a network whose automation offers a full tank or not.
    ///
    /// # Errors
    /// The database does not answer, or holds what is not a station.
    pub async fn load(store: Store, full_tank: bool) -> Result<Arc<Self>, StoreError> {
        let make = move |loaded| Snapshot::new(loaded, full_tank);
        let snapshot = build(make, store.load_all().await?).await?;
        Ok(Arc::new(Self {
            store,
            snapshot: ArcSwap::from_pointee(snapshot),
            renewing: tokio::sync::Mutex::default(),
            signs: Mutex::default(),
        }))
    }

    /// Where the catalogue is kept, for those who change it. [`Catalogue::refresh`] afterwards.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Merchants in whose name stations sell, beside the one of the network.
    #[must_use]
    pub fn merchants(&self) -> BTreeSet<String> {
        self.snapshot.load().all().filter_map(|entry| entry.station.merchant_id.clone()).collect()
    }

    /// Loads again if the store has changed; `true` when it had. Called by [`Catalogue::watch`], and by whoever has
    /// just written and wants to see it at once.
    ///
    /// # Errors
    /// As [`Catalogue::load`]; the old snapshot stays.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        if self.store.version().await? == self.snapshot.load().version {
            return Ok(false);
        }
        let _renewing = self.renewing.lock().await;
        let before = self.snapshot.load_full();
        let changed = self
            .store
            .load_changed(|id| {
                before
                    .get(id)
                    .map(|entry| Known { updated_at: entry.updated_at, shop_id: entry.station.shop_id })
            })
            .await?;
        let snapshot = build(move |changed| Snapshot::after(&before, changed), changed).await?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(true)
    }

    /// Something was heard of a station's automation that only a working one says: a callback, a pump that is free.
    pub fn heard(&self, station: &StationId, now: OffsetDateTime) {
        self.signs().heard(station, now);
    }

    /// What the feed of the stations' automation has last said. From the first word on, stations may be silent.
    pub(super) fn feed_said(&self, word: FeedWord) {
        self.signs().feed_said(word);
    }

    /// Looks whose automation is silent at this moment, and shows it.
    ///
    /// # Errors
    /// The new snapshot could not be built; the old one stays.
    pub(super) async fn review_silence(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let _renewing = self.renewing.lock().await;
        let before = self.snapshot.load_full();
        let silent = self.signs().silent(before.all().map(|entry| &entry.station.id), now);
        if silent == *before.silent() {
            return Ok(());
        }
        tracing::warn!(
            silent = silent.len(),
            before = before.silent().len(),
            "stations fell silent or came back"
        );
        let snapshot = build(move |silent| Snapshot::with_silent(&before, silent), silent).await?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    fn signs(&self) -> std::sync::MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the store until told to stop. A database that does not answer is logged and asked again.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = interval(POLL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            match self.refresh().await {
                Ok(false) => {}
                Ok(true) => tracing::info!(version = self.snapshot.load().version, "stations reloaded"),
                Err(error) => tracing::warn!(%error, "stations could not be reloaded"),
            }
        }
    }

    /// Stations that match, as a list or as markers of a map; see [`find::find`] for the rules.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] or [`RequestError::Field`] for a query that cannot be meant.
    pub fn find(&self, query: &StationQuery, now: OffsetDateTime) -> Result<FoundStations, RequestError> {
        find::find(&self.snapshot.load(), query, now)
    }

    /// How many stations each value of each filter would leave.
    ///
    /// # Errors
    /// As [`Catalogue::find`].
    pub fn count(&self, query: &StationQuery, now: OffsetDateTime) -> Result<StationCounts, RequestError> {
        find::count(&self.snapshot.load(), query, now)
    }

    /// A station that customers see.
    #[must_use]
    pub fn get(&self, id: &StationId) -> Option<Arc<Entry>> {
        self.snapshot.load().get(id).filter(|entry| entry.station.enabled).cloned()
    }

    /// A station for pricing and placing. `None` where customers see none.
    #[must_use]
    pub fn station(&self, id: &StationId) -> Option<Station> {
        self.get(id).map(|entry| entry.station.clone())
    }

    /// Is the station open at this moment? Unknown hours count as open, a closing reason as closed.
    #[must_use]
    pub fn is_open(&self, entry: &Entry, now: OffsetDateTime) -> bool {
        find::is_open(entry, now)
    }

    /// The page of a station.
    #[must_use]
    pub fn view(&self, entry: &Entry, near: Option<Point>, now: OffsetDateTime) -> StationView {
        present::view(entry, near, now)
    }

    /// The snapshot of this moment: every station, disabled ones included.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
}

/// Builds a snapshot beside the threads that answer customers: a country takes tenths of a second.
async fn build<T: Send + 'static>(
    make: impl FnOnce(T) -> Snapshot + Send + 'static,
    from: T,
) -> Result<Snapshot, StoreError> {
    tokio::task::spawn_blocking(move || make(from)).await.map_err(StoreError::Build)
}

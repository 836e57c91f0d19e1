//! Stations as customers search them: a snapshot of the store in memory.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use domain::{
    id::StationId,
    refusal::RequestError,
    view::{FoundStations, StationCounts, StationQuery},
};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    search,
    served::ServedCatalogue,
    silence::{FeedSnapshot, SignsOfLife},
    store::{KnownStation, StationStore, StationStoreError},
};
pub use super::{
    served::CurrentStation,
    snapshot::{Snapshot, StationEntry},
};
use crate::workers::WorkerContext;

/// The catalogue of this instance. Reading never waits: neither for the database nor for a writer.
#[derive(Debug)]
pub struct Catalogue {
    store: StationStore,
    served: ArcSwap<ServedCatalogue>,
    /// Locked while the served catalogue is replaced.
    refresh_lock: tokio::sync::Mutex<()>,
    signs: Mutex<SignsOfLife>,
}

/// Pause between reads of the version, so that changes of other instances are seen within the promised two seconds.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

impl Catalogue {
    /// Loads every station. `full_tank`: whether the network's automation offers a full tank.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer.
    pub async fn load(store: StationStore, full_tank: bool) -> Result<Arc<Self>, StationStoreError> {
        let snapshot = build(Snapshot::new, store.load_all().await?).await?;
        Ok(Arc::new(Self {
            store,
            served: ArcSwap::from_pointee(ServedCatalogue::new(snapshot, full_tank)),
            refresh_lock: tokio::sync::Mutex::default(),
            signs: Mutex::default(),
        }))
    }

    /// Store of the catalogue, to change it. Call [`Catalogue::refresh`] afterwards.
    pub(in crate::stations) fn store(&self) -> &StationStore {
        &self.store
    }

    /// Lists the merchants of stations that have their own.
    #[must_use]
    pub fn merchants(&self) -> BTreeSet<String> {
        self.snapshot().all().filter_map(|entry| entry.station.merchant_id.clone()).collect()
    }

    /// Loads the catalogue again if the store has changed; returns whether it had. Called by [`Catalogue::watch`], and
    /// after a write that has to be visible at once.
    ///
    /// # Errors
    /// [`StationStoreError::Database`] if the database does not answer; the old snapshot stays.
    pub async fn refresh(&self) -> Result<bool, StationStoreError> {
        if self.store.version().await? == self.snapshot().version {
            return Ok(false);
        }
        let _guard = self.refresh_lock.lock().await;
        let served = self.served.load_full();
        let before = Arc::clone(&served.snapshot);
        let changed = self
            .store
            .load_changed(|id| {
                before.get(id).map(|entry| KnownStation {
                    updated_at: entry.updated_at,
                    shop_id: entry.station.shop_id,
                })
            })
            .await?;
        let snapshot = build(move |changed| Snapshot::after(&before, changed), changed).await?;
        self.served.store(Arc::new(served.with_snapshot(snapshot)));
        Ok(true)
    }

    /// Records a sign of life of a station's automation: a callback, a pump that it reports as free.
    pub fn record_sign(&self, station: &StationId, now: OffsetDateTime) {
        self.lock_signs().record_sign(station, now);
    }

    /// Records the last report of the stations' feed. From the first one on, stations may be silent.
    pub(super) fn record_feed(&self, feed: FeedSnapshot) {
        self.lock_signs().record_feed(feed);
    }

    /// Finds the stations whose automation is silent at an instant, and serves them as silent.
    pub(super) async fn refresh_silence(&self, now: OffsetDateTime) {
        let _guard = self.refresh_lock.lock().await;
        let before = self.served.load_full();
        let silent = self.lock_signs().silent(before.snapshot.all().map(|entry| &entry.station.id), now);
        if silent == *before.silent() {
            return;
        }
        tracing::warn!(
            silent = silent.len(),
            before = before.silent().len(),
            "stations became silent or answered again"
        );
        self.served.store(Arc::new(before.with_silent(silent)));
    }

    fn lock_signs(&self) -> std::sync::MutexGuard<'_, SignsOfLife> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the store until stopped. A database that does not answer is logged and read again.
    pub async fn watch(self: Arc<Self>, worker: WorkerContext) {
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            worker.beat(POLL_INTERVAL);
            tokio::select! {
                () = worker.shutdown().cancelled() => return,
                _ = ticks.tick() => {}
            }
            match self.refresh().await {
                Ok(false) => {}
                Ok(true) => tracing::info!(version = self.snapshot().version, "stations reloaded"),
                Err(error) => tracing::warn!(%error, "stations could not be reloaded"),
            }
        }
    }

    /// Finds the stations that match, as a list or as markers of a map; see [`search`] for the rules.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] or [`RequestError::Field`] for a query beyond its limits.
    pub fn find(&self, query: &StationQuery, now: OffsetDateTime) -> Result<FoundStations, RequestError> {
        search::find(&self.served.load(), query, now)
    }

    /// Counts the stations that each value of each filter would leave.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] or [`RequestError::Field`] for a query beyond its limits.
    pub fn count(&self, query: &StationQuery, now: OffsetDateTime) -> Result<StationCounts, RequestError> {
        search::count(&self.served.load(), query, now)
    }

    /// Finds a station that customers see, as it is at this moment.
    #[must_use]
    pub fn get(&self, id: &StationId) -> Option<CurrentStation> {
        self.served.load().station(id)
    }

    /// The snapshot of this moment: every station, disabled ones included.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.served.load().snapshot)
    }
}

/// Builds a snapshot beside the threads that answer customers: a country takes tenths of a second.
async fn build<T: Send + 'static>(
    make: impl FnOnce(T) -> Snapshot + Send + 'static,
    from: T,
) -> Result<Snapshot, StationStoreError> {
    tokio::task::spawn_blocking(move || make(from)).await.map_err(StationStoreError::Build)
}

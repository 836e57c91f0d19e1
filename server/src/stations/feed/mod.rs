//! Following the network's station server: its stations, pumps and prices are merged into the catalogue.
//!
//! One of all instances asks after the pause that the station link sets; `kolonka stations refresh` asks at once. The answer is
//! merged by [`merge`] when nobody has changed the catalogue since before the question: an answer that is
//! older than a change must not undo it, so then it is asked for again. Who was named, and when, is recorded for all
//! instances ([`record`]); each shows by it whose automation is silent ([`super::silence`]).

mod merge;
mod record;

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use domain::id::StationId;
use rand::Rng;
use time::OffsetDateTime;

use super::{
    catalogue::Catalogue,
    silence::{FeedPresence, FeedSnapshot},
    store::{ChangeCounts, StationStoreError},
};
use crate::{
    clock::Clock,
    station_link::{FeedAnswer, FeedDoubts, FeedError, ReportedStation, StationFeed},
    workers::WorkerContext,
};
use record::{FeedMark, FeedRecord};

/// Time between two checks whether the feed is due, and what other instances have read.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Largest part by which the pause between questions is shorter or longer: networks' servers are not asked by all their
/// customers in the same second.
const MAX_PAUSE_JITTER: f64 = 0.1;
/// Most tries to merge while others change the catalogue.
const MAX_MERGE_TRIES: usize = 3;

/// The feed of the stations' automation, followed.
pub struct Feed {
    source: Arc<dyn StationFeed>,
    catalogue: Arc<Catalogue>,
    record: FeedRecord,
    clock: Clock,
    pause: Duration,
}

/// The outcome of one question.
#[derive(Debug, Default)]
pub struct FeedReport {
    /// Stations that were named as working.
    pub named: usize,
    pub switched_off: usize,
    /// Named before, and not any more.
    pub gone: usize,
    pub changes: ChangeCounts,
    pub doubts: FeedDoubts,
}

/// Why a feed changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum FeedFailure {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error("the station server names no station at all; the catalogue stays as it is")]
    Nothing,
    #[error(
        "the catalogue was changed while the station server was asked, {MAX_MERGE_TRIES} times; it is asked again later"
    )]
    Moved,
    #[error(transparent)]
    Store(#[from] StationStoreError),
}

/// State of the feed as this instance has read it last.
#[derive(Default)]
struct FeedState {
    mark: Option<FeedMark>,
    presences: Arc<HashMap<StationId, FeedPresence>>,
    /// The doubts that were logged last: the log does not repeat them every minute.
    logged_doubts: String,
}

impl Feed {
    /// Asks `source`, once in a `pause` by all instances together.
    #[must_use]
    pub fn new(
        source: Arc<dyn StationFeed>,
        catalogue: Arc<Catalogue>,
        clock: Clock,
        pause: Duration,
    ) -> Self {
        let record = FeedRecord::new(catalogue.store().database().clone());
        Self { source, catalogue, record, clock, pause }
    }

    /// Reads the feed until the shutdown. A failure is logged, and the feed is asked again.
    pub async fn run(self: Arc<Self>, worker: WorkerContext) {
        let mut state = FeedState::default();
        loop {
            worker.beat(CHECK_INTERVAL);
            if let Err(failure) = self.ask_if_due(&mut state).await {
                tracing::warn!(%failure, "the feed of stations could not be read");
            }
            let heard_at = state.mark.and_then(|mark| mark.heard_at);
            self.catalogue.record_feed(FeedSnapshot { heard_at, stations: Arc::clone(&state.presences) });
            self.catalogue.refresh_silence(self.clock.now()).await;
            tokio::select! {
                () = self.clock.sleep(CHECK_INTERVAL) => {}
                () = worker.shutdown().cancelled() => return,
            }
        }
    }

    /// Asks at once, whoever asked last.
    ///
    /// # Errors
    /// `Feed` or `Nothing` without a usable answer, `Moved` if others kept changing the catalogue, `Store` if the
    /// database does not answer; then nothing has changed, except that a station may be recorded as named.
    pub async fn refresh(&self) -> Result<FeedReport, FeedFailure> {
        let mut tries = 0;
        loop {
            self.catalogue.refresh().await?;
            let before = self.catalogue.snapshot();
            let asked_at = self.clock.now();
            let stations = self.source.stations().await?;
            if stations.rows.is_empty() {
                return Err(FeedFailure::Nothing);
            }
            let mut report = self.record_presences(&stations, asked_at).await?;
            let mut unpriced = FeedDoubts::default();
            let prices = self.source.prices().await;
            let prices = prices.map_err(|error| unpriced.add("prices", format!("{error}; they stay"))).ok();
            let plan = merge::plan(&before, stations, prices);
            let unchanged = plan.unchanged;
            report.doubts = plan.doubts;
            report.doubts.append(unpriced);
            match self.catalogue.store().replace(before.version, plan.stations, asked_at).await? {
                Some(changes) => {
                    report.changes = ChangeCounts { unchanged, ..changes };
                    self.catalogue.refresh().await?;
                    return Ok(report);
                }
                None if tries + 1 == MAX_MERGE_TRIES => return Err(FeedFailure::Moved),
                None => tries += 1,
            }
        }
    }

    async fn ask_if_due(&self, state: &mut FeedState) -> Result<(), FeedFailure> {
        let pause =
            self.pause.mul_f64(rand::rng().random_range(1.0 - MAX_PAUSE_JITTER..=1.0 + MAX_PAUSE_JITTER));
        let asked = if self.record.acquire_lease(self.clock.now(), pause).await? {
            self.refresh().await.map(|report| log_new_doubts(&report, state))
        } else {
            Ok(())
        };
        let mark = self.record.mark().await?;
        if state.mark.is_none_or(|known| known.revision != mark.revision) {
            state.presences = Arc::new(self.record.presences().await?);
        }
        state.mark = Some(mark);
        asked
    }

    /// Records which stations were named.
    async fn record_presences(
        &self,
        reported: &FeedAnswer<ReportedStation>,
        now: OffsetDateTime,
    ) -> Result<FeedReport, StationStoreError> {
        let mark = self.record.mark().await?;
        let before = self.record.presences().await?;
        let mut changed = Vec::new();
        let mut report = FeedReport::default();
        let mut named = HashMap::with_capacity(reported.rows.len());
        for station in &reported.rows {
            let presence = if station.enabled { FeedPresence::On } else { FeedPresence::Off };
            named.insert(&station.id, presence);
            if before.get(&station.id) != Some(&presence) {
                changed.push((station.id.clone(), presence));
            }
        }
        for (id, presence) in before.iter().filter(|(id, _)| !named.contains_key(id)) {
            report.gone += 1;
            if !matches!(presence, FeedPresence::Gone(_)) {
                changed.push((id.clone(), FeedPresence::Gone(mark.heard_at.unwrap_or(now))));
            }
        }
        report.named = named.values().filter(|presence| **presence == FeedPresence::On).count();
        report.switched_off = named.len() - report.named;
        self.record.record_answer(now, &changed).await?;
        Ok(report)
    }
}

/// Logs changes of stations, and doubts that differ from those logged last.
fn log_new_doubts(report: &FeedReport, state: &mut FeedState) {
    let FeedReport { named, switched_off, gone, changes, doubts } = report;
    if changes.inserted + changes.updated > 0 {
        tracing::info!(
            changes.inserted,
            changes.updated,
            named,
            switched_off,
            gone,
            "stations were updated from the feed"
        );
    }
    let text = doubts.to_string();
    if text != state.logged_doubts {
        for doubt in &doubts.listed {
            tracing::warn!(station = doubt.about, doubt.reason, "a row of the feed is doubtful");
        }
        tracing::warn!(doubts.count, "doubtful rows in the feed");
        state.logged_doubts = text;
    }
}

impl fmt::Display for FeedReport {
    /// One line of sums, then a line for each doubt.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChangeCounts { inserted, updated, unchanged } = self.changes;
        writeln!(
            f,
            "named {}, switched off {}, gone {}; inserted {inserted}, updated {updated}, unchanged {unchanged}",
            self.named, self.switched_off, self.gone
        )?;
        self.doubts.fmt(f)
    }
}

//! Stations whose automation is silent.
//!
//! Signs of life of a station are the feed's report that it works, a call of its automation, and its report that a pump
//! is free. Without one for [`SILENCE_TIMEOUT`] no fuel can be paid at the station; goods can. One that the feed reports as
//! switched off is silent until the feed reports it as on. One that the feed never named is silent until another sign.
//!
//! Reports of the feed are shared by all instances (see [`super::feed`]); other signs are known to the instance that
//! received them. Without a feed no station is silent: then its pumps are only asked before every payment.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::id::StationId;
use time::OffsetDateTime;

/// Time without a sign of life after which a station is silent.
pub(super) const SILENCE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The last report of a network's feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FeedSnapshot {
    /// Time of its last answer; `None` before the first.
    pub(super) heard_at: Option<OffsetDateTime>,
    /// Every station that it has ever named.
    pub(super) stations: Arc<HashMap<StationId, FeedPresence>>,
}

/// Whether the feed names a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedPresence {
    On,
    /// Named, and reported as switched off.
    Off,
    /// Not named any more; it was last named at this time.
    Gone(OffsetDateTime),
}

/// Signs of life of stations.
#[derive(Debug, Default)]
pub(super) struct SignsOfLife {
    /// `None` where there is no feed.
    feed: Option<FeedSnapshot>,
    last_signs: HashMap<StationId, OffsetDateTime>,
}

impl SignsOfLife {
    pub(super) fn record_feed(&mut self, feed: FeedSnapshot) {
        self.feed = Some(feed);
    }

    pub(super) fn record_sign(&mut self, station: &StationId, now: OffsetDateTime) {
        self.last_signs.insert(station.clone(), now);
    }

    /// Finds the silent ones among these stations.
    pub(super) fn silent<'a>(
        &self,
        stations: impl Iterator<Item = &'a StationId>,
        now: OffsetDateTime,
    ) -> HashSet<StationId> {
        let Some(feed) = &self.feed else { return HashSet::new() };
        stations.filter(|id| self.is_silent(feed, id, now)).cloned().collect()
    }

    fn is_silent(&self, feed: &FeedSnapshot, id: &StationId, now: OffsetDateTime) -> bool {
        let named = match feed.stations.get(id) {
            Some(FeedPresence::Off) => return true,
            Some(FeedPresence::On) => feed.heard_at,
            Some(FeedPresence::Gone(last)) => Some(*last),
            None => None,
        };
        // A sign from the future came before the clock was set back: nobody knows how old it is.
        let is_fresh = |at: &OffsetDateTime| (now - *at).unsigned_abs() < SILENCE_TIMEOUT;
        !named.as_ref().is_some_and(is_fresh) && !self.last_signs.get(id).is_some_and(is_fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds)
    }

    fn id(name: &str) -> StationId {
        StationId(name.to_owned())
    }

    /// Silent ones among `on`, `off`, `gone` and `other`, by their second letters.
    fn silent(signs: &SignsOfLife, now: i64) -> String {
        let all = ["on", "off", "gone", "other"].map(id);
        let silent = signs.silent(all.iter(), at(now));
        all.iter().filter(|id| silent.contains(id)).filter_map(|id| id.0.chars().nth(1)).collect()
    }

    #[test]
    fn a_station_is_silent_after_five_minutes_without_a_sign_and_back_with_the_next() {
        let mut signs = SignsOfLife::default();
        assert_eq!(silent(&signs, 10_000), "", "nobody is silent where there is no feed");
        let stations = Arc::new(HashMap::from([
            (id("on"), FeedPresence::On),
            (id("off"), FeedPresence::Off),
            (id("gone"), FeedPresence::Gone(at(940))),
        ]));
        signs.record_feed(FeedSnapshot { heard_at: Some(at(1000)), stations: Arc::clone(&stations) });
        assert_eq!(silent(&signs, 1000), "ft");
        assert_eq!(silent(&signs, 1240), "fot", "gone for five minutes");
        assert_eq!(silent(&signs, 1299), "fot");
        assert_eq!(silent(&signs, 1300), "nfot", "the feed does not answer for five minutes");
        for other in ["on", "gone", "other", "off"] {
            signs.record_sign(&id(other), at(1300));
        }
        assert_eq!(
            silent(&signs, 1599),
            "f",
            "a station that is switched off stays so whatever its pumps say"
        );
        assert_eq!(silent(&signs, 1600), "nfot");
        signs.record_feed(FeedSnapshot { heard_at: Some(at(1600)), stations });
        assert_eq!(silent(&signs, 1600), "fot");
    }

    #[test]
    fn signs_of_life_from_the_future_are_void() {
        let mut signs = SignsOfLife::default();
        let stations = Arc::new(HashMap::from([(id("on"), FeedPresence::On)]));
        signs.record_feed(FeedSnapshot { heard_at: Some(at(90_000)), stations });
        signs.record_sign(&id("other"), at(90_000));
        assert_eq!(silent(&signs, 3600), "nfot");
        let silent = silent(&signs, 89_990);
        assert!(!silent.contains(['n', 't']), "clocks differ a little: {silent}");
    }
}

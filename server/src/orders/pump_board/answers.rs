//! The answers of stations about their pumps, and the pages that wait for them.

use std::{collections::HashMap, time::Duration};

use domain::{
    fuel::FuelId,
    id::{PumpNumber, StationId},
    station::PumpState,
};
use time::OffsetDateTime;
use tokio::sync::watch;

/// Shortest time between two asks of a pump.
pub(super) const ASK_INTERVAL: Duration = Duration::from_secs(10);
/// Age at which an answer says nothing of the present any more. A pump that a page waits for has a newer one.
const MAX_ANSWER_AGE: Duration = Duration::from_secs(30);

/// What is known of all stations' pumps.
#[derive(Default)]
pub(super) struct PumpAnswers {
    stations: HashMap<StationId, StationPumps>,
}

#[derive(Default)]
struct StationPumps {
    pumps: HashMap<PumpNumber, AskedPump>,
    /// Number of open pages by grade.
    pages: HashMap<FuelId, usize>,
    /// Signals that an answer differs from the one before.
    changed: watch::Sender<()>,
}

struct AskedPump {
    asked_at: OffsetDateTime,
    /// The last answer, and when it came.
    answer: Option<(PumpState, OffsetDateTime)>,
}

impl PumpAnswers {
    /// The last answer about a pump, unless it is too old.
    pub fn recent(&self, station: &StationId, pump: PumpNumber, now: OffsetDateTime) -> Option<PumpState> {
        self.stations.get(station)?.pumps.get(&pump)?.recent(now)
    }

    /// When a pump was asked last.
    pub fn asked_at(&self, station: &StationId, pump: PumpNumber) -> Option<OffsetDateTime> {
        Some(self.stations.get(station)?.pumps.get(&pump)?.asked_at)
    }

    /// Whether a pump may be asked now.
    pub fn is_due(&self, station: &StationId, pump: PumpNumber, now: OffsetDateTime) -> bool {
        self.asked_at(station, pump).is_none_or(|at| !is_within(at, now, ASK_INTERVAL))
    }

    pub fn record_ask(&mut self, station: &StationId, pump: PumpNumber, now: OffsetDateTime) {
        let pumps = &mut self.stations.entry(station.clone()).or_default().pumps;
        pumps.entry(pump).or_insert(AskedPump { asked_at: now, answer: None }).asked_at = now;
    }

    pub fn record_answer(
        &mut self,
        station: &StationId,
        pump: PumpNumber,
        state: PumpState,
        now: OffsetDateTime,
    ) {
        let station = self.stations.entry(station.clone()).or_default();
        let asked = station.pumps.entry(pump).or_insert(AskedPump { asked_at: now, answer: None });
        let before = asked.recent(now);
        asked.answer = Some((state, now));
        if before != Some(state) {
            station.changed.send_replace(());
        }
    }

    /// Adds a page that waits for the pumps of a grade. Returns the signal of changes at its station.
    pub fn add_page(&mut self, station: &StationId, fuel: FuelId) -> watch::Receiver<()> {
        let station = self.stations.entry(station.clone()).or_default();
        *station.pages.entry(fuel).or_default() += 1;
        station.changed.subscribe()
    }

    pub fn remove_page(&mut self, station: &StationId, fuel: FuelId) {
        let Some(pages) = self.stations.get_mut(station).map(|station| &mut station.pages) else { return };
        if let Some(count) = pages.get_mut(&fuel) {
            *count -= 1;
        }
        pages.retain(|_, count| *count > 0);
    }

    /// The stations for whose pumps pages wait, with the number of pages by grade.
    pub fn watched(&self) -> impl Iterator<Item = (&StationId, &HashMap<FuelId, usize>)> {
        let watched = self.stations.iter().filter(|(_, station)| !station.pages.is_empty());
        watched.map(|(id, station)| (id, &station.pages))
    }

    /// Forgets what is too old to be shown and for which no page waits.
    pub fn forget_old(&mut self, now: OffsetDateTime) {
        for station in self.stations.values_mut() {
            station.pumps.retain(|_, pump| is_within(pump.asked_at, now, MAX_ANSWER_AGE));
        }
        self.stations.retain(|_, station| !station.pages.is_empty() || !station.pumps.is_empty());
    }
}

impl AskedPump {
    fn recent(&self, now: OffsetDateTime) -> Option<PumpState> {
        self.answer.filter(|(_, at)| is_within(*at, now, MAX_ANSWER_AGE)).map(|(state, _)| state)
    }
}

/// Whether two times are closer than this. A time ahead was written before a clock was set back.
fn is_within(at: OffsetDateTime, now: OffsetDateTime, span: Duration) -> bool {
    (now - at).unsigned_abs() < span
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUMP: PumpNumber = PumpNumber(4);

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds)
    }

    fn station() -> StationId {
        StationId("sever-12".to_owned())
    }

    #[test]
    fn a_pump_is_asked_at_most_once_in_ten_seconds_also_when_it_gives_no_answer() {
        let mut answers = PumpAnswers::default();
        let station = station();
        assert!(answers.is_due(&station, PUMP, at(0)), "never asked");
        answers.record_ask(&station, PUMP, at(100));
        for (seconds, is_due) in [(100, false), (109, false), (110, true), (91, false), (90, true)] {
            let due = answers.is_due(&station, PUMP, at(seconds));
            assert_eq!(due, is_due, "asked at 100, looked at {seconds}: a time ahead is a wrong clock's");
        }
        answers.record_answer(&station, PUMP, PumpState::Unknown, at(104));
        assert!(answers.is_due(&station, PUMP, at(110)), "counted from the ask, not from the answer");
        assert!(answers.is_due(&station, PumpNumber(5), at(104)), "each pump for itself");
    }

    #[test]
    fn an_answer_is_shown_for_half_a_minute() {
        let mut answers = PumpAnswers::default();
        let station = station();
        answers.record_answer(&station, PUMP, PumpState::Busy, at(100));
        assert_eq!(answers.recent(&station, PUMP, at(129)), Some(PumpState::Busy));
        assert_eq!(answers.recent(&station, PUMP, at(130)), None);
        answers.forget_old(at(130));
        assert!(answers.stations.is_empty(), "what nobody waits for is forgotten");
    }

    #[test]
    fn pages_learn_of_changed_answers_only_and_are_counted_by_grade() {
        let mut answers = PumpAnswers::default();
        let station = station();
        let mut changed = answers.add_page(&station, FuelId::A95);
        answers.add_page(&station, FuelId::A95);
        for (state, is_signalled) in
            [(PumpState::Free, true), (PumpState::Free, false), (PumpState::Busy, true)]
        {
            answers.record_answer(&station, PUMP, state, at(100));
            assert_eq!(changed.has_changed().unwrap(), is_signalled, "{state:?}");
            changed.mark_unchanged();
        }
        answers.remove_page(&station, FuelId::A95);
        assert_eq!(answers.watched().count(), 1, "the other page is still open");
        answers.remove_page(&station, FuelId::A95);
        assert_eq!(answers.watched().count(), 0);
    }
}

//! The board itself: what is known of pumps now, and asking for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    id::{PumpNumber, StationId},
    locale::Locale,
    order::Order,
    quote::Line,
    station::{Pump, PumpState},
    view::{OrderView, StartPump},
};
use time::OffsetDateTime;

use super::answers::PumpAnswers;
use crate::{
    clock::Clock,
    station_link::{StationCallError, StationLink},
    stations::catalogue::Catalogue,
};

/// The states of pumps, as this instance knows them. Clones share them.
#[derive(Clone)]
pub struct PumpBoard {
    catalogue: Arc<Catalogue>,
    station_link: Arc<dyn StationLink>,
    pub(super) clock: Clock,
    answers: Arc<Mutex<PumpAnswers>>,
}

impl PumpBoard {
    #[must_use]
    pub(in crate::orders) fn new(
        catalogue: Arc<Catalogue>,
        station_link: Arc<dyn StationLink>,
        clock: Clock,
    ) -> Self {
        Self { catalogue, station_link, clock, answers: Arc::default() }
    }

    /// The view of an order with the pumps that may be started, without waiting for their station.
    #[must_use]
    pub fn view(&self, order: &Order, locale: Locale) -> OrderView {
        self.view_with_pumps(order, locale, self.pumps_of(order))
    }

    /// The view of an order with the states of its pumps as they were looked up before.
    #[must_use]
    pub fn view_with_pumps(&self, order: &Order, locale: Locale, pumps: Vec<StartPump>) -> OrderView {
        let view = OrderView::from_order(order, locale);
        // A restart without a link leaves orders behind that were to be started by one.
        if view.start.is_some() && !self.station_link.capabilities().drives_pumps {
            return view.without_link();
        }
        view.with_pumps(pumps)
    }

    /// The pumps that sell the grade of an order, with what is known of them now; none without fuel.
    #[must_use]
    pub fn pumps_of(&self, order: &Order) -> Vec<StartPump> {
        let snapshot = self.catalogue.snapshot();
        let (Some(entry), Some(fuel)) =
            (snapshot.get(&order.station.id), order.fuel_line().and_then(Line::fuel))
        else {
            return Vec::new();
        };
        let (now, answers) = (self.clock.now(), self.answers());
        let of_grade = entry.station.trade.pumps.iter().filter(|pump| pump.fuels.contains(&fuel));
        let state = |pump| known_state(pump, answers.recent(&order.station.id, pump.number, now));
        of_grade.map(|pump| StartPump { number: pump.number, state: state(pump) }).collect()
    }

    /// The state of one pump, as far as it is known now; `None` for a pump that the catalogue does not have.
    #[must_use]
    pub fn state_of(&self, station: &StationId, pump: PumpNumber) -> Option<PumpState> {
        let snapshot = self.catalogue.snapshot();
        let pump = snapshot.get(station)?.station.trade.pump(pump)?;
        Some(known_state(pump, self.answers().recent(station, pump.number, self.clock.now())))
    }

    /// Asks a station for a pump by whose answer something is decided, as [`StationLink::ping`] does, and keeps the
    /// answer.
    ///
    /// # Errors
    /// As [`StationLink::ping`].
    pub async fn ask(&self, station: &StationId, pump: PumpNumber) -> Result<(), StationCallError> {
        let answer = self.refresh(station, pump).await;
        match &answer {
            Ok(()) => tracing::info!(%station, %pump, "a pump is free"),
            Err(error) => tracing::warn!(%station, %pump, %error, "a pump is not known to be free"),
        }
        answer
    }

    /// Asks a station for a pump that pages show.
    pub(in crate::orders) async fn refresh(
        &self,
        station: &StationId,
        pump: PumpNumber,
    ) -> Result<(), StationCallError> {
        if !self.asks_pumps() {
            return self.station_link.ping(station, pump).await;
        }
        self.answers().record_ask(station, pump, self.clock.now());
        let answer = self.station_link.ping(station, pump).await;
        let state = match answer {
            Ok(()) => PumpState::Free,
            Err(StationCallError::Refused(_)) => PumpState::Busy,
            Err(StationCallError::Unreached | StationCallError::Silent) => PumpState::Unknown,
        };
        let now = self.clock.now();
        self.answers().record_answer(station, pump, state, now);
        if answer.is_ok() {
            self.catalogue.record_sign(station, now);
        }
        answer
    }

    /// The pumps that pages wait for and that may be asked again, longest waiting first.
    pub(in crate::orders) fn due(&self) -> Vec<(StationId, PumpNumber)> {
        let snapshot = self.catalogue.snapshot();
        let now = self.clock.now();
        let mut answers = self.answers();
        answers.forget_old(now);
        let mut due: Vec<(Option<OffsetDateTime>, StationId, PumpNumber)> = Vec::new();
        for (id, grades) in answers.watched() {
            let pumps = snapshot.get(id).map_or(&[][..], |entry| &entry.station.trade.pumps);
            let is_watched = |pump: &&Pump| {
                pump.state != PumpState::OutOfOrder && pump.fuels.iter().any(|fuel| grades.contains_key(fuel))
            };
            for pump in pumps.iter().filter(is_watched) {
                if answers.is_due(id, pump.number, now) {
                    due.push((answers.asked_at(id, pump.number), id.clone(), pump.number));
                }
            }
        }
        due.sort_unstable();
        due.into_iter().map(|(_, station, pump)| (station, pump)).collect()
    }

    pub(super) fn asks_pumps(&self) -> bool {
        self.station_link.capabilities().asks_pumps
    }

    pub(super) fn answers(&self) -> MutexGuard<'_, PumpAnswers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state to show: a person who has put a pump out of order knows more than its automation.
fn known_state(pump: &Pump, answer: Option<PumpState>) -> PumpState {
    match pump.state {
        PumpState::OutOfOrder => PumpState::OutOfOrder,
        state => answer.unwrap_or(state),
    }
}

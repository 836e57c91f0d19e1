//! Opening hours in the syntax of OpenStreetMap, read in the station's own time zone.

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use domain::geo::Point;
use opening_hours::{
    Context, OpeningHours, RuleKind,
    localization::{Coordinates, Country, TzLocation},
};
use std::sync::Arc;
use time::OffsetDateTime;

/// Parsed hours. Stations with the same rules share them.
#[derive(Debug)]
pub struct Hours {
    /// `None` if unknown or unreadable. Such a station counts as open.
    rules: Option<OpeningHours<TzLocation<Tz>>>,
    zone: Tz,
    /// The minute of the last question and its answer: rules change by the minute.
    latest: ArcSwapOption<(i64, OpenState)>,
}

/// Whether a station is open, and when that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenState {
    pub open_now: bool,
    /// `HH:MM` in the station's zone when it closes within 24 hours; a break only in the hour before it.
    pub open_until: Option<String>,
    /// `HH:MM` in the station's zone when it is closed and opens within 24 hours.
    pub opens_at: Option<String>,
    /// Closed for less than two hours in all.
    pub on_break: bool,
}

/// Reasons why hours cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HoursError {
    #[error("«{0}» is not a time zone such as Europe/Moscow")]
    Zone(String),
    #[error("«{0}» is not in the opening_hours syntax of OpenStreetMap")]
    Syntax(String),
}

/// Longest text of hours, as in OpenStreetMap itself.
const MAX_HOURS_BYTES: usize = 255;
/// Longest closing that counts as a break: changes of shifts take a quarter of an hour, technical ones up to an hour.
const MAX_BREAK: TimeDelta = TimeDelta::hours(2);
/// Longest time before a break at which it is shown as the end of opening.
const MAX_BREAK_NOTICE: TimeDelta = TimeDelta::hours(1);

impl Hours {
    /// Parses hours. Public holidays (`PH`) are Russia's; sunrise and sunset are those at `point`.
    ///
    /// # Errors
    /// `Zone` or `Syntax` for a zone or a text that cannot be read.
    pub fn parse(text: Option<&str>, zone: &str, point: Point) -> Result<Self, HoursError> {
        let zone: Tz = zone.parse().map_err(|_| HoursError::Zone(zone.to_owned()))?;
        let Some(text) = text else { return Ok(Self::new(None, zone)) };
        let unreadable = || HoursError::Syntax(text.to_owned());
        if text.len() > MAX_HOURS_BYTES {
            return Err(unreadable());
        }
        let rules: OpeningHours = text.parse().map_err(|_| unreadable())?;
        let place = match Coordinates::new(point.lat, point.lon) {
            Some(coordinates) => TzLocation::new(zone).with_coords(coordinates),
            None => TzLocation::new(zone),
        };
        let context = Context::default().with_holidays(Country::RU.holidays()).with_locale(place);
        Ok(Self::new(Some(rules.with_context(context)), zone))
    }

    /// Hours of a station whose text cannot be read: open, nothing else known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new(None, Tz::UTC)
    }

    fn new(rules: Option<OpeningHours<TzLocation<Tz>>>, zone: Tz) -> Self {
        Self { rules, zone, latest: ArcSwapOption::empty() }
    }

    /// Whether a text has times of sunrise or sunset, so that its hours belong to one place.
    #[must_use]
    pub fn has_sun_times(text: &str) -> bool {
        ["sun", "dawn", "dusk"].iter().any(|word| text.contains(word))
    }

    /// Whether the station is open at an instant. `unknown` rules of OpenStreetMap count as open, as do unknown hours.
    #[must_use]
    pub fn is_open_at(&self, now: OffsetDateTime) -> bool {
        self.state_at(now).open_now
    }

    /// Whether the station is open at some time between two instants.
    #[must_use]
    pub fn is_open_between(&self, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        let Some(rules) = &self.rules else { return true };
        let instant = |at: OffsetDateTime| self.zone.timestamp_opt(at.unix_timestamp(), 0).single();
        let (Some(from), Some(to)) = (instant(from), instant(to)) else { return true };
        let closed = closed_intervals(rules, from, to);
        !closed.iter().any(|closing| closing.from <= from && closing.to.is_none_or(|end| end >= to))
    }

    /// Reads whether the station is open, and when that changes.
    #[must_use]
    pub fn state_at(&self, now: OffsetDateTime) -> OpenState {
        let Some(rules) = &self.rules else { return OpenState { open_now: true, ..OpenState::default() } };
        let minute = now.unix_timestamp().div_euclid(60);
        if let Some(latest) = self.latest.load().as_deref()
            && latest.0 == minute
        {
            return latest.1.clone();
        }
        let state = match self.zone.timestamp_opt(minute * 60, 0).single() {
            Some(now) => read_state(rules, now),
            None => OpenState { open_now: true, ..OpenState::default() },
        };
        self.latest.store(Some(Arc::new((minute, state.clone()))));
        state
    }

    /// The time zone of the station.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }
}

/// An interval in which a station stays closed.
struct ClosedInterval {
    from: DateTime<Tz>,
    /// `None` if it ends after the range that was read.
    to: Option<DateTime<Tz>>,
}

impl ClosedInterval {
    fn is_break(&self) -> bool {
        self.to.is_some_and(|to| to - self.from < MAX_BREAK)
    }
}

fn read_state(rules: &OpeningHours<TzLocation<Tz>>, now: DateTime<Tz>) -> OpenState {
    let day = TimeDelta::hours(24);
    let clock = |time: DateTime<Tz>| time.format("%H:%M").to_string();
    let closed_intervals = closed_intervals(rules, now - MAX_BREAK, now + day + MAX_BREAK);
    let present =
        closed_intervals.iter().find(|closing| closing.from <= now && closing.to.is_none_or(|to| to > now));
    if let Some(closing) = present {
        return OpenState {
            open_now: false,
            open_until: None,
            opens_at: closing.to.filter(|to| *to - now <= day).map(clock),
            on_break: closing.is_break(),
        };
    }
    let next = closed_intervals
        .iter()
        .filter(|closing| closing.from > now && closing.from - now <= day)
        .find(|closing| !closing.is_break() || closing.from - now <= MAX_BREAK_NOTICE);
    OpenState { open_now: true, open_until: next.map(|closing| clock(closing.from)), ..OpenState::default() }
}

/// Lists the closed intervals between two moments, in order. The first may have begun before.
fn closed_intervals(
    rules: &OpeningHours<TzLocation<Tz>>,
    from: DateTime<Tz>,
    to: DateTime<Tz>,
) -> Vec<ClosedInterval> {
    let mut closed_intervals: Vec<ClosedInterval> = Vec::new();
    for span in rules.iter_range(from, to).filter(|span| span.kind == RuleKind::Closed) {
        let end = Some(span.range.end).filter(|end| *end < to);
        match closed_intervals.last_mut() {
            // Midnight may cut a closing in two.
            Some(last) if last.to == Some(span.range.start) => last.to = end,
            _ => closed_intervals.push(ClosedInterval { from: span.range.start, to: end }),
        }
    }
    closed_intervals
}

//! Opening hours in the syntax of OpenStreetMap, read in the station's own time zone.

use chrono::{DateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use domain::geo::Point;
use opening_hours::{
    Context, OpeningHours, RuleKind,
    localization::{Coordinates, Country, TzLocation},
};
use time::OffsetDateTime;

/// Hours that were parsed once and are asked often.
#[derive(Clone, Debug)]
pub struct Hours {
    /// `None`: unknown, or written in a way that nobody can read. Such a station counts as open.
    rules: Option<OpeningHours<TzLocation<Tz>>>,
    zone: Tz,
}

/// Whether a station is open, and what comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenState {
    pub open_now: bool,
    /// `HH:MM` in the station's zone when it closes within 24 hours.
    pub open_until: Option<String>,
    /// `HH:MM` in the station's zone when it is closed and opens within 24 hours.
    pub opens_at: Option<String>,
}

/// Why hours are not understood.
#[derive(Debug, thiserror::Error)]
pub enum HoursError {
    #[error("«{0}» is not a time zone such as Europe/Moscow")]
    Zone(String),
    #[error("«{0}» is not in the opening_hours syntax of OpenStreetMap")]
    Syntax(String),
}

/// The longest value that OpenStreetMap itself takes.
const MAX_LENGTH: usize = 255;

impl Hours {
    /// Parses hours. Public holidays (`PH`) are Russia's; sunrise and sunset are those at `point`.
    ///
    /// # Errors
    /// A zone or a text that cannot be read.
    pub fn parse(text: Option<&str>, zone: &str, point: Point) -> Result<Self, HoursError> {
        let zone: Tz = zone.parse().map_err(|_| HoursError::Zone(zone.to_owned()))?;
        let Some(text) = text else { return Ok(Self { rules: None, zone }) };
        let unreadable = || HoursError::Syntax(text.to_owned());
        if text.len() > MAX_LENGTH {
            return Err(unreadable());
        }
        let rules: OpeningHours = text.parse().map_err(|_| unreadable())?;
        let place = match Coordinates::new(point.lat, point.lon) {
            Some(coordinates) => TzLocation::new(zone).with_coords(coordinates),
            None => TzLocation::new(zone),
        };
        let context = Context::default().with_holidays(Country::RU.holidays()).with_locale(place);
        Ok(Self { rules: Some(rules.with_context(context)), zone })
    }

    /// Hours that are kept although they cannot be read: open, nothing else known.
    #[must_use]
    pub fn unknown() -> Self {
        Self { rules: None, zone: Tz::UTC }
    }

    /// Is the station open? `unknown` rules of OpenStreetMap count as open, as do unknown hours.
    #[must_use]
    pub fn open_at(&self, now: OffsetDateTime) -> bool {
        let (Some(rules), Some(now)) = (&self.rules, self.local(now)) else { return true };
        rules.state(now).0 != RuleKind::Closed
    }

    /// Is the station open, until when, or from when on?
    #[must_use]
    pub fn state(&self, now: OffsetDateTime) -> OpenState {
        let (Some(rules), Some(now)) = (&self.rules, self.local(now)) else {
            return OpenState { open_now: true, ..OpenState::default() };
        };
        let open_now = rules.state(now).0 != RuleKind::Closed;
        let horizon = now + TimeDelta::hours(24);
        let change = rules
            .iter_range(now, horizon)
            .find(|span| (span.kind != RuleKind::Closed) != open_now)
            .map(|span| span.range.start.format("%H:%M").to_string());
        match open_now {
            true => OpenState { open_now, open_until: change, opens_at: None },
            false => OpenState { open_now, open_until: None, opens_at: change },
        }
    }

    /// The clock that hangs in the station.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    fn local(&self, now: OffsetDateTime) -> Option<DateTime<Tz>> {
        self.zone.timestamp_opt(now.unix_timestamp(), 0).single()
    }
}

//! Calendar days of reports: from midnight to midnight by the wall clock of a place.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;
use domain::refusal::RequestError;
use opening_hours::localization::Country;
use time::OffsetDateTime;

/// The zone of the ledger where no station is named.
pub const MOSCOW: Tz = Tz::Europe__Moscow;

/// A day on the wall clock of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarDay {
    pub date: NaiveDate,
    pub zone: Tz,
}

impl CalendarDay {
    /// The day of an instant.
    #[must_use]
    pub fn today(zone: Tz, now: OffsetDateTime) -> Self {
        Self { date: to_local(now, zone).date_naive(), zone }
    }

    /// Reads `2026-11-24`, in this form only.
    ///
    /// # Errors
    /// `Malformed` if the text has another form or the date does not exist.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, RequestError> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        date.map(|date| Self { date, zone }).ok_or_else(|| RequestError::Malformed {
            problem: "`date` must be a day such as 2026-11-24".to_owned(),
        })
    }

    /// The range from its midnight to the next one.
    #[must_use]
    pub fn to_range(self) -> (OffsetDateTime, OffsetDateTime) {
        let next = self.date.checked_add_days(Days::new(1)).unwrap_or(self.date);
        (self.midnight(self.date), self.midnight(next))
    }

    /// The beginning of a day: an hour after midnight where the clocks are put forward at midnight.
    fn midnight(&self, date: NaiveDate) -> OffsetDateTime {
        let midnight = date.and_time(NaiveTime::MIN);
        let at =
            self.zone.from_local_datetime(&midnight).earliest().or_else(|| {
                self.zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(1))).earliest()
            });
        at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.timestamp()).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// Converts an instant to the wall clock of a zone.
#[must_use]
pub fn to_local(at: OffsetDateTime, zone: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp(at.unix_timestamp(), 0).unwrap_or_default().with_timezone(&zone)
}

/// The next day on which banks work: weekends and Russia's public holidays are left out. Working Saturdays, which the
/// government appoints year by year, are not known here.
#[must_use]
pub fn next_business_day(date: NaiveDate) -> NaiveDate {
    let holidays = Country::RU.holidays();
    // By law the first eight days of January are free; the table of holidays lacks the last of them.
    let new_year = |day: &NaiveDate| day.month() == 1 && day.day() <= 8;
    let weekend = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    date.iter_days()
        .skip(1)
        .find(|day| !weekend(day) && !new_year(day) && !holidays.get_public().contains(*day))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_transferred_on_the_next_day_on_which_banks_work() {
        for (day, transfer) in [
            ("2026-11-24", "2026-11-25"),
            ("2026-11-27", "2026-11-30"),
            ("2026-12-31", "2027-01-11"),
            ("2026-06-11", "2026-06-15"),
        ] {
            assert_eq!(next_business_day(day.parse().unwrap()).to_string(), transfer, "{day}");
        }
    }
}

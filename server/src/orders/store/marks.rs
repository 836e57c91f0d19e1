//! Facts of a try that the next one needs: they decide about money and pumps.

use sqlx::{Row, any::AnyRow};
use time::OffsetDateTime;

use crate::{
    clock::{from_millis, to_millis},
    queue::TryRecord,
};

/// Facts of the last try of an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Time at which a write was sent whose outcome is unknown.
    pub sent_at: Option<OffsetDateTime>,
    /// The answer to the last try was that its number is known there.
    pub duplicate_seen: bool,
}

impl Marks {
    /// No open write: the last try was answered, or nothing was sent.
    pub const NONE: Self = Self { sent_at: None, duplicate_seen: false };
    pub const DUPLICATE: Self = Self { sent_at: None, duplicate_seen: true };

    /// Marks of a write that was sent, and whose answer has not come yet.
    #[must_use]
    pub fn sent(at: OffsetDateTime) -> Self {
        Self { sent_at: Some(at), duplicate_seen: false }
    }

    /// Reads the marks of a row. One in the future was written before the clock was set back: it counts from now.
    pub(super) fn read(row: &AnyRow, now: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let sent_at: Option<i64> = row.try_get("sent_at")?;
        let duplicate_seen: i64 = row.try_get("duplicate_seen")?;
        let last_error: Option<String> = row.try_get("last_error")?;
        let written = last_error.as_deref().map_or(Self::NONE, previous_version::read);
        let column = sent_at.map(|at| from_millis(at).min(now));
        let text = written.sent_at.filter(|at| column.is_none() || *at <= now).map(|at| at.min(now));
        Ok(Self { sent_at: column.max(text), duplicate_seen: duplicate_seen != 0 || written.duplicate_seen })
    }

    /// The record of a failed try: these marks and its reason.
    pub(in crate::orders) fn record(self, error: &str) -> TryRecord {
        TryRecord { error: Some(previous_version::write(self, error)), facts: self.facts() }
    }

    /// The record of a try with these marks; the row keeps the text that it has.
    pub(in crate::orders) fn record_unchanged(self) -> TryRecord {
        TryRecord { error: None, facts: self.facts() }
    }

    /// The text of a failed try without the marks at its head.
    #[must_use]
    pub fn words_of(last_error: &str) -> &str {
        previous_version::words_of(last_error)
    }

    fn facts(self) -> Vec<(&'static str, Option<i64>)> {
        let sent_at = self.sent_at.map(to_millis);
        vec![("sent_at", sent_at), ("duplicate_seen", Some(i64::from(self.duplicate_seen)))]
    }
}

/// Marks as the version before this one keeps them, at the head of `last_error`. It may run beside this one on the same
/// database: a release whose outcome is unknown must not be sent a second time by either of them. So what it wrote is
/// read, and what it reads is written. The next version drops this module.
mod previous_version {
    use super::{Marks, from_millis, to_millis};

    const UNANSWERED: &str = "unanswered at ";
    const DUPLICATE: &str = "duplicate: ";

    pub(super) fn read(last_error: &str) -> Marks {
        if last_error.starts_with(DUPLICATE) {
            return Marks::DUPLICATE;
        }
        let at = last_error.strip_prefix(UNANSWERED).and_then(|rest| rest.split_once(':'));
        let at = at.and_then(|(millis, _)| millis.parse().ok());
        Marks { sent_at: at.map(from_millis), duplicate_seen: false }
    }

    pub(super) fn write(marks: Marks, error: &str) -> String {
        match marks {
            Marks { sent_at: Some(at), .. } => format!("{UNANSWERED}{}: {error}", to_millis(at)),
            Marks { duplicate_seen: true, .. } => format!("{DUPLICATE}{error}"),
            Marks { .. } => error.to_owned(),
        }
    }

    pub(super) fn words_of(last_error: &str) -> &str {
        if let Some(words) = last_error.strip_prefix(DUPLICATE) {
            return words;
        }
        let rest = last_error.strip_prefix(UNANSWERED).and_then(|rest| rest.split_once(": "));
        rest.filter(|(at, _)| at.parse::<i64>().is_ok()).map_or(last_error, |(_, words)| words)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_the_previous_version_wrote_is_read_and_what_it_reads_is_written() {
            let sent = Marks::sent(from_millis(1_790_000_000_123));
            for (marks, text) in [
                (sent, "unanswered at 1790000000123: no answer"),
                (Marks::DUPLICATE, "duplicate: no answer"),
                (Marks::NONE, "no answer"),
            ] {
                assert_eq!(write(marks, "no answer"), text);
                assert_eq!(read(text), marks);
                assert_eq!(words_of(text), "no answer");
            }
            for text in ["", "unanswered at noon: x", "unanswered at 5", "it is a duplicate: x"] {
                assert_eq!(read(text), Marks::NONE, "{text}");
                assert_eq!(words_of(text), text);
            }
        }
    }
}

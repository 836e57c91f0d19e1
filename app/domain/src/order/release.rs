//! Releases of an order's pump: one at a time, each with a station-side id of its own.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::start::Starter;
use crate::{id::PumpNumber, quantity::Centi};

/// One release: from the start until it has definitely ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Counts from 1. The station-side id is made of it.
    pub number: u32,
    pub pump: PumpNumber,
    pub by: Starter,
    /// Number of the last history entry that whoever started it had seen.
    pub start_seq: u32,
    /// Number of its own history entry.
    pub seq: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it may first have been sent to the station.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub sent_at: Option<OffsetDateTime>,
    /// Largest reading of the meter under it.
    #[serde(default)]
    pub metered: Option<Centi>,
    /// Volume of the end that the station has reported last; a repetition of it is nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispensed: Option<Centi>,
    /// The station cancelled after fuel had flowed, for this reason.
    #[serde(default)]
    pub interrupted: Option<String>,
    #[serde(default)]
    pub end: Option<ReleaseEnd>,
}

/// The definite end of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseEnd {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Number of the history entry that the end made.
    pub seq: u32,
    pub how: ReleaseOutcome,
}

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOutcome {
    /// The station never got it.
    NotSent,
    Refused,
    /// By the station, before fuel flowed.
    Cancelled,
    Withdrawn,
    /// The station reported the end of the fuelling, also of none.
    Dispensed,
    /// A person has closed the order.
    Closed,
}

/// What a release is to a report that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseStanding {
    /// It may still be carried out.
    Open,
    Ended(ReleaseOutcome),
    /// Nobody has started it.
    Unknown,
}

impl Release {
    /// Whether it counts as a try: the station had it, and no fuel came of it.
    #[must_use]
    pub fn is_try(&self) -> bool {
        let failed = |end: ReleaseEnd| {
            matches!(end.how, ReleaseOutcome::Refused | ReleaseOutcome::Cancelled | ReleaseOutcome::Withdrawn)
        };
        self.sent_at.is_some() && self.end.is_some_and(failed)
    }
}

//! Releases of an order's pump: one at a time, each with a station-side id of its own.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Discrepancy, MoneyHold, Order, PaidAt, Status, Step, start::Starter};
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

impl Order {
    /// The release that may still be carried out.
    #[must_use]
    pub fn open_release(&self) -> Option<&Release> {
        self.releases.last().filter(|release| release.end.is_none())
    }

    pub(super) fn open_release_mut(&mut self) -> Option<&mut Release> {
        self.releases.last_mut().filter(|release| release.end.is_none())
    }

    /// Whether a release is open that no station has: nothing can come of it.
    #[must_use]
    pub fn has_unsent_release(&self) -> bool {
        self.open_release().is_some_and(|release| release.sent_at.is_none())
    }

    /// Whether a release is open that may be used at this very moment.
    #[must_use]
    pub fn has_sent_release(&self) -> bool {
        self.open_release().is_some_and(|release| release.sent_at.is_some())
    }

    /// The release with this number.
    #[must_use]
    pub fn release(&self, number: u32) -> Option<&Release> {
        self.releases.iter().find(|release| release.number == number)
    }

    pub(super) fn release_mut(&mut self, number: u32) -> Option<&mut Release> {
        self.releases.iter_mut().find(|release| release.number == number)
    }

    /// What the release of this number is to a report.
    #[must_use]
    pub fn standing_of(&self, number: u32) -> ReleaseStanding {
        match self.release(number).map(|release| release.end) {
            Some(None) => ReleaseStanding::Open,
            Some(Some(end)) => ReleaseStanding::Ended(end.how),
            None => ReleaseStanding::Unknown,
        }
    }

    /// Number of tries that came to nothing.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.releases.iter().filter(|release| release.is_try()).count()
    }

    /// Gives an order of a version that did not number its releases the one that it had, so that it ends as it began,
    /// the time of its payment, and the hold for fuel of which that version had recorded only that it is uncertain.
    #[must_use]
    pub fn upgraded(mut self) -> Self {
        if self.paid_at.is_none()
            && self.settlement.payment.is_some()
            && let Some(paid) = self.step_to(Status::Paid)
        {
            self.paid_at = Some(PaidAt { learned: paid.at, provider: None });
        }
        let is_earlier = self.releases.is_empty() && self.needs_release();
        if let (true, Some(step), Some(pump)) = (is_earlier, self.step_to(Status::Authorising), self.pump) {
            self.hold = self.hold.or_else(|| self.earlier_hold());
            self.releases.push(self.earlier_release(step, pump));
        }
        self
    }

    fn step_to(&self, status: Status) -> Option<Step> {
        self.history.iter().find(|step| step.status == status).copied()
    }

    fn earlier_hold(&self) -> Option<MoneyHold> {
        let is_open = !self.status.is_final() && !self.settlement.is_reversed();
        let uncertain = [Discrepancy::VolumeUnreadable, Discrepancy::FuellingCancelledByStation];
        let recorded = uncertain.into_iter().filter(|_| is_open).find_map(|what| self.discrepancy(what));
        recorded.map(|recorded| MoneyHold { since: recorded.at, cause: recorded.what })
    }

    fn earlier_release(&self, step: Step, pump: PumpNumber) -> Release {
        let last = self.history.last().copied().unwrap_or(step);
        let how = match self.status {
            Status::Completed => ReleaseOutcome::Dispensed,
            _ => ReleaseOutcome::Withdrawn,
        };
        let end = ReleaseEnd { at: last.at, seq: last.seq, how };
        let is_fuelling = self.status == Status::Fuelling;
        let interrupted = self.discrepancy(Discrepancy::FuellingCancelledByStation);
        Release {
            number: 1,
            pump,
            by: Starter::Payment,
            start_seq: step.seq.saturating_sub(1),
            seq: step.seq,
            started_at: step.at,
            sent_at: Some(step.at),
            metered: self.dispensed.filter(|_| is_fuelling),
            dispensed: self.dispensed.filter(|_| self.status == Status::Completed),
            interrupted: interrupted.filter(|_| is_fuelling).map(|recorded| recorded.detail.clone()),
            // Of a payment that was taken back the station may still have to hear.
            end: (self.status.is_final() && !self.settlement.is_reversed()).then_some(end),
        }
    }
}

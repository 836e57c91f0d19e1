//! The releases of an order: which one is open, how many tries there were, and what an earlier version had of them.

use super::{
    Discrepancy, MoneyHold, Order, PaidAt, Status, Step,
    release::{Release, ReleaseEnd, ReleaseOutcome, ReleaseStanding},
    start::Starter,
};
use crate::{id::PumpNumber, quantity::Centi};

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

    /// Whether the station is asked to withdraw the open release of an order that nobody counts on, and has time to answer.
    #[must_use]
    pub fn is_being_withdrawn(&self) -> bool {
        self.has_sent_release() && !self.is_withdrawal_unconfirmed()
    }

    /// Whether the station was asked to withdraw the open release, and did not confirm it.
    pub(super) fn is_withdrawal_unconfirmed(&self) -> bool {
        self.has_sent_release() && self.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some()
    }

    /// Whether the station has accepted the open release, or reported anything of it that comes later.
    #[must_use]
    pub fn has_accepted_release(&self) -> bool {
        let begun = |status| matches!(status, Status::Ready | Status::Fuelling);
        let open = self.open_release();
        open.is_some_and(|open| self.history.iter().any(|step| step.seq > open.seq && begun(step.status)))
    }

    /// Fuel that has flowed under a release, by its number, of an order that was not completed with it.
    pub(super) fn unaccounted_fuel(&self) -> Option<(u32, Centi)> {
        let is_open = !self.status.is_final() || self.status == Status::Completed;
        let flowed = self.releases.iter().filter(|_| !is_open);
        let mut volumes =
            flowed.map(|release| (release.number, release.dispensed.or(release.metered).unwrap_or_default()));
        volumes.find(|(_, volume)| *volume > Centi::ZERO)
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

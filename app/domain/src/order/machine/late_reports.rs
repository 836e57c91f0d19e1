//! Reports of the station about a release on which nobody counts any more: it has ended, its order has, or nobody has
//! started it.
//!
//! Fuel that flows under one is never nobody's: it holds the money that has not left yet, and a person decides.

use super::{MAX_METER_OVERRUN, Outcome, StationReport, Transition};
use crate::{
    order::{Discrepancy, RecordedDiscrepancy, ReleaseOutcome, Status, release::ReleaseEnd},
    quantity::Centi,
};

impl Transition<'_> {
    /// Applies a report about a release that has ended.
    pub(super) fn apply_late_report(
        &mut self,
        number: u32,
        how: ReleaseOutcome,
        report: StationReport,
    ) -> Outcome {
        match report {
            // A start is refused by the answer to the callback, so nothing flows.
            StationReport::Accepted | StationReport::FuellingStarted | StationReport::Refused { .. } => {
                Outcome::Unchanged
            }
            StationReport::Volume(volume) => self.apply_late_volume(number, volume),
            StationReport::Dispensed(volume) => self.apply_late_end(number, how, volume.max(Centi::ZERO)),
            StationReport::DispensedUnreadable { text } => self.apply_late_unreadable(number, how, &text),
        }
    }

    /// Fuel flows under a release that nobody counts on: nothing may start or leave before its end is known.
    fn apply_late_volume(&mut self, number: u32, volume: Centi) -> Outcome {
        let known = self.known_volume(number);
        let overrun = if known > Centi::ZERO { MAX_METER_OVERRUN } else { Centi::ZERO };
        let is_accounted_for = volume.get() <= known.get().saturating_add(overrun.get());
        // The end is known to be unreadable: the reading may help whoever decides.
        let is_undecided_end = self.is_unread_end(number) && self.order.status == Status::Fuelling;
        let Some(release) = self.order.release_mut(number) else { return Outcome::Unchanged };
        if is_accounted_for || volume <= release.metered.unwrap_or_default() {
            return Outcome::Unchanged;
        }
        release.metered = Some(volume);
        if is_undecided_end {
            self.order.dispensed = self.order.dispensed.max(Some(volume));
        } else if !self.has_reports_of(number, Discrepancy::FuelAfterRelease) {
            self.hold(Discrepancy::FuelAfterRelease, report_detail(number, &volume.to_decimal()));
        }
        self.changed([])
    }

    /// The volume under a release that is accounted for: reported as its end, or closed by a person.
    fn known_volume(&self, number: u32) -> Centi {
        let reported = self.order.release(number).and_then(|release| release.dispensed).unwrap_or_default();
        let is_last = self.order.releases.last().is_some_and(|last| last.number == number);
        let closed = self.order.dispensed.filter(|_| is_last && self.order.status == Status::Completed);
        reported.max(closed.unwrap_or_default())
    }

    /// Whether the station has reported the end of a release, and nobody could read it.
    fn is_unread_end(&self, number: u32) -> bool {
        let is_dispensed = |end: ReleaseEnd| end.how == ReleaseOutcome::Dispensed;
        let release = self.order.release(number);
        release.is_some_and(|release| release.dispensed.is_none() && release.end.is_some_and(is_dispensed))
    }

    fn apply_late_end(&mut self, number: u32, how: ReleaseOutcome, volume: Centi) -> Outcome {
        if self.is_unread_end(number) && self.order.status == Status::Fuelling {
            return self.apply_dispensed(number, volume);
        }
        let is_last = self.order.releases.last().is_some_and(|last| last.number == number);
        let is_as_closed =
            is_last && self.order.status == Status::Completed && self.order.dispensed == Some(volume);
        let Some(release) = self.order.release_mut(number) else { return Outcome::Unchanged };
        let metered = release.metered.unwrap_or_default();
        let has_fuelled = matches!(how, ReleaseOutcome::Dispensed | ReleaseOutcome::Closed);
        // Nothing came out, as everybody thought.
        let is_nothing = volume == Centi::ZERO && metered == Centi::ZERO && !has_fuelled;
        if release.dispensed == Some(volume) || is_as_closed || is_nothing {
            return Outcome::Unchanged;
        }
        release.dispensed = Some(volume);
        self.record_late_end(number);
        self.close_reports_of(number, Discrepancy::FuelAfterRelease);
        self.close_reports_of(number, Discrepancy::VolumeUnreadable);
        self.hold(Discrepancy::DispensedAfterEnd, report_detail(number, &volume.to_decimal()));
        self.resolve_hold();
        self.changed([])
    }

    fn apply_late_unreadable(&mut self, number: u32, how: ReleaseOutcome, text: &str) -> Outcome {
        // A repetition of what a person has dealt with since is nothing new.
        if how == ReleaseOutcome::Dispensed && self.is_unread_end(number) {
            return Outcome::Unchanged;
        }
        if !self.hold(Discrepancy::VolumeUnreadable, report_detail(number, text)) {
            return Outcome::Unchanged;
        }
        self.record_late_end(number);
        self.close_reports_of(number, Discrepancy::FuelAfterRelease);
        self.resolve_hold();
        self.changed([])
    }

    /// The station has ended a release by a fuelling, however it was thought to have ended.
    fn record_late_end(&mut self, number: u32) {
        if let Some(end) = self.order.release_mut(number).and_then(|release| release.end.as_mut()) {
            end.how = ReleaseOutcome::Dispensed;
        }
    }

    /// Applies a report about a release that was not withdrawn when its order ended: a person closed it, or its payment
    /// was taken back.
    pub(super) fn apply_report_after_end(&mut self, number: u32, report: StationReport) -> Outcome {
        match report {
            StationReport::Refused { .. } => self.confirm_withdrawal(ReleaseOutcome::Cancelled),
            StationReport::Dispensed(volume) => self.apply_end_after_end(number, volume.max(Centi::ZERO)),
            StationReport::DispensedUnreadable { text } => {
                self.close_release(ReleaseOutcome::Dispensed);
                self.hold(Discrepancy::VolumeUnreadable, report_detail(number, &text));
                self.end_waiting_for_withdrawal()
            }
            StationReport::Volume(volume) => self.apply_late_volume(number, volume),
            StationReport::Accepted | StationReport::FuellingStarted => Outcome::Unchanged,
        }
    }

    fn apply_end_after_end(&mut self, number: u32, volume: Centi) -> Outcome {
        let closed = self.order.dispensed.filter(|_| self.order.status == Status::Completed);
        let is_as_closed = volume == closed.unwrap_or_default();
        if let Some(release) = self.order.release_mut(number) {
            release.dispensed = Some(volume);
        }
        self.close_release(ReleaseOutcome::Dispensed);
        self.close_reports_of(number, Discrepancy::FuelAfterRelease);
        if !is_as_closed {
            self.hold(Discrepancy::DispensedAfterEnd, report_detail(number, &volume.to_decimal()));
        }
        self.end_waiting_for_withdrawal()
    }

    /// Ends the release that was left open at the order's end: nothing keeps the money any more.
    pub(super) fn confirm_withdrawal(&mut self, how: ReleaseOutcome) -> Outcome {
        if self.order.open_release().is_none() {
            return Outcome::Unchanged;
        }
        self.close_release(how);
        self.end_waiting_for_withdrawal()
    }

    fn end_waiting_for_withdrawal(&mut self) -> Outcome {
        let effects = self.resolve_hold();
        self.changed(effects)
    }

    /// Applies a report of fuel for which nobody has started a pump.
    pub(super) fn apply_unknown_report(&mut self, report: StationReport) -> Outcome {
        let is_unpaid = self.order.settlement.payment.is_none();
        let what = if is_unpaid { Discrepancy::DispensedUnpaid } else { Discrepancy::DispensedAfterEnd };
        let is_open = |what| self.order.discrepancy(what).is_some();
        let is_known = |volume: Centi| {
            let detail = volume.to_decimal();
            let before = self.order.discrepancies.iter();
            let mut before = before.filter(|one| one.what == Discrepancy::DispensedUnpaid);
            before.any(|one| one.detail == detail)
        };
        let (what, detail) = match report {
            StationReport::Volume(_) if is_open(what) || is_open(Discrepancy::DispensedUnpaid) => {
                return Outcome::Unchanged;
            }
            StationReport::Dispensed(volume) if is_known(volume) => return Outcome::Unchanged,
            StationReport::Dispensed(volume) | StationReport::Volume(volume) if volume > Centi::ZERO => {
                (what, volume.to_decimal())
            }
            StationReport::DispensedUnreadable { text } => (Discrepancy::VolumeUnreadable, text),
            _ => return Outcome::Unchanged,
        };
        if self.order.fuel_line().is_some() {
            let outcome = self.changed_by_hold(what, detail.clone());
            if is_unpaid && outcome != Outcome::Unchanged {
                self.order.unpaid_fuel = Some(RecordedDiscrepancy { what, at: self.now, detail });
            }
            return outcome;
        }
        // Fuel is no part of what this order's money pays for.
        self.changed_by_discrepancy(what, detail)
    }
}

/// Detail of a report that names a release: which one, and what it says.
pub(super) fn report_detail(number: u32, says: &str) -> String {
    format!("release {number}: {says}")
}

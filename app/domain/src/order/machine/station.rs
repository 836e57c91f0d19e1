//! Reports of the station about a release: of the one that is open, of one that has ended, of one that nobody started.

use super::{Effect, Outcome, RefusalKind, StationReport, Transition, returns};
use crate::{
    order::{Discrepancy, Reason, ReleaseOutcome, ReleaseStanding, StartReason, Status, release::Release},
    quantity::Centi,
};

impl Transition<'_> {
    pub(super) fn apply_report(&mut self, release: u32, report: StationReport) -> Outcome {
        match self.order.standing_of(release) {
            ReleaseStanding::Open if self.order.status.is_final() => {
                self.apply_report_after_end(release, report)
            }
            ReleaseStanding::Open => self.apply_current_report(report),
            ReleaseStanding::Ended(how) => self.apply_late_report(release, how, report),
            ReleaseStanding::Unknown => self.apply_unknown_report(report),
        }
    }

    /// Applies a report about the release that may be carried out.
    fn apply_current_report(&mut self, report: StationReport) -> Outcome {
        use Status as S;
        match (self.order.status, report) {
            (S::Authorising, StationReport::Accepted) => self.move_to(S::Ready, []),
            (S::Authorising | S::Ready, StationReport::Refused { reason, kind }) => {
                self.apply_refusal(reason, kind)
            }
            // How much came out, only the station knows.
            (S::Fuelling, StationReport::Refused { reason, .. }) => {
                if let Some(release) = self.order.open_release_mut() {
                    release.interrupted.get_or_insert_with(|| reason.clone());
                }
                self.changed_by_hold(Discrepancy::FuellingCancelledByStation, reason)
            }
            // Whoever asked to cancel was too late.
            (S::Authorising | S::Ready, StationReport::FuellingStarted) => {
                self.order.cancellation = None;
                self.move_to(S::Fuelling, [])
            }
            (S::Authorising | S::Ready, StationReport::Volume(volume)) => {
                self.order.cancellation = None;
                self.record_reading(volume);
                self.move_to(S::Fuelling, [])
            }
            // Reports may overtake each other: the meter never runs backwards.
            (S::Fuelling, StationReport::Volume(volume))
                if self.order.dispensed.is_none_or(|shown| shown < volume) =>
            {
                self.record_reading(volume);
                self.changed([])
            }
            (_, StationReport::Dispensed(volume)) => self.apply_dispensed(volume.max(Centi::ZERO)),
            (_, StationReport::DispensedUnreadable { text }) => self.apply_unreadable(text),
            _ => Outcome::Unchanged,
        }
    }

    fn apply_refusal(&mut self, reason: String, kind: RefusalKind) -> Outcome {
        let report = (kind == RefusalKind::Callback).then_some(Effect::ReportEnd);
        match kind {
            RefusalKind::Answer => {
                self.end_release(ReleaseOutcome::Refused, Some(StartReason::PumpRefused(reason)), report)
            }
            RefusalKind::Callback => {
                let reason = StartReason::CancelledByStation(reason);
                self.end_release(ReleaseOutcome::Cancelled, Some(reason), report)
            }
            // Neither another pump nor another try helps.
            RefusalKind::SoldOut | RefusalKind::Price => {
                self.close_release(ReleaseOutcome::Refused);
                self.end_and_settle(Status::Unavailable, Reason::StationRefused(reason))
            }
        }
    }

    fn record_reading(&mut self, volume: Centi) {
        let volume = volume.max(Centi::ZERO);
        self.order.dispensed = Some(volume);
        if let Some(release) = self.order.open_release_mut() {
            release.metered = release.metered.max(Some(volume));
        }
    }

    fn changed_by_hold(&mut self, cause: Discrepancy, detail: String) -> Outcome {
        if self.hold(cause, detail) { self.changed([]) } else { Outcome::Unchanged }
    }

    /// Fuel has flowed, and nobody can read how much.
    fn apply_unreadable(&mut self, text: String) -> Outcome {
        if self.order.status == Status::Fuelling {
            return self.changed_by_hold(Discrepancy::VolumeUnreadable, text);
        }
        self.order.cancellation = None;
        let _ = self.move_to(Status::Fuelling, []);
        self.hold(Discrepancy::VolumeUnreadable, text);
        Outcome::Changed(Vec::new())
    }

    /// Applies a report about a release that has ended.
    fn apply_late_report(&mut self, number: u32, how: ReleaseOutcome, report: StationReport) -> Outcome {
        match report {
            // A start is refused by the answer to the callback, so nothing flows.
            StationReport::Accepted | StationReport::FuellingStarted | StationReport::Refused { .. } => {
                Outcome::Unchanged
            }
            StationReport::Volume(volume) => self.apply_late_volume(number, how, volume),
            StationReport::Dispensed(volume) => self.apply_late_end(number, how, volume.max(Centi::ZERO)),
            StationReport::DispensedUnreadable { text } => {
                self.changed_by_hold(Discrepancy::VolumeUnreadable, text)
            }
        }
    }

    /// Fuel flows under a release that nobody counts on: nothing may start or leave before its end is known.
    fn apply_late_volume(&mut self, number: u32, how: ReleaseOutcome, volume: Centi) -> Outcome {
        let is_settled = matches!(how, ReleaseOutcome::Dispensed | ReleaseOutcome::Closed);
        let Some(release) = self.order.release_mut(number) else { return Outcome::Unchanged };
        if is_settled || volume <= release.metered.unwrap_or_default() {
            return Outcome::Unchanged;
        }
        let is_first = release.metered.is_none_or(|metered| metered == Centi::ZERO);
        release.metered = Some(volume);
        if is_first {
            self.hold(Discrepancy::FuelAfterRelease, release_detail(number, volume));
        }
        self.changed([])
    }

    fn apply_late_end(&mut self, number: u32, how: ReleaseOutcome, volume: Centi) -> Outcome {
        let is_last = self.order.releases.last().is_some_and(|last| last.number == number);
        if is_last && self.order.status == Status::Completed && self.order.dispensed == Some(volume) {
            return Outcome::Unchanged;
        }
        let metered = self.order.release(number).and_then(|release| release.metered).unwrap_or_default();
        let has_fuelled = matches!(how, ReleaseOutcome::Dispensed | ReleaseOutcome::Closed);
        // Nothing came out, as everybody thought.
        if volume == Centi::ZERO && metered == Centi::ZERO && !has_fuelled {
            return Outcome::Unchanged;
        }
        self.changed_by_hold(Discrepancy::DispensedAfterEnd, release_detail(number, volume))
    }

    /// Applies a report about a release that was not withdrawn when its order ended: a person closed it, or its payment
    /// was taken back.
    fn apply_report_after_end(&mut self, number: u32, report: StationReport) -> Outcome {
        match report {
            StationReport::Refused { .. } => self.confirm_withdrawal(ReleaseOutcome::Cancelled),
            StationReport::Dispensed(volume) if self.order.dispensed.unwrap_or_default() == volume => {
                self.confirm_withdrawal(ReleaseOutcome::Dispensed)
            }
            StationReport::Dispensed(volume)
                if volume <= Centi::ZERO && self.order.status != Status::Completed =>
            {
                self.confirm_withdrawal(ReleaseOutcome::Dispensed)
            }
            StationReport::Dispensed(volume) => {
                self.close_release(ReleaseOutcome::Dispensed);
                self.hold(Discrepancy::DispensedAfterEnd, release_detail(number, volume));
                self.changed([])
            }
            StationReport::DispensedUnreadable { text } => {
                self.close_release(ReleaseOutcome::Dispensed);
                self.hold(Discrepancy::VolumeUnreadable, text);
                self.changed([])
            }
            StationReport::Volume(volume) => {
                self.apply_late_volume(number, ReleaseOutcome::Withdrawn, volume)
            }
            StationReport::Accepted | StationReport::FuellingStarted => Outcome::Unchanged,
        }
    }

    /// Ends the release that was left open at the order's end: nothing keeps the money any more.
    pub(super) fn confirm_withdrawal(&mut self, how: ReleaseOutcome) -> Outcome {
        if self.order.open_release().is_none() {
            return Outcome::Unchanged;
        }
        self.close_release(how);
        let waits = self.order.hold.is_some_and(|hold| hold.cause == Discrepancy::ReleaseNotWithdrawn);
        let effects = if waits { self.release_hold() } else { Vec::new() };
        self.close_discrepancies(Discrepancy::ReleaseNotWithdrawn);
        self.changed(effects)
    }

    /// Applies a report of fuel for which nobody has started a pump.
    fn apply_unknown_report(&mut self, report: StationReport) -> Outcome {
        let is_unpaid = self.order.settlement.payment.is_none();
        let what = if is_unpaid { Discrepancy::DispensedUnpaid } else { Discrepancy::DispensedAfterEnd };
        match report {
            StationReport::Dispensed(volume) | StationReport::Volume(volume) if volume > Centi::ZERO => {
                if self.order.discrepancy(what).is_some() && matches!(report, StationReport::Volume(_)) {
                    return Outcome::Unchanged;
                }
                self.changed_by_hold(what, volume.to_decimal())
            }
            StationReport::DispensedUnreadable { text } => {
                self.changed_by_hold(Discrepancy::VolumeUnreadable, text)
            }
            _ => Outcome::Unchanged,
        }
    }

    fn apply_dispensed(&mut self, volume: Centi) -> Outcome {
        let metered = self.order.open_release().and_then(|release| release.metered).unwrap_or_default();
        let is_below_meter = volume.get().saturating_add(super::MAX_METER_OVERRUN.get()) < metered.get();
        if volume == Centi::ZERO && self.order.cancellation.is_some() && !is_below_meter {
            return self.end_release(ReleaseOutcome::Dispensed, None, None);
        }
        let report = self.report_effect();
        self.close_release(ReleaseOutcome::Dispensed);
        if self.order.hold.is_some_and(|hold| hold.cause == Discrepancy::FuellingCancelledByStation) {
            // The end that was waited for.
            self.release_hold();
        }
        if is_below_meter {
            let detail = format!("end {}, metered {}", volume.to_decimal(), metered.to_decimal());
            self.hold(Discrepancy::DispensedLessThanMetered, detail);
        }
        self.complete_with_volume(volume, report)
    }

    /// The effect that reports the end of an order to a station that was asked for a release.
    fn report_effect(&self) -> Option<Effect> {
        self.order.releases.last().and_then(sent_report)
    }

    pub(super) fn complete_with_volume(&mut self, volume: Centi, to_station: Option<Effect>) -> Outcome {
        self.order.dispensed = Some(volume);
        self.order.cancellation = None;
        let ordered = self.order.fuel_line().map_or(Centi::ZERO, |line| line.quantity);
        if volume.get() > ordered.get().saturating_add(super::MAX_METER_OVERRUN.get()) {
            self.record_discrepancy(Discrepancy::DispensedMoreThanPaid, volume.to_decimal());
        }
        self.complete(to_station)
    }

    pub(super) fn complete(&mut self, to_station: Option<Effect>) -> Outcome {
        self.order.reason = None;
        self.order.start_reason = None;
        let _ = self.move_to(Status::Completed, []);
        let settle = returns::settle(self.order, self.now);
        Outcome::Changed(to_station.into_iter().chain(settle).collect())
    }
}

fn sent_report(release: &Release) -> Option<Effect> {
    release.sent_at.map(|_| Effect::ReportEnd)
}

/// Detail of a report that names a release: which one, and the volume.
fn release_detail(number: u32, volume: Centi) -> String {
    format!("release {number}: {}", volume.to_decimal())
}

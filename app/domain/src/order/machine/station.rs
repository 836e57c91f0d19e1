//! Reports of the station about the release that is open. Those about others are in [`super::late_reports`].

use super::{
    Canceller, Effect, MAX_METER_OVERRUN, Outcome, RefusalKind, StationReport, Transition,
    late_reports::report_detail, returns,
};
use crate::{
    order::{Discrepancy, Reason, ReleaseOutcome, ReleaseStanding, StartReason, Status},
    quantity::Centi,
};

impl Transition<'_> {
    pub(super) fn apply_report(&mut self, release: u32, report: StationReport) -> Outcome {
        match self.order.standing_of(release) {
            ReleaseStanding::Open if self.order.status.is_final() => {
                self.apply_report_after_end(release, report)
            }
            ReleaseStanding::Open => self.apply_current_report(release, report),
            ReleaseStanding::Ended(how) => self.apply_late_report(release, how, report),
            ReleaseStanding::Unknown => self.apply_unknown_report(report),
        }
    }

    /// Applies a report about the release that may be carried out.
    fn apply_current_report(&mut self, number: u32, report: StationReport) -> Outcome {
        use Status as S;
        match (self.order.status, report) {
            // Of a release that was not requested yet no station can know.
            (S::Authorising, StationReport::Accepted) if self.order.has_sent_release() => {
                self.move_to(S::Ready, [])
            }
            (S::Authorising | S::Ready, StationReport::Refused { reason, kind }) => {
                self.apply_refusal(reason, kind)
            }
            // How much came out, only the station knows.
            (S::Fuelling, StationReport::Refused { reason, .. }) => self.apply_interruption(reason),
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
            (_, StationReport::Dispensed(volume)) => self.apply_dispensed(number, volume.max(Centi::ZERO)),
            (_, StationReport::DispensedUnreadable { text }) => self.apply_unreadable(number, &text),
            _ => Outcome::Unchanged,
        }
    }

    fn apply_refusal(&mut self, reason: String, kind: RefusalKind) -> Outcome {
        // Of a cancellation the station knows from us.
        let is_news = kind == RefusalKind::Callback && self.order.cancellation.is_none();
        let report = is_news.then_some(Effect::ReportEnd);
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
                let is_sold_out = kind == RefusalKind::SoldOut;
                let reason = if is_sold_out { Reason::SoldOut } else { Reason::StationRefused(reason) };
                self.end_and_settle(Status::Unavailable, reason)
            }
        }
    }

    fn apply_interruption(&mut self, reason: String) -> Outcome {
        let Some(release) = self.order.open_release_mut() else { return Outcome::Unchanged };
        let is_first = release.interrupted.is_none();
        if is_first {
            release.interrupted = Some(reason.clone());
        }
        let is_new = self.hold(Discrepancy::FuellingCancelledByStation, reason);
        if is_first || is_new { self.changed([]) } else { Outcome::Unchanged }
    }

    fn record_reading(&mut self, volume: Centi) {
        let volume = volume.max(Centi::ZERO);
        self.order.dispensed = Some(volume);
        if let Some(release) = self.order.open_release_mut() {
            release.metered = release.metered.max(Some(volume));
        }
    }

    pub(super) fn changed_by_hold(&mut self, cause: Discrepancy, detail: String) -> Outcome {
        if self.hold(cause, detail) { self.changed([]) } else { Outcome::Unchanged }
    }

    /// The meter has stopped, and nobody can read where. A person or a readable repetition ends the order.
    fn apply_unreadable(&mut self, number: u32, text: &str) -> Outcome {
        self.close_release(ReleaseOutcome::Dispensed);
        self.order.cancellation = None;
        self.hold(Discrepancy::VolumeUnreadable, report_detail(number, text));
        match self.order.status {
            Status::Fuelling => self.changed([]),
            _ => self.move_to(Status::Fuelling, []),
        }
    }

    /// Applies the end of a fuelling: of the release that is open, or of the last one whose end could not be read.
    pub(super) fn apply_dispensed(&mut self, number: u32, volume: Centi) -> Outcome {
        let release = self.order.release(number);
        let metered = release.and_then(|release| release.metered).unwrap_or_default();
        let was_sent = release.is_some_and(|release| release.sent_at.is_some());
        let is_below_meter = volume.get().saturating_add(MAX_METER_OVERRUN.get()) < metered.get();
        if let Some(release) = self.order.release_mut(number) {
            release.dispensed = Some(volume);
        }
        let is_awaited =
            self.order.cancellation.is_some_and(|cancellation| cancellation.by != Canceller::Clock);
        if volume == Centi::ZERO && is_awaited && !is_below_meter {
            return self.end_release(ReleaseOutcome::Dispensed, None, None);
        }
        self.close_release(ReleaseOutcome::Dispensed);
        self.close_discrepancies(Discrepancy::FuellingCancelledByStation);
        self.close_reports_of(number, Discrepancy::VolumeUnreadable);
        if is_below_meter {
            let detail = format!("end {}, metered {}", volume.to_decimal(), metered.to_decimal());
            self.hold(Discrepancy::DispensedLessThanMetered, detail);
        }
        // The end that was waited for.
        self.resolve_hold();
        self.complete_with_volume(volume, was_sent.then_some(Effect::ReportEnd))
    }

    pub(super) fn complete_with_volume(&mut self, volume: Centi, to_station: Option<Effect>) -> Outcome {
        self.order.dispensed = Some(volume);
        self.order.cancellation = None;
        let ordered = self.order.fuel_line().map_or(Centi::ZERO, |line| line.quantity);
        if volume.get() > ordered.get().saturating_add(MAX_METER_OVERRUN.get()) {
            self.record_discrepancy(Discrepancy::DispensedMoreThanPaid, volume.to_decimal());
        }
        self.complete(to_station)
    }

    pub(super) fn complete(&mut self, to_station: Option<Effect>) -> Outcome {
        self.order.reason = None;
        self.order.start_reason = None;
        self.order.goods_until = None;
        let _ = self.move_to(Status::Completed, []);
        let settle = returns::settle(self.order, self.now);
        Outcome::Changed(to_station.into_iter().chain(settle).collect())
    }
}

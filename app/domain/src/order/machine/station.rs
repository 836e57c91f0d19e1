//! Events that the station reports.

use super::{Effect, Event, MAX_METER_OVERRUN, Outcome, Transition, returns};
use crate::{
    order::{Discrepancy, Reason, Status},
    quantity::Centi,
};

impl Transition<'_> {
    pub(super) fn apply_station_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        let automated = self.order.names_pump();
        match (self.order.status, event) {
            (S::Paid, Event::ReleaseRequested) => self.move_to(S::Authorising, []),

            (S::Authorising, Event::StationAccepted) => self.move_to(S::Ready, []),

            (S::Authorising | S::Ready, Event::StationRefused { .. } | Event::StationSilent)
                if self.order.cancellation.is_some() =>
            {
                self.finish_cancellation()
            }
            (S::Paid | S::Authorising | S::Ready, Event::StationRefused { reason }) => {
                let mut effects = returns::return_everything(self.order);
                effects.extend(self.report_effect());
                self.end(S::Unavailable, Reason::StationRefused(reason), effects)
            }
            (S::Fuelling, Event::StationRefused { reason }) => {
                self.changed_by_discrepancy(Discrepancy::FuellingCancelledByStation, reason)
            }
            (S::Fuelling, Event::EndMissing) if self.order.interruption_reason().is_some() => {
                // A station that cancels and never reported a volume has sold nothing, by the tanker contract
                // (docs/station-link.md).
                let reading = self.order.dispensed.unwrap_or_default();
                self.record_discrepancy(Discrepancy::SettledAtLastReading, reading.to_decimal());
                let report = self.report_effect();
                self.complete_with_volume(reading, report)
            }
            (S::Paid | S::Authorising, Event::StationSilent) => {
                let asked = self.order.status == S::Authorising;
                let mut effects = returns::return_everything(self.order);
                // The money does not wait for a station that may never answer.
                effects.extend(asked.then_some(Effect::WithdrawRelease));
                self.end(S::Unavailable, Reason::StationSilent, effects)
            }
            (S::Ready | S::Fuelling, Event::Overdue) => {
                self.changed_by_discrepancy(Discrepancy::EndNotReported, String::new())
            }

            // Whoever asked to cancel was too late.
            (S::Authorising | S::Ready, Event::FuellingStarted) if automated => {
                self.order.cancellation = None;
                self.move_to(S::Fuelling, [])
            }
            (S::Authorising | S::Ready, Event::Volume(volume)) if automated => {
                self.order.cancellation = None;
                self.order.dispensed = Some(volume.max(Centi::ZERO));
                self.move_to(S::Fuelling, [])
            }
            // Reports may overtake each other: the meter never runs backwards.
            (S::Fuelling, Event::Volume(volume))
                if self.order.dispensed.is_none_or(|shown| shown < volume) =>
            {
                self.order.dispensed = Some(volume.max(Centi::ZERO));
                self.changed([])
            }

            (_, Event::Dispensed(volume)) => self.apply_dispensed(volume.max(Centi::ZERO)),
            (_, Event::DispensedUnreadable { text }) => {
                self.changed_by_discrepancy(Discrepancy::VolumeUnreadable, text)
            }
            _ => Outcome::Unchanged,
        }
    }

    fn apply_dispensed(&mut self, volume: Centi) -> Outcome {
        use Status as S;
        let fuel = self.order.fuel_line().is_some();
        match self.order.status {
            S::Authorising | S::Ready if self.order.cancellation.is_some() && volume == Centi::ZERO => {
                self.finish_cancellation()
            }
            S::Paid | S::Authorising | S::Ready | S::Fuelling if fuel => {
                self.compare_with_meter(volume);
                let report = self.report_effect();
                self.complete_with_volume(volume, report)
            }
            S::Completed if self.order.dispensed == Some(volume) => Outcome::Unchanged,
            // Nothing came out for an order that has ended without fuel: as it should be.
            S::Canceled | S::Expired | S::Unavailable | S::Failed | S::Placing | S::AwaitingPayment
                if volume == Centi::ZERO =>
            {
                Outcome::Unchanged
            }
            S::Placing | S::AwaitingPayment => {
                self.changed_by_discrepancy(Discrepancy::DispensedUnpaid, volume.to_decimal())
            }
            _ => self.changed_by_discrepancy(Discrepancy::DispensedAfterEnd, volume.to_decimal()),
        }
    }

    /// Compares the reported end with the meter. Where the end is lower, the money of the difference is on its way back:
    /// whether it should be, only the station's own record knows.
    fn compare_with_meter(&mut self, end: Centi) {
        let Some(metered) = self.order.dispensed else { return };
        if end.get().saturating_add(MAX_METER_OVERRUN.get()) < metered.get() {
            let detail = format!("end {}, metered {}", end.to_decimal(), metered.to_decimal());
            self.record_discrepancy(Discrepancy::DispensedLessThanMetered, detail);
        }
    }

    /// The effect that reports the end of an order to a station that was asked for a release.
    fn report_effect(&self) -> Option<Effect> {
        self.order.is_release_requested().then_some(Effect::ReportEnd)
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
        let _ = self.move_to(Status::Completed, []);
        let settle = returns::settle(self.order);
        Outcome::Changed(to_station.into_iter().chain(settle).collect())
    }
}

//! Starts of a pump: by the driver, a cashier or the payment, one release at a time.

use time::OffsetDateTime;

use super::{Canceller, Effect, Event, Outcome, Transition};
use crate::{
    id::PumpNumber,
    order::{
        Discrepancy, PaidAt, Reason, Release, ReleaseOutcome, StartMode, StartReason, Starter, Status,
        lifetime::shortened,
        release::ReleaseEnd,
        start::{MAX_START_AGE, MAX_START_TRIES},
    },
};

impl Transition<'_> {
    pub(super) fn apply_start_event(&mut self, event: Event) -> Outcome {
        use Status as S;
        match (self.order.status, event) {
            (_, Event::StartRequested { pump, seq, by }) => self.request_start(pump, seq, by),
            // Fuel has flowed under another release since the start: this one is not sent.
            (S::Authorising, Event::ReleaseRequested)
                if self.order.hold.is_some() && self.order.has_unsent_release() =>
            {
                self.end_release(ReleaseOutcome::NotSent, None, None)
            }
            (S::Authorising, Event::ReleaseRequested) => {
                let now = self.now;
                match self.order.open_release_mut() {
                    Some(release) if release.sent_at.is_none() => release.sent_at = Some(now),
                    _ => return Outcome::Unchanged,
                }
                self.changed([])
            }
            (S::Authorising, Event::ReleaseUnreached { release }) if self.is_open(release) => {
                self.apply_unreached()
            }
            (S::Authorising, Event::StartNotSent { release, reason }) if self.is_open(release) => {
                self.end_release(ReleaseOutcome::NotSent, Some(reason), None)
            }
            (S::Paid, Event::StartTimeOver) if self.is_start_time_over() => {
                self.end_and_settle(S::Canceled, Reason::NotBegun)
            }
            (S::Paid, Event::StartTimeOver) => self.shorten_start_time(),
            (S::Paid, Event::StartOffered)
                if self.order.start_until.is_none() && self.order.needs_release() =>
            {
                self.order.start_until = Some(self.start_until());
                self.changed([])
            }
            (S::Paid | S::Authorising, Event::ReadyByHand) if self.order.by_hand => {
                self.move_to(S::Ready, [])
            }
            _ => Outcome::Unchanged,
        }
    }

    fn is_open(&self, release: u32) -> bool {
        self.order.open_release().is_some_and(|open| open.number == release)
    }

    /// The station has nothing of the open release: whoever cancels has nothing to wait for.
    fn apply_unreached(&mut self) -> Outcome {
        if self.order.cancellation.is_some() {
            return self.end_release(ReleaseOutcome::NotSent, Some(StartReason::TooLate), None);
        }
        match self.order.open_release_mut().and_then(|release| release.sent_at.take()) {
            Some(_) => self.changed([]),
            None => Outcome::Unchanged,
        }
    }

    /// Until when its pump may be started: never later than the end of a reserve, which begins with the payment.
    fn start_until(&self) -> OffsetDateTime {
        let by_rule = self.now + self.rules.ttl;
        self.order.reserve_ends_at().map_or(by_rule, |end| by_rule.min(end))
    }

    /// Marks the order as paid, and starts its pump where the payment is the start.
    pub(super) fn start_fulfilment(
        &mut self,
        mut effects: Vec<Effect>,
        paid_at: Option<OffsetDateTime>,
    ) -> Outcome {
        let _ = self.move_to(Status::Paid, []);
        self.order.paid_at = Some(PaidAt { learned: self.now, provider: paid_at });
        if !self.order.needs_release() {
            // Fuel that is given by hand is not announced: whoever gives it has sold it, or sees the paid order.
            effects.extend(self.order.fuel_line().is_none().then_some(Effect::Announce));
            return self.move_to(Status::Ready, effects);
        }
        self.order.start_until = Some(self.start_until());
        if self.hold_for_earlier_fuel() {
            return Outcome::Changed(effects);
        }
        match (self.order.pump, self.payment_start(paid_at)) {
            (Some(pump), Some(started_at)) => {
                effects.push(self.start_release(
                    pump,
                    self.order.history_seq(),
                    Starter::Payment,
                    started_at,
                ));
                Outcome::Changed(effects)
            }
            _ => Outcome::Changed(effects),
        }
    }

    /// The moment of the start, where the payment is one and is not too old.
    fn payment_start(&self, paid_at: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
        if self.rules.by_payment {
            let started_at = paid_at.unwrap_or(self.now).min(self.now);
            return (self.now - started_at <= MAX_START_AGE).then_some(started_at);
        }
        // Placed in the future: by a clock that was set back since, nobody knows how long ago.
        let is_soon = (self.now - self.order.placed_at).unsigned_abs() <= self.rules.within;
        (self.order.start == StartMode::WhenPaid && is_soon).then_some(self.now)
    }

    fn request_start(&mut self, pump: PumpNumber, seq: u32, by: Starter) -> Outcome {
        if let Some(release) = self.order.open_release() {
            let is_same = release.pump == pump
                && release.start_seq == seq
                && self.order.cancellation.is_none()
                && !self.order.status.is_final();
            return if is_same { Outcome::Unchanged } else { Outcome::Refused };
        }
        if !self.order.is_startable(self.now) || self.order.history_seq() != seq {
            return Outcome::Refused;
        }
        let effect = self.start_release(pump, seq, by, self.now);
        Outcome::Changed(vec![effect])
    }

    fn start_release(
        &mut self,
        pump: PumpNumber,
        start_seq: u32,
        by: Starter,
        started_at: OffsetDateTime,
    ) -> Effect {
        let _ = self.move_to(Status::Authorising, []);
        self.order.pump = Some(pump);
        self.order.start_reason = None;
        let number = self.order.releases.last().map_or(1, |release| release.number + 1);
        self.order.releases.push(Release {
            number,
            pump,
            by,
            start_seq,
            seq: self.order.seq,
            started_at,
            sent_at: None,
            metered: None,
            dispensed: None,
            interrupted: None,
            end: None,
        });
        Effect::RequestRelease
    }

    /// Ends the open release without fuel: the order is cancelled if somebody asked for it, is given up after too many
    /// tries or too late, and otherwise waits for another start. `report` tells the station.
    pub(super) fn end_release(
        &mut self,
        how: ReleaseOutcome,
        reason: Option<StartReason>,
        report: Option<Effect>,
    ) -> Outcome {
        let text = match &reason {
            Some(StartReason::PumpRefused(text) | StartReason::CancelledByStation(text)) => text.clone(),
            _ => String::new(),
        };
        self.close_release(how);
        let cancellation = self.order.cancellation.take().filter(|it| it.by != Canceller::Clock);
        let outcome = if let Some(cancellation) = cancellation {
            self.end_and_settle(Status::Canceled, cancellation.by.into())
        } else if self.order.tries() >= MAX_START_TRIES && self.order.hold.is_none() {
            self.end_and_settle(Status::Unavailable, Reason::TriesUsedUp(text))
        } else if self.is_start_time_over() {
            self.end_and_settle(Status::Canceled, Reason::NotBegun)
        } else {
            self.order.start_reason = reason;
            self.move_to(Status::Paid, [])
        };
        match outcome {
            Outcome::Changed(effects) => Outcome::Changed(report.into_iter().chain(effects).collect()),
            outcome => outcome,
        }
    }

    /// Records the end of the open release. The history entry of the end follows.
    pub(super) fn close_release(&mut self, how: ReleaseOutcome) {
        let (at, seq) = (self.now, self.order.seq + 1);
        if let Some(release) = self.order.open_release_mut() {
            release.end = Some(ReleaseEnd { at, seq, how });
            // What was said of its missing end holds no longer, and must not keep the next one from being withdrawn.
            self.close_discrepancies(Discrepancy::ReleaseNotWithdrawn);
            self.close_discrepancies(Discrepancy::EndNotReported);
        }
    }

    fn shorten_start_time(&mut self) -> Outcome {
        let Some(until) = shortened(self.order.start_until, self.start_until()) else {
            return Outcome::Unchanged;
        };
        self.order.start_until = Some(until);
        self.changed([])
    }

    fn is_start_time_over(&self) -> bool {
        self.order.hold.is_none() && self.order.start_until.is_some_and(|until| until <= self.now)
    }
}

//! Withdrawal of a pump's release.
//!
//! Only a confirmed withdrawal moves money or lets another pump be started: the answer of the call, the callback that
//! follows where the link does not withdraw at once, or a pump that is known to be free when no request can be under way
//! any more. Until then the station is asked again and again, and after half an hour an operator reads of it; after ten
//! minutes where the money of an ended order waits.

use std::{sync::Arc, time::Duration};

use domain::order::{Canceller, Order, Release, machine::Event};
use time::OffsetDateTime;

use super::{
    attempt::{Attempt, STATION_RETRY_PAUSE, UNKNOWN_OUTCOME_WAIT},
    request_release::is_known_free,
};
use crate::{
    clock::Clock,
    orders::{
        OrderChanges, OrderStore, Outbox, StoreError,
        store::{Marks, OutboxEntry, is_void},
        time_limits::{MAX_MOVE_TIME, MAX_STATION_SILENCE},
    },
    station_link::{StationCallError, StationLink, StationRefusal},
};

/// Tries to withdraw a release for which nobody waits; then an operator reads of it.
const MAX_RELEASE_CANCEL_ATTEMPTS: i64 = 5;
/// Pause between two looks at an order whose withdrawal the station has accepted.
const CALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(60);

/// Withdraws the release of an order's pump.
pub(super) struct WithdrawRelease {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub outbox: Outbox,
    pub clock: Clock,
    pub station_link: Arc<dyn StationLink>,
}

/// A withdrawal that somebody or something waits for.
#[derive(Clone, Copy)]
struct Withdrawal {
    /// Since when it is wanted.
    since: OffsetDateTime,
    /// A person waits for the answer.
    is_awaited: bool,
}

impl WithdrawRelease {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        if let Some(release) = release_of_earlier_version(entry, order) {
            return Ok(match self.station_link.withdraw(order, release).await {
                Err(error @ (StationCallError::Unreached | StationCallError::Silent))
                    if entry.attempts < MAX_RELEASE_CANCEL_ATTEMPTS =>
                {
                    Attempt::station_failed(entry, &error, None)
                }
                _ => Attempt::Done,
            });
        }
        let (Some(release), Some(withdrawal)) = (order.open_release(), withdrawal_of(entry, order)) else {
            // It has ended since, or fuelling has begun before we came.
            return Ok(Attempt::Done);
        };
        let asked_at = entry.row.marks.sent_at;
        if !self.withdraws_at_once()
            && let Some(taken_at) = asked_at.filter(|at| is_at_or_after(*at, withdrawal.since))
        {
            return self.await_callback(order, release, withdrawal, taken_at).await;
        }
        // Should this process die during the call, the next try must not take a refusal for the answer to the first.
        if self.withdraws_at_once() && !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        let answer = self.station_link.withdraw(order, release).await;
        // A callback may have overtaken the answer: then nothing is left to wait for.
        let Some(order) = self.store.get(order.id).await? else { return Ok(Attempt::Done) };
        let asked = order.open_release().filter(|open| open.number == release.number);
        match (asked, withdrawal_of(entry, &order)) {
            (Some(release), Some(withdrawal)) => {
                self.learn_answer(entry, &order, release, withdrawal, answer).await
            }
            _ => Ok(Attempt::Done),
        }
    }

    fn withdraws_at_once(&self) -> bool {
        self.station_link.capabilities().withdraws_at_once
    }

    async fn learn_answer(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        release: &Release,
        withdrawal: Withdrawal,
        answer: Result<(), StationCallError>,
    ) -> Result<Attempt, StoreError> {
        let cancel_reason = order.cancel_reason.as_deref();
        let error = match answer {
            Ok(()) if self.withdraws_at_once() => {
                tracing::info!(order.number, cancel_reason, "the station has withdrawn its release");
                return Ok(Attempt::Learned(Event::Withdrawn { release: release.number }));
            }
            Ok(()) => return self.await_callback(order, release, withdrawal, self.clock.now()).await,
            Err(error) => error,
        };
        match error {
            // The station may never have had it, or it is the answer to an earlier try, which was carried out and whose own
            // answer was lost. Without a link nobody was asked, and only a person knows.
            StationCallError::Refused(ref refusal)
                if *refusal != StationRefusal::LeftToCashier
                    && (!order.has_accepted_release() || entry.row.marks.sent_at.is_some()) =>
            {
                self.learn_from_pump(entry, order, release, withdrawal).await
            }
            StationCallError::Refused(refusal) => {
                tracing::warn!(order.number, cancel_reason, reason = %refusal, "the station refused to withdraw its release");
                Ok(Attempt::Learned(Event::WithdrawalRefused { release: release.number }))
            }
            StationCallError::Unreached => {
                self.ask_again(entry, (order, release), withdrawal, &error, entry.row.marks).await
            }
            StationCallError::Silent => {
                let first = entry.row.marks.sent_at.unwrap_or_else(|| self.clock.now());
                let marks = if self.withdraws_at_once() { Marks::sent(first) } else { entry.row.marks };
                self.ask_again(entry, (order, release), withdrawal, &error, marks).await
            }
        }
    }

    async fn ask_again(
        &self,
        entry: &OutboxEntry,
        (order, release): (&Order, &Release),
        withdrawal: Withdrawal,
        error: &StationCallError,
        marks: Marks,
    ) -> Result<Attempt, StoreError> {
        let is_given_up = self.is_given_up(withdrawal);
        if self.is_to_be_shown(order, withdrawal)
            || (!withdrawal.is_awaited && entry.attempts >= MAX_RELEASE_CANCEL_ATTEMPTS)
        {
            self.report_unanswered(order, release).await?;
        }
        // A person who waits is answered soon, or not at all.
        let after = (withdrawal.is_awaited && !is_given_up).then_some(STATION_RETRY_PAUSE);
        Ok(Attempt::Retry { error: Some(error.to_string()), marks, after })
    }

    /// The station has accepted the request, and a callback reports what became of the release. The row waits for it, and
    /// so do the rows behind it: a callback makes them due.
    async fn await_callback(
        &self,
        order: &Order,
        release: &Release,
        withdrawal: Withdrawal,
        taken_at: OffsetDateTime,
    ) -> Result<Attempt, StoreError> {
        let is_given_up = self.is_given_up(withdrawal);
        if self.is_to_be_shown(order, withdrawal) {
            // The nozzle may still be lifted, whoever has cancelled: the money waits, and an operator reads of it.
            self.report_unanswered(order, release).await?;
        }
        Ok(Attempt::Wait {
            reason: Some("the station has accepted the withdrawal, and reports nothing".to_owned()),
            marks: Marks::sent(taken_at),
            after: (!is_given_up).then_some(CALLBACK_POLL_INTERVAL),
        })
    }

    /// The station refuses, and its refusal proves nothing: the release may never have arrived, and may still, or it was
    /// withdrawn by an earlier try. Nothing was sent after the withdrawal was wanted, so once an earlier request cannot be
    /// executed any more, a free pump proves that nothing will flow. Should the station accept meanwhile, its callback is
    /// refused and it cancels itself.
    async fn learn_from_pump(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        release: &Release,
        withdrawal: Withdrawal,
    ) -> Result<Attempt, StoreError> {
        let (wanted_since, marks) = self.count_wait(entry, withdrawal);
        let is_settled = self.clock.now() - wanted_since >= UNKNOWN_OUTCOME_WAIT;
        if is_settled && is_known_free(self.station_link.as_ref(), order, release.pump).await {
            return Ok(Attempt::Learned(Event::Withdrawn { release: release.number }));
        }
        if self.is_to_be_shown(order, withdrawal) {
            self.report_unanswered(order, release).await?;
        }
        Ok(Attempt::Retry {
            error: Some("the station does not know the order, or does not withdraw the release".to_owned()),
            marks,
            after: (!self.is_given_up(withdrawal)).then_some(STATION_RETRY_PAUSE),
        })
    }

    async fn report_unanswered(&self, order: &Order, release: &Release) -> Result<(), StoreError> {
        let event = Event::WithdrawalUnanswered { release: release.number };
        self.changes.apply_within_effect(order.id, event).await?;
        Ok(())
    }

    /// Since when nothing was sent that could still be executed, with the marks for the next try. A withdrawal that was
    /// wanted ahead of now was wanted before the clock was set back, nobody knows how long ago: it counts from the first
    /// try since.
    fn count_wait(&self, entry: &OutboxEntry, withdrawal: Withdrawal) -> (OffsetDateTime, Marks) {
        let (now, marks) = (self.clock.now(), entry.row.marks);
        if !is_void(withdrawal.since, now) {
            return (withdrawal.since, marks);
        }
        let first = marks.sent_at.unwrap_or(now);
        (first, Marks::sent(first))
    }

    /// Whether an operator has to read of it: sooner where decided money waits for it.
    fn is_to_be_shown(&self, order: &Order, withdrawal: Withdrawal) -> bool {
        let holds_money = order.status.is_final() && order.hold.is_some();
        self.is_given_up(withdrawal) || (holds_money && self.clock.now() - withdrawal.since >= MAX_MOVE_TIME)
    }

    /// Whether it is asked less often from now on. At once for one that was wanted before the clock was set back.
    fn is_given_up(&self, withdrawal: Withdrawal) -> bool {
        let now = self.clock.now();
        is_void(withdrawal.since, now) || now - withdrawal.since >= MAX_STATION_SILENCE
    }
}

/// The release of an order that an earlier version ended with this effect; it had no record of the release's end.
fn release_of_earlier_version<'a>(entry: &OutboxEntry, order: &'a Order) -> Option<&'a Release> {
    let ended_with = |release: &&Release| release.end.is_some_and(|end| i64::from(end.seq) == entry.row.seq);
    order.releases.last().filter(ended_with).filter(|_| order.status.is_final())
}

/// The withdrawal that the effect is about; `None` where the release is wanted.
fn withdrawal_of(entry: &OutboxEntry, order: &Order) -> Option<Withdrawal> {
    if let Some(cancellation) = order.cancellation {
        let is_awaited = cancellation.by != Canceller::Clock;
        return Some(Withdrawal { since: cancellation.at, is_awaited });
    }
    let is_over = order.status.is_final() || order.settlement.is_reversed();
    is_over.then_some(Withdrawal { since: entry.row.decided_at, is_awaited: false })
}

/// Whether a time as a row keeps it, in whole milliseconds, is not before another.
fn is_at_or_after(at: OffsetDateTime, other: OffsetDateTime) -> bool {
    other - at < Duration::from_millis(1)
}

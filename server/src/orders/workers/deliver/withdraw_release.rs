//! Withdrawal of a pump's release.
//!
//! While an order is being cancelled the answer decides whether the money is returned: that of the call, or the callback
//! that follows where the link does not withdraw at once. When a person cancels, a station that does not answer for half
//! an hour has lost the order (docs/station-link.md). A station that has released the pump, has accepted the withdrawal,
//! and reports nothing may still dispense fuel: then the money waits.

use std::{sync::Arc, time::Duration};

use domain::order::{
    Cancellation, Order, Status,
    machine::{Canceller, Event},
};
use time::OffsetDateTime;

use super::{
    attempt::{Attempt, STATION_RETRY_PAUSE, UNKNOWN_OUTCOME_WAIT},
    request_release::is_known_free,
};
use crate::{
    clock::Clock,
    orders::{
        OrderChanges, OrderStore, StoreError,
        store::{Marks, OutboxEntry},
        time_limits::MAX_STATION_SILENCE,
    },
    station_link::{StationCallError, StationLink},
};

/// Tries to withdraw the release of an ended order; then it is logged for an operator.
const MAX_RELEASE_CANCEL_ATTEMPTS: i64 = 5;
/// Pause between two looks at an order whose withdrawal the station has accepted.
const CALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(60);

/// Withdraws the release of an order's pump.
pub(super) struct WithdrawRelease {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub clock: Clock,
    pub station_link: Arc<dyn StationLink>,
}

impl WithdrawRelease {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        if !order.status.is_final() && order.cancellation.is_none() && !order.settlement.is_reversed() {
            // Fuelling has begun before we came.
            return Ok(Attempt::Done);
        }
        let is_older_than_end = order.history.last().is_some_and(|step| i64::from(step.seq) > entry.row.seq);
        if order.status.is_final() && is_older_than_end {
            // It has ended since: nothing is left to withdraw, or another row withdraws it.
            return Ok(Attempt::Done);
        }
        // What another kind of link has taken, one that withdraws at once is still asked for.
        if let Some(taken_at) = entry.row.marks.sent_at.filter(|_| !self.withdraws_at_once()) {
            match order.cancellation {
                None => return Ok(Attempt::Done),
                Some(cancellation) if taken_at >= cancellation.at => {
                    return self.await_callback(order, cancellation, taken_at).await;
                }
                // Somebody else has cancelled since: asked again on their behalf.
                Some(_) => {}
            }
        }
        let answer = self.station_link.withdraw(order).await;
        if order.cancellation.is_none() {
            return Ok(withdraw_ended(entry, order, answer));
        }
        // A callback may have overtaken the answer: then nothing is left to wait for.
        let Some(order) = self.store.get(order.id).await? else { return Ok(Attempt::Done) };
        match order.cancellation {
            Some(cancellation) => self.learn_cancellation(entry, &order, cancellation, answer).await,
            None => Ok(Attempt::Done),
        }
    }

    fn withdraws_at_once(&self) -> bool {
        self.station_link.capabilities().withdraws_at_once
    }

    /// Returns what the answer means for an order that is being cancelled.
    async fn learn_cancellation(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        cancellation: Cancellation,
        answer: Result<(), StationCallError>,
    ) -> Result<Attempt, StoreError> {
        let event = match answer {
            Ok(()) if !self.withdraws_at_once() => {
                return self.await_callback(order, cancellation, self.clock.now()).await;
            }
            Ok(()) => Event::Withdrawn,
            Err(StationCallError::Refused(_)) if order.status == Status::Authorising => {
                return Ok(self.withdraw_unaccepted(entry, order, cancellation).await);
            }
            Err(StationCallError::Refused(refusal)) => {
                tracing::warn!(order.number, reason = %refusal, by = ?cancellation.by, "the station refused to withdraw its release");
                Event::WithdrawalRefused
            }
            Err(error) if cancellation.by == Canceller::Clock => {
                // The pump may still be released, and nobody has said that it will not be used.
                if entry.attempts >= MAX_RELEASE_CANCEL_ATTEMPTS {
                    self.changes.apply(order.id, Event::WithdrawalUnanswered).await?;
                }
                return Ok(Attempt::station_failed(entry, &error, None));
            }
            Err(_) if self.is_given_up(cancellation) => Event::StationSilent,
            // A person who waits is answered soon, or not at all.
            Err(error) => return Ok(Attempt::station_failed(entry, &error, Some(STATION_RETRY_PAUSE))),
        };
        Ok(Attempt::Learned(event))
    }

    /// The station has accepted the request, and a callback reports what became of the release. The row waits for it, and
    /// so do the rows behind it: a callback makes them due.
    async fn await_callback(
        &self,
        order: &Order,
        cancellation: Cancellation,
        taken_at: OffsetDateTime,
    ) -> Result<Attempt, StoreError> {
        let is_given_up = self.is_given_up(cancellation);
        if is_given_up {
            if order.status == Status::Authorising && cancellation.by != Canceller::Clock {
                return Ok(Attempt::Learned(Event::StationSilent));
            }
            // The nozzle may still be lifted, whoever has cancelled: the money waits, and an operator reads of it.
            self.changes.apply(order.id, Event::WithdrawalUnanswered).await?;
        }
        Ok(Attempt::Wait {
            reason: Some("the station has accepted the withdrawal, and reports nothing".to_owned()),
            marks: Marks::sent(taken_at),
            after: (!is_given_up).then_some(CALLBACK_POLL_INTERVAL),
        })
    }

    /// A station that has not accepted, and refuses the withdrawal: most likely the request has not arrived, and may still.
    /// Nothing was sent after the cancellation, so once an earlier request cannot be executed any more, a free pump proves
    /// that it never will be. Should the station accept meanwhile, its callback is refused and it cancels itself.
    async fn withdraw_unaccepted(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        cancellation: Cancellation,
    ) -> Attempt {
        let settled = self.clock.now() - cancellation.at >= UNKNOWN_OUTCOME_WAIT;
        let free = match order.pump.filter(|_| settled) {
            Some(pump) => is_known_free(self.station_link.as_ref(), order, pump).await,
            None => false,
        };
        match free {
            true => Attempt::Learned(Event::Withdrawn),
            false if self.is_given_up(cancellation) => Attempt::Learned(Event::StationSilent),
            false => Attempt::Retry {
                error: Some(
                    "the station does not know the order, or does not withdraw the release".to_owned(),
                ),
                marks: entry.row.marks,
                after: Some(STATION_RETRY_PAUSE),
            },
        }
    }

    fn is_given_up(&self, cancellation: Cancellation) -> bool {
        self.clock.now() - cancellation.at >= MAX_STATION_SILENCE
    }
}

/// Returns what the answer means for an order that has ended: nothing but a log line.
fn withdraw_ended(entry: &OutboxEntry, order: &Order, answer: Result<(), StationCallError>) -> Attempt {
    match answer {
        Ok(()) => Attempt::Done,
        Err(error @ (StationCallError::Unreached | StationCallError::Silent))
            if entry.attempts < MAX_RELEASE_CANCEL_ATTEMPTS =>
        {
            Attempt::station_failed(entry, &error, None)
        }
        Err(error) => {
            tracing::error!(order.number, %error, "a release could not be withdrawn");
            Attempt::Done
        }
    }
}

//! The station: asked to release a pump, to take a release back, told of ends, asked to hand goods over.
//!
//! A station cannot be asked what has become of an order, and must not release a pump twice. So a request whose outcome
//! is unknown is waited out, and then the pump is asked: where it is taken, the station's own word is waited for; where
//! it is free, the request never arrived, and the same order is sent again under the same id. This is how two documents
//! agree of which one forbids a second request and the other asks for its repetition.

use std::time::Duration;

use domain::{
    id::PumpNumber,
    order::{
        CallingOff, Order, Status,
        machine::{Canceller, Event},
    },
};

use super::{MAY_STILL_HAPPEN, Tried, sent_unanswered, unanswered};
use crate::{
    orders::{Applied, StoreError, outbox::Job, worker::EffectWorker, workers::STATION_SILENCE},
    station_link::{StationCallError, pump_words},
};

/// A release of an ended order is taken back by so many tries; then an operator reads of it in the log.
const FAREWELLS: i64 = 5;
/// Pauses while a customer stands at the pump.
const ASK_AGAIN: Duration = Duration::from_secs(5);

impl EffectWorker {
    /// Asks the station to release the pump: only for a paid order, after a last look at the pump, and once.
    pub(super) async fn authorise(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        let open = matches!(order.status, Status::Paid | Status::Authorising);
        let Some(pump) = order.pump.filter(|_| open && order.calling_off.is_none()) else {
            return Ok(Tried::Done);
        };
        if order.status == Status::Paid {
            match self.inner.station_link.ping(&order.station.id, pump).await {
                Ok(()) => {}
                Err(StationCallError::Refused(words)) => {
                    let reason = pump_words(words, order.locale);
                    self.apply(order.id, Event::StationRefused { reason }).await?;
                    return Ok(Tried::Done);
                }
                // Nothing has been asked for yet: the customer may call off at once, and half an hour is the end.
                Err(trouble) => return Ok(again(&trouble, Some(ASK_AGAIN))),
            }
        } else if let Some(wait) = self.still_unknown(job, order, pump).await {
            let error = job.last_error.clone().unwrap_or_default();
            return Ok(Tried::Again { error, after: Some(wait) });
        }
        let order = match self.apply(order.id, Event::AuthorisationSent).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(Tried::Done),
        };
        // Called off between the two: the pump is not released any more.
        if order.status != Status::Authorising || order.calling_off.is_some() || !self.note_sent(job).await? {
            return Ok(Tried::Done);
        }
        // What an earlier request of the same order did is not known: then a refusal may mean that very one ("known
        // already", "the pump is taken"), and only the station's word, or its silence for half an hour, moves the money.
        let earlier = sent_unanswered(job).and(job.last_error.clone());
        match self.inner.station_link.authorise(&order).await {
            Ok(()) => Ok(Tried::Done),
            Err(StationCallError::Refused(reason)) if earlier.is_none() => {
                self.apply(order.id, Event::StationRefused { reason }).await?;
                Ok(Tried::Done)
            }
            Err(trouble @ StationCallError::Unreached) => {
                let error = earlier.unwrap_or_else(|| trouble.to_string());
                Ok(Tried::Again { error, after: Some(ASK_AGAIN) })
            }
            Err(trouble @ (StationCallError::Refused(_) | StationCallError::Silent)) => {
                let now = self.inner.store.get(order.id).await?;
                let waits = |now: Order| now.status == Status::Authorising && now.calling_off.is_none();
                if !now.is_some_and(waits) {
                    // The station has spoken meanwhile, or the order is called off, which has to wait behind this.
                    return Ok(Tried::Done);
                }
                let error = unanswered(self.inner.clock.now(), &trouble);
                Ok(Tried::Again { error, after: Some(MAY_STILL_HAPPEN) })
            }
        }
    }

    /// How long to wait before the next look, as long as an earlier request may have arrived. `None`: nothing was sent, or
    /// it never came.
    async fn still_unknown(&self, job: &Job, order: &Order, pump: PumpNumber) -> Option<Duration> {
        let sent = sent_unanswered(job)?;
        let left = sent + MAY_STILL_HAPPEN - self.inner.clock.now();
        if left.is_positive() {
            return Some(left.unsigned_abs());
        }
        let free = self.inner.station_link.ping(&order.station.id, pump).await.is_ok();
        (!free).then_some(ASK_AGAIN)
    }

    /// Takes a release back. While an order is being called off the answer decides whether the money goes back; when a
    /// person calls off, a station that stays silent for half an hour has lost the order, as the tanker contract has it.
    pub(super) async fn withdraw(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        if !order.status.is_final() && order.calling_off.is_none() && !order.settlement.is_reversed() {
            // Fuelling has begun before we came.
            return Ok(Tried::Done);
        }
        let ended = order.history.last().is_some_and(|step| i64::from(step.seq) > job.seq);
        if order.status == Status::Completed && ended {
            // It has been completed since: the pump has nothing left to take back.
            return Ok(Tried::Done);
        }
        let answer = self.inner.station_link.withdraw(order).await;
        let Some(off) = order.calling_off else {
            return Ok(match answer {
                Err(trouble @ (StationCallError::Unreached | StationCallError::Silent))
                    if job.attempts < FAREWELLS =>
                {
                    again(&trouble, None)
                }
                Err(trouble) => {
                    tracing::error!(order.number, %trouble, "a released pump could not be taken back");
                    Tried::Done
                }
                Ok(()) => Tried::Done,
            });
        };
        let event = match answer {
            Ok(()) => Event::Withdrawn,
            Err(StationCallError::Refused(_)) if order.status == Status::Authorising => {
                return self.withdraw_unaccepted(order, off).await;
            }
            Err(StationCallError::Refused(reason)) => {
                tracing::warn!(order.number, reason, by = ?off.by, "the station does not take its release back");
                Event::WithdrawalRefused
            }
            Err(trouble) if off.by == Canceller::Clock => {
                // The pump may still be released, and nobody has said that it will not be used.
                if job.attempts >= FAREWELLS {
                    self.apply(order.id, Event::WithdrawalUnanswered).await?;
                }
                return Ok(again(&trouble, None));
            }
            Err(_) if self.is_given_up(off) => Event::StationSilent,
            Err(trouble) => return Ok(again(&trouble, hurry(off))),
        };
        self.apply(order.id, event).await?;
        Ok(Tried::Done)
    }

    /// A station that has not accepted, and does not take back: most likely the request has not come there, and may
    /// still. Since the order was called off nothing has been sent, so once what was sent before cannot happen any more, a
    /// free pump proves that it never will. Should the station accept meanwhile, it is told no and calls off itself.
    async fn withdraw_unaccepted(&self, order: &Order, off: CallingOff) -> Result<Tried, StoreError> {
        let settled = self.inner.clock.now() - off.at >= MAY_STILL_HAPPEN;
        let pump = order.pump.filter(|_| settled);
        let free = match pump {
            Some(pump) => self.inner.station_link.ping(&order.station.id, pump).await.is_ok(),
            None => false,
        };
        let event = match free {
            true => Event::Withdrawn,
            false if self.is_given_up(off) => Event::StationSilent,
            false => {
                let error = "the station does not know the order, or does not take it back".to_owned();
                return Ok(Tried::Again { error, after: Some(ASK_AGAIN) });
            }
        };
        self.apply(order.id, event).await?;
        Ok(Tried::Done)
    }

    fn is_given_up(&self, off: CallingOff) -> bool {
        self.inner.clock.now() - off.at >= STATION_SILENCE
    }

    /// Tells the station how an order ended. A station that does not want to hear it changes nothing.
    pub(super) async fn report_end(&self, order: &Order) -> Result<Tried, StoreError> {
        Ok(match self.inner.station_link.report_end(order).await {
            Ok(()) => Tried::Done,
            Err(StationCallError::Refused(words)) => {
                tracing::warn!(order.number, words, "the station does not take the end of an order");
                Tried::Done
            }
            Err(trouble) => again(&trouble, None),
        })
    }

    /// Tells the counter.
    pub(super) async fn announce(&self, order: &Order) -> Result<Tried, StoreError> {
        if order.status != Status::Ready {
            return Ok(Tried::Done);
        }
        Ok(match self.inner.station_link.announce(order).await {
            Ok(()) | Err(StationCallError::Refused(_)) => Tried::Done,
            Err(trouble) => again(&trouble, None),
        })
    }
}

/// A waiting customer is answered soon, or not at all.
fn hurry(off: CallingOff) -> Option<Duration> {
    (off.by == Canceller::Customer).then_some(ASK_AGAIN)
}

fn again(trouble: &StationCallError, after: Option<Duration>) -> Tried {
    Tried::Again { error: trouble.to_string(), after }
}

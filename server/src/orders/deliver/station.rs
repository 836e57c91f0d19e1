//! The station: asked to release a pump, to take a release back, to hand goods over.

use std::time::Duration;

use domain::order::{
    Order, Status,
    machine::{Canceller, Event},
};

use super::Tried;
use crate::{
    forecourt::{Trouble, pump_words},
    orders::{Orders, StoreError, apply::Applied, expire::STATION_SILENCE, outbox::Job},
};

/// A release of an ended order is taken back by so many tries; then an operator reads of it in the log.
const FAREWELLS: i64 = 5;

impl Orders {
    /// Asks the station to release the pump: only for a paid order, and it says itself when it did so before.
    pub(super) async fn authorise(&self, order: &Order) -> Result<Tried, StoreError> {
        if !matches!(order.status, Status::Paid | Status::Authorising) || order.calling_off.is_some() {
            return Ok(Tried::Done);
        }
        if order.status == Status::Paid
            && let Some(pump) = order.pump
            && let Err(Trouble::Refused(words)) = self.inner.forecourt.ping(&order.station.id, pump).await
        {
            let reason = pump_words(words, order.locale);
            self.apply(order.id, Event::StationRefused { reason }).await?;
            return Ok(Tried::Done);
        }
        let order = match self.apply(order.id, Event::AuthorisationSent).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(Tried::Done),
        };
        // Called off between the two: the pump is not released any more.
        if order.status != Status::Authorising || order.calling_off.is_some() {
            return Ok(Tried::Done);
        }
        match self.inner.forecourt.authorise(&order).await {
            Ok(()) => Ok(Tried::Done),
            Err(Trouble::Refused(reason)) => {
                self.apply(order.id, Event::StationRefused { reason }).await?;
                Ok(Tried::Done)
            }
            // Unknown, not failed: the same order is asked again, never another one.
            Err(Trouble::Unreached | Trouble::Silent) => Ok(silent(None)),
        }
    }

    /// Takes a release back. While an order is being called off the answer decides whether the money goes back; a
    /// station that stays silent for half an hour has lost the order, as the tanker contract has it.
    pub(super) async fn withdraw(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        if !order.status.is_final() && order.calling_off.is_none() && !order.settlement.is_reversed() {
            // Fuelling has begun before we came.
            return Ok(Tried::Done);
        }
        let answer = self.inner.forecourt.withdraw(order).await;
        let Some(off) = order.calling_off else {
            return Ok(match answer {
                Err(Trouble::Unreached | Trouble::Silent) if job.attempts < FAREWELLS => silent(None),
                Err(trouble) => {
                    tracing::error!(order.number, %trouble, "a released pump could not be taken back");
                    Tried::Done
                }
                Ok(()) => Tried::Done,
            });
        };
        let given_up = self.inner.clock.now() - off.at >= STATION_SILENCE;
        let event = match answer {
            Ok(()) => Event::Withdrawn,
            Err(Trouble::Refused(reason)) => {
                tracing::warn!(order.number, reason, by = ?off.by, "the station does not take its release back");
                Event::WithdrawalRefused
            }
            Err(Trouble::Unreached | Trouble::Silent) if given_up => Event::StationSilent,
            // A waiting customer is answered soon, or not at all.
            Err(Trouble::Unreached | Trouble::Silent) => {
                let hurry = (off.by == Canceller::Customer).then_some(Duration::from_secs(5));
                return Ok(silent(hurry));
            }
        };
        self.apply(order.id, event).await?;
        Ok(Tried::Done)
    }

    /// Tells the counter.
    pub(super) async fn announce(&self, order: &Order) -> Result<Tried, StoreError> {
        if order.status != Status::Ready {
            return Ok(Tried::Done);
        }
        Ok(match self.inner.forecourt.announce(order).await {
            Ok(()) | Err(Trouble::Refused(_)) => Tried::Done,
            Err(Trouble::Unreached | Trouble::Silent) => silent(None),
        })
    }
}

fn silent(after: Option<Duration>) -> Tried {
    Tried::Again { error: Trouble::Silent.to_string(), after }
}

//! Request to the station to release the pump: only for a paid order, after a last look at the pump, and once.
//!
//! A station cannot be asked what has become of an order, and must not release a pump twice. So a request whose outcome
//! is unknown is waited out, and then the pump is asked: where it is taken, the station's own callback is waited for;
//! where it is free, the request never arrived, and the same order is sent again under the same id. So both rules of
//! docs/station-link.md hold: no second release of an order, and repetition of a request that was lost.

use std::{sync::Arc, time::Duration};

use domain::{
    id::PumpNumber,
    order::{Order, Status, machine::Event},
};

use super::attempt::{Attempt, STATION_RETRY_PAUSE, UNKNOWN_OUTCOME_WAIT};
use crate::{
    clock::Clock,
    orders::{
        Applied, OrderChanges, OrderStore, Outbox, StoreError,
        store::{Marks, OutboxEntry},
    },
    station_link::{Capabilities, ReleaseAnswer, StationCallError, StationLink},
};

/// Asks for the release of the order's pump.
pub(super) struct RequestRelease {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub outbox: Outbox,
    pub clock: Clock,
    pub station_link: Arc<dyn StationLink>,
}

impl RequestRelease {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let open = matches!(order.status, Status::Paid | Status::Authorising);
        let Some(pump) = order.pump.filter(|_| open && order.cancellation.is_none()) else {
            return Ok(Attempt::Done);
        };
        if order.status == Status::Paid {
            match self.station_link.ping(&order.station.id, pump).await {
                Ok(()) => {}
                Err(StationCallError::Refused(refusal)) => {
                    let reason = refusal.into_pump_reason(order.locale);
                    return Ok(Attempt::Learned(Event::StationRefused { reason }));
                }
                // Nothing has been asked for yet: the customer may cancel at once, and half an hour is the end.
                Err(error) => {
                    return Ok(Attempt::station_failed(entry, &error, Some(STATION_RETRY_PAUSE)));
                }
            }
        } else if let Some(wait) = self.pause_while_unknown(entry, order, pump).await {
            return Ok(Attempt::wait(entry, Some(wait)));
        }
        let order = match self.changes.apply(order.id, Event::ReleaseRequested).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(Attempt::Done),
        };
        // Cancelled between the two: the pump is not released any more.
        if !is_awaited(&order) || !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        self.send_release(entry, &order).await
    }

    /// The pause before the next look while an earlier request may still arrive. `None`: nothing was sent, or it never
    /// arrived.
    async fn pause_while_unknown(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        pump: PumpNumber,
    ) -> Option<Duration> {
        let sent = entry.row.marks.sent_at?;
        let left = sent + UNKNOWN_OUTCOME_WAIT - self.clock.now();
        if left.is_positive() {
            return Some(left.unsigned_abs());
        }
        (!is_known_free(self.station_link.as_ref(), order, pump).await).then_some(STATION_RETRY_PAUSE)
    }

    /// Sends the request. What an earlier request of the same order did is not known: then a refusal may mean that very
    /// one ("known already", "the pump is taken"), and only the station's callback, or its silence for half an hour, moves
    /// the money.
    async fn send_release(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let earlier = entry.row.marks.sent_at;
        match self.station_link.release(order).await {
            Ok(ReleaseAnswer::Requested) => Ok(Attempt::Done),
            Ok(ReleaseAnswer::ByHand) => Ok(Attempt::Learned(Event::StationAccepted)),
            Err(StationCallError::Refused(refusal)) if earlier.is_none() => {
                let reason = refusal.into_reason(order.locale);
                Ok(Attempt::Learned(Event::StationRefused { reason }))
            }
            // Of this request it is known that it did not arrive.
            Err(error @ StationCallError::Unreached) => {
                Ok(Attempt::station_failed(entry, &error, Some(STATION_RETRY_PAUSE)))
            }
            Err(error @ (StationCallError::Refused(_) | StationCallError::Silent)) => {
                if !self.store.get(order.id).await?.is_some_and(|now| is_awaited(&now)) {
                    // The station has answered meanwhile, or the order is cancelled, which has to wait behind this.
                    return Ok(Attempt::Done);
                }
                Ok(Attempt::Retry {
                    error: Some(error.to_string()),
                    marks: Marks::sent(self.clock.now()),
                    after: Some(UNKNOWN_OUTCOME_WAIT),
                })
            }
        }
    }
}

/// Whether the release is requested and still wanted.
fn is_awaited(order: &Order) -> bool {
    order.status == Status::Authorising && order.cancellation.is_none()
}

/// Whether the pump is known to be free, which proves that an earlier request has not arrived. Without automation
/// there is nothing where one could arrive; a link that cannot ask proves nothing.
pub(super) async fn is_known_free(station_link: &dyn StationLink, order: &Order, pump: PumpNumber) -> bool {
    let Capabilities { drives_pumps, asks_pumps, .. } = station_link.capabilities();
    !drives_pumps || (asks_pumps && station_link.ping(&order.station.id, pump).await.is_ok())
}

//! Request to the station to release the pump that was started: after a last look at the pump, soon after the start, and
//! once.
//!
//! A station cannot be asked what has become of a release, and must not release a pump twice. So a request is sent once:
//! what becomes of one that got no answer is learned by the station's callback, or by withdrawing it. Only a request that
//! certainly did not arrive is sent again, and never when the start is too old: the driver may have left.

use std::sync::Arc;

use domain::{
    id::PumpNumber,
    order::{
        Order, Release, StartReason, Status,
        machine::{Event, RefusalKind, StationReport},
        start::MAX_START_AGE,
    },
    quote::Line,
};

use super::{
    attempt::{Attempt, STATION_RETRY_PAUSE},
    check_payment::{CheckPayment, PaymentCheck},
};
use crate::{
    clock::Clock,
    orders::{Applied, OrderChanges, Outbox, PumpBoard, StoreError, store::OutboxEntry},
    station_link::{StationCallError, StationLink, StationRefusal},
    stations::catalogue::Catalogue,
};

/// Asks for the release of a pump.
pub(super) struct RequestRelease {
    pub changes: Arc<OrderChanges>,
    pub outbox: Outbox,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub station_link: Arc<dyn StationLink>,
    pub pumps: PumpBoard,
    pub check_payment: CheckPayment,
}

impl RequestRelease {
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        if order.by_hand && matches!(order.status, Status::Paid | Status::Authorising) {
            // Of an earlier version, which asked the link here as well.
            return Ok(Attempt::Learned(Event::ReadyByHand));
        }
        let Some(release) = requested_release(entry, order) else { return Ok(Attempt::Done) };
        if entry.row.marks.sent_at.is_some() && release.sent_at.is_some() {
            tracing::warn!(order.number, "a release may have been sent before: its outcome is awaited");
            return Ok(Attempt::Done);
        }
        if self.is_too_old(release) {
            return Ok(not_sent(release, StartReason::TooLate));
        }
        if let Some(attempt) = self.look_before_release(entry, order, release).await? {
            return Ok(attempt);
        }
        // The looks take time.
        if self.is_too_old(release) {
            return Ok(not_sent(release, StartReason::TooLate));
        }
        let applied = self.changes.apply_within_effect(order.id, Event::ReleaseRequested).await?;
        let (Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order)) = applied else {
            return Ok(Attempt::Done);
        };
        // Cancelled between the two: the pump is not released any more.
        let Some(release) = requested_release(entry, &order) else { return Ok(Attempt::Done) };
        if !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        // So do the commits, on a database that stands still.
        if self.is_too_old(release) {
            return Ok(not_sent(release, StartReason::TooLate));
        }
        self.send_release(entry, &order, release).await
    }

    /// Whether the start is too old for a release. One in the future was made before the clock was set back.
    fn is_too_old(&self, release: &Release) -> bool {
        (self.clock.now() - release.started_at).unsigned_abs() > MAX_START_AGE
    }

    /// Whether payment, grade and pump allow the release; `None`: they do.
    async fn look_before_release(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        release: &Release,
    ) -> Result<Option<Attempt>, StoreError> {
        match self.check_payment.run(order).await {
            PaymentCheck::Valid => {}
            PaymentCheck::Learned(events) => return Ok(Some(self.learn_all(order, release, events).await?)),
            PaymentCheck::Unconfirmed => {
                return Ok(Some(not_sent(release, StartReason::ProviderUnreachable)));
            }
            PaymentCheck::Failed(error) => {
                let is_last = self.is_last_try(release);
                let retry = Attempt::Retry {
                    error: Some(error.to_string()),
                    marks: entry.row.marks,
                    after: Some(STATION_RETRY_PAUSE),
                };
                let is_silent = not_sent(release, StartReason::ProviderUnreachable);
                return Ok(Some(if is_last { is_silent } else { retry }));
            }
        }
        if self.is_sold_out(order) {
            let report = StationReport::Refused { reason: String::new(), kind: RefusalKind::SoldOut };
            return Ok(Some(Attempt::Learned(Event::Station { release: release.number, report })));
        }
        if let Some(reason) = self.closed_reason(order, release.pump) {
            return Ok(Some(not_sent(release, reason)));
        }
        Ok(match self.pumps.ask(&order.station.id, release.pump).await {
            Ok(()) => None,
            Err(StationCallError::Refused(refusal)) => Some(not_sent(release, refusal.into_start_reason())),
            Err(error) => Some(Attempt::station_failed(entry, &error, Some(STATION_RETRY_PAUSE))),
        })
    }

    /// Applies all events but the last, which strikes the row. A release whose earlier request certainly did not arrive ends
    /// before them: nobody would send or withdraw it any more.
    async fn learn_all(
        &self,
        order: &Order,
        release: &Release,
        mut events: Vec<Event>,
    ) -> Result<Attempt, StoreError> {
        if release.sent_at.is_some() {
            let reason = StartReason::ProviderUnreachable;
            events.insert(0, Event::StartNotSent { release: release.number, reason });
        }
        let Some(last) = events.pop() else { return Ok(Attempt::Done) };
        for event in events {
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(Attempt::Learned(last))
    }

    /// Whether the next try might find the start too old: pauses are longer by a random part.
    fn is_last_try(&self, release: &Release) -> bool {
        self.clock.now() + STATION_RETRY_PAUSE * 2 - release.started_at > MAX_START_AGE
    }

    fn is_sold_out(&self, order: &Order) -> bool {
        let Some(fuel) = order.fuel_line().and_then(Line::fuel) else { return false };
        let station = self.catalogue.get(&order.station.id);
        station
            .is_some_and(|station| station.offer().trade.fuel(fuel).is_some_and(|product| !product.available))
    }

    /// Why a person has put the pump or its station out of service, as the catalogue has it.
    fn closed_reason(&self, order: &Order, pump: PumpNumber) -> Option<StartReason> {
        let station = self.catalogue.get(&order.station.id)?;
        let offer = station.offer();
        let closed = offer.closed_reason.map(|reason| StartReason::PumpRefused(reason.to_owned()));
        closed.or_else(|| offer.trade.is_out_of_order(pump).then_some(StartReason::PumpUnavailable))
    }

    async fn send_release(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        release: &Release,
    ) -> Result<Attempt, StoreError> {
        let error = match self.station_link.release(order, release).await {
            Ok(()) => return Ok(Attempt::Done),
            Err(error) => error,
        };
        Ok(match error {
            StationCallError::Refused(refusal) => {
                let kind = match refusal {
                    StationRefusal::Price(_) => RefusalKind::Price,
                    _ => RefusalKind::Answer,
                };
                let report = StationReport::Refused { reason: refusal.into_reason(order.locale), kind };
                Attempt::Learned(Event::Station { release: release.number, report })
            }
            // It certainly did not arrive: whoever cancels before the next try need not wait for the station.
            StationCallError::Unreached => {
                let unreached = Event::ReleaseUnreached { release: release.number };
                self.changes.apply_within_effect(order.id, unreached).await?;
                Attempt::station_failed(entry, &error, Some(STATION_RETRY_PAUSE))
            }
            StationCallError::Silent => {
                tracing::warn!(order.number, "a release got no answer: its outcome is awaited");
                Attempt::Done
            }
        })
    }
}

fn not_sent(release: &Release, reason: StartReason) -> Attempt {
    Attempt::Learned(Event::StartNotSent { release: release.number, reason })
}

/// The release for which the effect was decided, while it is wanted. In orders of an earlier version it was decided with
/// the payment, a step before.
fn requested_release<'a>(entry: &OutboxEntry, order: &'a Order) -> Option<&'a Release> {
    let release = order.open_release()?;
    let is_its = (i64::from(release.start_seq)..=i64::from(release.seq)).contains(&entry.row.seq);
    let is_wanted = order.status == Status::Authorising && order.cancellation.is_none();
    // Fuel has flowed under another release meanwhile. One that was not sent yet ends by the event before the call.
    let is_blocked = order.hold.is_some() && release.sent_at.is_some();
    (is_its && is_wanted && !is_blocked).then_some(release)
}

/// Whether the pump is known to be free, which proves that an earlier request has not arrived, or has been withdrawn. A
/// link that cannot ask proves nothing.
pub(super) async fn is_known_free(station_link: &dyn StationLink, order: &Order, pump: PumpNumber) -> bool {
    if !station_link.capabilities().asks_pumps {
        return false;
    }
    let answer = station_link.ping(&order.station.id, pump).await;
    tracing::info!(order.number, %pump, is_free = answer.is_ok(), "a pump was asked whose release is withdrawn");
    answer.is_ok()
}

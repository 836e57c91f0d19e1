//! Starting the pump of a paid order.

use std::sync::Arc;

use domain::{
    id::{IdempotencyKey, OrderId, PumpNumber},
    order::{Order, Release, Starter, machine::Event},
    pricing::check_pump,
    quote::Line,
    refusal::{OrderRefusal, Refusal},
};

use crate::{
    clock::Clock,
    orders::{
        Applied, OrderChanges, OrderStore, PumpBoard, RequestKey, store::RequestStanding, to_internal_error,
    },
    station_link::{StationCallError, StationLink},
    stations::catalogue::Catalogue,
};

/// Who starts which pump.
#[derive(Clone, Copy, Debug)]
pub struct StartCommand {
    /// `None`: the pump of the order.
    pub pump: Option<PumpNumber>,
    /// Number of the last history entry that whoever starts it has seen; `None`: of the order as it is now.
    pub seq: Option<u32>,
    pub by: Starter,
}

/// Starts pumps.
#[derive(Clone)]
pub struct StartOrder {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) station_link: Arc<dyn StationLink>,
    pub(in crate::orders) pumps: PumpBoard,
    pub(in crate::orders) clock: Clock,
}

impl StartOrder {
    /// Starts a pump of a paid order, which may be another one than was ordered. The station is asked for it first. The
    /// same pump and `seq` while that release is under way is the same start; once it has ended, a delayed press starts
    /// nothing.
    ///
    /// # Errors
    /// `OrderUnknown` for an unknown id; `PumpRequired`, `PumpUnknown` and `PumpLacksFuel` for a pump that is none of the
    /// grade; `PumpBusy` for one that is taken or out of order; `StationClosed` while somebody has closed the station;
    /// `StartUnanswered` when the station does not answer; otherwise
    /// `NotStartable`: not paid, ended, being cancelled, under way, or the fuel of an earlier release is uncertain.
    pub async fn run(&self, id: OrderId, command: StartCommand) -> Result<Order, Refusal> {
        self.run_once(id, command, None).await
    }

    /// Starts a pump as [`StartOrder::run`]. The same key is the same start, however often it is sent.
    ///
    /// # Errors
    /// As [`StartOrder::run`]; `RequestKeyReused` for another request under a known key.
    pub async fn run_once(
        &self,
        id: OrderId,
        command: StartCommand,
        key: Option<IdempotencyKey>,
    ) -> Result<Order, Refusal> {
        let order = self.store.get(id).await.map_err(to_internal_error)?.ok_or(OrderRefusal::OrderUnknown)?;
        let key = key.map(|key| RequestKey::new(key, "start", &command.pump)).transpose();
        let key = key.map_err(to_internal_error)?;
        if let Some(key) = &key {
            match self.store.request_standing(id, key).await.map_err(to_internal_error)? {
                RequestStanding::New => {}
                RequestStanding::Repeated => return Ok(order),
                RequestStanding::Reused => return Err(OrderRefusal::RequestKeyReused.into()),
            }
        }
        let pump = command.pump.or(order.pump).ok_or(OrderRefusal::PumpRequired)?;
        let seq = command.seq.unwrap_or_else(|| order.history_seq());
        if let Some(release) = release_under_way(&order, pump, command.seq) {
            return self.apply(id, pump, release.start_seq, command.by, key).await;
        }
        let drives_pumps = self.station_link.capabilities().drives_pumps;
        if !drives_pumps || !order.is_startable(self.clock.now()) || order.history_seq() != seq {
            return Err(OrderRefusal::NotStartable.into());
        }
        self.check_pump(&order, pump)?;
        tracing::info!(order.number, %pump, by = ?command.by, "a pump is to be started");
        let asked = self.ask_pump(&order, pump).await;
        if let Err(refusal) = asked
            && !self.is_started(id, pump, seq).await?
        {
            return Err(refusal.into());
        }
        self.apply(id, pump, seq, command.by, key).await
    }

    /// Whether this very start has come twice at once: then the pump is not free because of the release that the other
    /// one has made meanwhile.
    async fn is_started(&self, id: OrderId, pump: PumpNumber, seq: u32) -> Result<bool, Refusal> {
        let order = self.store.get(id).await.map_err(to_internal_error)?;
        Ok(order.is_some_and(|order| release_under_way(&order, pump, Some(seq)).is_some()))
    }

    async fn apply(
        &self,
        id: OrderId,
        pump: PumpNumber,
        seq: u32,
        by: Starter,
        key: Option<RequestKey>,
    ) -> Result<Order, Refusal> {
        let event = Event::StartRequested { pump, seq, by };
        match self.changes.apply_once(id, event, key).await.map_err(to_internal_error)? {
            Some(Applied::Changed(order) | Applied::Unchanged(order)) => Ok(Order::clone(&order)),
            Some(Applied::Refused(_)) => Err(OrderRefusal::NotStartable.into()),
            Some(Applied::Unknown) => Err(OrderRefusal::OrderUnknown.into()),
            None => Err(OrderRefusal::RequestKeyReused.into()),
        }
    }

    /// Checks by the catalogue that the pump has the grade, and that nobody has put it or its station out of service: a
    /// person knows more than the automation. Of a station that is not there any more nothing is known, and its automation
    /// decides.
    fn check_pump(&self, order: &Order, pump: PumpNumber) -> Result<(), OrderRefusal> {
        let (Some(station), Some(fuel)) =
            (self.catalogue.get(&order.station.id), order.fuel_line().and_then(Line::fuel))
        else {
            return Ok(());
        };
        let offer = station.offer();
        if let Some(reason) = offer.closed_reason {
            return Err(OrderRefusal::StationClosed { reason: Some(reason.to_owned()) });
        }
        check_pump(offer.trade, pump, fuel)?;
        if offer.trade.is_out_of_order(pump) { Err(OrderRefusal::PumpBusy { pump }) } else { Ok(()) }
    }

    async fn ask_pump(&self, order: &Order, pump: PumpNumber) -> Result<(), OrderRefusal> {
        match self.pumps.ask(&order.station.id, pump).await {
            Ok(()) => Ok(()),
            Err(StationCallError::Refused(_)) => Err(OrderRefusal::PumpBusy { pump }),
            Err(StationCallError::Unreached | StationCallError::Silent) => Err(OrderRefusal::StartUnanswered),
        }
    }
}

/// The release that this very start has made already. A cashier who names no number means the one that is under way.
fn release_under_way(order: &Order, pump: PumpNumber, seq: Option<u32>) -> Option<&Release> {
    order.open_release().filter(|release| {
        release.pump == pump
            && seq.is_none_or(|seq| release.start_seq == seq)
            && order.cancellation.is_none()
            && !order.status.is_final()
    })
}

//! An order at its pump: the station asks for permission, dispenses, reports. Its faults are here.

use std::{sync::Arc, time::Duration};

use domain::quantity::Centi;

use super::{
    fault::StationFault,
    hold::HoldPoint,
    orders::{OrderPhase, StationOrder},
    partner_client::PartnerClient,
    state::StationState,
};

/// Pauses that can be followed in a demonstration.
const ACCEPT_DELAY: Duration = Duration::from_millis(700);
const LIFT_NOZZLE_DELAY: Duration = Duration::from_millis(1500);
const REPORT_INTERVAL: Duration = Duration::from_millis(400);
/// Number of parts in which the running volume is reported.
const VOLUME_STEPS: i64 = 12;

/// Serves an order in the background, up to the shutdown. An order of an unknown partner is ignored.
pub fn start(station: &Arc<StationState>, order: StationOrder) {
    let Some(partner) = station.partner(&order.partner).cloned() else { return };
    let client = PartnerClient {
        station: Arc::clone(station),
        partner,
        id: order.id.clone(),
        is_doubled: order.fault == StationFault::Duplicate,
    };
    let fulfilment = Fulfilment { station: Arc::clone(station), order, client };
    tokio::spawn(async move {
        let over = fulfilment.station.shutdown.clone();
        tokio::select! {
            () = fulfilment.run() => {}
            () = over.cancelled() => {}
        }
    });
}

/// One order at its pump.
struct Fulfilment {
    station: Arc<StationState>,
    order: StationOrder,
    client: PartnerClient,
}

impl Fulfilment {
    async fn run(&self) {
        let fault = self.order.fault;
        if self.order.phase == OrderPhase::Waiting {
            self.pause(if fault == StationFault::Late { ACCEPT_DELAY * 10 } else { ACCEPT_DELAY }).await;
            self.station.pass(HoldPoint::Accept).await;
            if fault == StationFault::Refuse {
                return self.cancel("колонка неисправна").await;
            }
            if self.is_canceled() {
                return self.after_cancel().await;
            }
            if !self.client.ask_permission("accept").await {
                return self.cancel("заказ не подтверждён").await;
            }
            self.pause(LIFT_NOZZLE_DELAY).await;
            self.station.pass(HoldPoint::Nozzle).await;
            if !self.lift_nozzle() {
                return self.after_cancel().await;
            }
        }
        self.dispense().await;
    }

    async fn dispense(&self) {
        let volume = self.volume();
        if volume > Centi::ZERO && !self.client.ask_permission("fueling").await {
            return self.cancel("заказ не подтверждён").await;
        }
        self.change(|order| order.released += 1);
        if volume > Centi::ZERO {
            for step in 1..VOLUME_STEPS {
                self.pause(REPORT_INTERVAL).await;
                let dispensed = Centi::new(volume.get() * step / VOLUME_STEPS);
                self.change(|order| order.dispensed = dispensed);
                self.client.report_volume(dispensed).await;
            }
        }
        self.pause(REPORT_INTERVAL).await;
        self.station.pass(HoldPoint::Flow).await;
        if self.order.fault == StationFault::CompletedAfterCancel {
            self.client.report_canceled("сбой связи с колонкой").await;
            self.pause(REPORT_INTERVAL).await;
        }
        self.complete(volume).await;
    }

    /// The volume that the pump dispenses.
    fn volume(&self) -> Centi {
        let ordered = self.order.ordered;
        match self.order.fault {
            StationFault::Zero => Centi::ZERO,
            StationFault::Partial => Centi::new(ordered.get() / 2),
            // The tank takes seven tenths of what its driver thought.
            _ if self.order.full_tank => Centi::new(ordered.get() * 7 / 10),
            _ => ordered,
        }
    }

    /// Lifts the nozzle for the customer. Returns false if the release was withdrawn.
    fn lift_nozzle(&self) -> bool {
        match self.station.orders().get_mut(&self.order.partner, &self.order.id) {
            Some(order) if order.phase == OrderPhase::Waiting => {
                order.phase = OrderPhase::Flowing;
                true
            }
            _ => false,
        }
    }

    /// Ends an order whose release was withdrawn: nothing happens, except under one fault.
    async fn after_cancel(&self) {
        if self.order.fault == StationFault::CompletedAfterCancel {
            self.pause(REPORT_INTERVAL).await;
            self.client.report_completed(&self.order, self.order.ordered).await;
        }
    }

    async fn complete(&self, volume: Centi) {
        self.change(|order| (order.phase, order.dispensed) = (OrderPhase::Completed, volume));
        self.client.report_completed(&self.order, volume).await;
    }

    async fn cancel(&self, reason: &str) {
        self.change(|order| order.phase = OrderPhase::Canceled);
        self.client.report_canceled(reason).await;
    }

    fn is_canceled(&self) -> bool {
        let canceled = |order: &StationOrder| order.phase == OrderPhase::Canceled;
        self.station.orders().get(&self.order.partner, &self.order.id).is_none_or(canceled)
    }

    fn change(&self, change: impl FnOnce(&mut StationOrder)) {
        if let Some(order) = self.station.orders().get_mut(&self.order.partner, &self.order.id) {
            change(order);
        }
    }

    async fn pause(&self, span: Duration) {
        self.station.clock.sleep(span / self.station.speed).await;
    }
}

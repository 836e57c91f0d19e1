//! A release at its pump: the station asks for permission, dispenses, reports. The faults after the answer to the request
//! are here.

use std::{sync::Arc, time::Duration};

use domain::quantity::Centi;

use super::{
    fault::StationFault,
    hold::HoldPoint,
    litres::format_litres,
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
/// Reason of a cancellation after the partner has refused `accept` or `fueling`.
const NOT_CONFIRMED: &str = "заказ не подтверждён";
/// What a meter without a reading shows.
const UNREADABLE_VOLUME: &str = "--,--";

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
        if self.order.phase == OrderPhase::Flowing || (self.accept().await && self.wait_for_nozzle().await) {
            self.dispense().await;
        }
    }

    /// Asks for permission to accept. Returns whether the pump is reserved.
    async fn accept(&self) -> bool {
        let fault = self.order.fault;
        self.pause(if fault == StationFault::Late { ACCEPT_DELAY * 10 } else { ACCEPT_DELAY }).await;
        self.station.pass(HoldPoint::Accept).await;
        match fault {
            StationFault::Refuse => {
                self.cancel("колонка неисправна").await;
                return false;
            }
            StationFault::ReleaseSilent => return false,
            StationFault::AcceptAfterWithdrawal => self.wait_until_withdrawn().await,
            _ if self.is_canceled() => {
                self.after_cancel().await;
                return false;
            }
            _ => {}
        }
        let is_permitted = self.client.ask_permission("accept").await;
        if !is_permitted {
            self.cancel(NOT_CONFIRMED).await;
        }
        is_permitted
    }

    /// Waits until the customer lifts the nozzle. Returns whether fuel may flow.
    async fn wait_for_nozzle(&self) -> bool {
        self.pause(LIFT_NOZZLE_DELAY).await;
        self.station.pass(HoldPoint::Nozzle).await;
        match self.order.fault {
            StationFault::NozzleNotLifted => return false,
            StationFault::CancelBeforeFuel => {
                self.cancel("колонка неисправна").await;
                return false;
            }
            StationFault::FuelAfterCancel => {
                self.cancel("колонка неисправна").await;
                self.pour_after_end().await;
                return false;
            }
            StationFault::FuelAfterWithdrawal => {
                self.wait_until_withdrawn().await;
                self.pour_after_end().await;
                return false;
            }
            _ => {}
        }
        let is_lifted = self.lift_nozzle();
        if !is_lifted {
            self.after_cancel().await;
        }
        is_lifted
    }

    async fn dispense(&self) {
        let volume = self.volume();
        if volume > Centi::ZERO && !self.client.ask_permission("fueling").await {
            return self.cancel(NOT_CONFIRMED).await;
        }
        self.pour(volume).await;
        self.pause(REPORT_INTERVAL).await;
        self.station.pass(HoldPoint::Flow).await;
        match self.order.fault {
            StationFault::CancelAfterFuel => return self.cancel("сбой колонки").await,
            StationFault::CompletedAfterCancel => {
                let reason = self.station.reason_or("сбой связи с колонкой");
                self.client.report_canceled(&reason).await;
                self.pause(REPORT_INTERVAL).await;
            }
            _ => {}
        }
        self.complete(volume).await;
    }

    /// Lets the fuel flow and reports readings, the last one a little before the end.
    async fn pour(&self, volume: Centi) {
        self.change(|order| order.released += 1);
        if volume == Centi::ZERO {
            return;
        }
        let steps = if self.order.fault == StationFault::CancelAfterFuel {
            VOLUME_STEPS / 2
        } else {
            VOLUME_STEPS - 1
        };
        for step in 1..=steps {
            self.pause(REPORT_INTERVAL).await;
            let dispensed = Centi::new(volume.get() * step / VOLUME_STEPS);
            self.change(|order| order.dispensed = dispensed);
            self.client.report_volume(dispensed).await;
        }
    }

    /// Fuel that flows under a release that has ended: nobody is asked, and the pump counts as free.
    async fn pour_after_end(&self) {
        self.pause(REPORT_INTERVAL).await;
        self.station.pass(HoldPoint::Ended).await;
        let volume = self.volume();
        self.pour(volume).await;
        self.pause(REPORT_INTERVAL).await;
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

    /// Lifts the nozzle for the customer. Returns false if the release has ended.
    fn lift_nozzle(&self) -> bool {
        // A partner that permits what it has withdrawn gets what it permits.
        let is_late = self.order.fault == StationFault::AcceptAfterWithdrawal;
        match self.station.orders().get_mut(&self.order.partner, &self.order.id) {
            Some(order) if order.phase == OrderPhase::Waiting || is_late => {
                order.phase = OrderPhase::Flowing;
                true
            }
            _ => false,
        }
    }

    /// Waits until the release is withdrawn, and on to the point where its end can be held.
    async fn wait_until_withdrawn(&self) {
        self.station.until_withdrawn(&self.order.partner, &self.order.id).await;
        self.pause(REPORT_INTERVAL).await;
        self.station.pass(HoldPoint::Ended).await;
    }

    /// Ends an order whose release was withdrawn: nothing happens, except under one fault.
    async fn after_cancel(&self) {
        if self.order.fault == StationFault::CompletedAfterCancel {
            self.pause(REPORT_INTERVAL).await;
            self.client.report_completed(&self.order, &format_litres(self.order.ordered)).await;
        }
    }

    /// Reports the end with the volume that was dispensed, unless a fault reports something else.
    async fn complete(&self, volume: Centi) {
        self.change(|order| (order.phase, order.dispensed) = (OrderPhase::Completed, volume));
        let litre = match self.order.fault {
            StationFault::ZeroAfterMeter => format_litres(Centi::ZERO),
            StationFault::VolumeUnreadable => UNREADABLE_VOLUME.to_owned(),
            _ => format_litres(volume),
        };
        self.client.report_completed(&self.order, &litre).await;
    }

    /// Cancels for the usual reason, or for the one that was set. The pump is free before the report is taken.
    async fn cancel(&self, usual_reason: &str) {
        self.change(|order| order.phase = OrderPhase::Canceled);
        self.client.report_canceled(&self.station.reason_or(usual_reason)).await;
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

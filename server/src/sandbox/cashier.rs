//! The cashier of the sandbox: hands paid goods over before the customer's eyes. Everything about pumps goes on to the
//! station.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    id::{OrderId, PumpNumber, StationId},
    order::{Order, machine::Event},
};

use crate::{
    clock::Clock,
    forecourt::{Events, Forecourt, Trouble},
};

/// Pause of a pleasant demonstration.
const HAND_OVER: Duration = Duration::from_secs(4);

/// A station with a cashier at its counter. Clones are the same one.
#[derive(Clone)]
pub struct WithCashier {
    pub station: Arc<dyn Forecourt>,
    pub events: Events,
    pub clock: Clock,
    /// How many times faster than for the eye.
    pub speed: u32,
}

impl WithCashier {
    /// Hands over what was paid, soon.
    pub fn hand_over(&self, id: OrderId) {
        let (events, clock, span) = (self.events.clone(), self.clock.clone(), HAND_OVER / self.speed.max(1));
        tokio::spawn(async move {
            clock.sleep(span).await;
            // The receiver is gone only when the process stops.
            let _ = events.send((id, Event::HandedOver)).await;
        });
    }
}

#[async_trait]
impl Forecourt for WithCashier {
    async fn ping(&self, station: &StationId, pump: PumpNumber) -> Result<(), Trouble> {
        self.station.ping(station, pump).await
    }

    async fn authorise(&self, order: &Order) -> Result<(), Trouble> {
        self.station.authorise(order).await
    }

    async fn withdraw(&self, order: &Order) -> Result<(), Trouble> {
        self.station.withdraw(order).await
    }

    async fn report_end(&self, order: &Order) -> Result<(), Trouble> {
        self.station.report_end(order).await
    }

    async fn announce(&self, order: &Order) -> Result<(), Trouble> {
        self.hand_over(order.id);
        Ok(())
    }
}

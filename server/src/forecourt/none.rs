use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    order::{
        Order,
        machine::{Canceller, Event},
    },
};

use super::{Events, Forecourt, Trouble};

/// No automation: the cashier sees the paid order and releases the pump by hand, so every order is ready at once.
pub struct NoForecourt {
    events: Events,
}

impl NoForecourt {
    #[must_use]
    pub fn new(events: Events) -> Self {
        Self { events }
    }
}

#[async_trait]
impl Forecourt for NoForecourt {
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), Trouble> {
        Ok(())
    }

    async fn authorise(&self, order: &Order) -> Result<(), Trouble> {
        self.events.send((order.id, Event::StationAccepted)).await.map_err(|_| Trouble::Silent)
    }

    /// The cashier may have released the pump by hand, so only the operator can say that nothing was filled.
    async fn withdraw(&self, order: &Order) -> Result<(), Trouble> {
        match order.calling_off {
            Some(off) if off.by != Canceller::Operator => {
                Err(Trouble::Refused("заказ отменяет кассир".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Whoever closed the order knows.
    async fn report_end(&self, _: &Order) -> Result<(), Trouble> {
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), Trouble> {
        Ok(())
    }

    fn is_linked(&self) -> bool {
        false
    }
}

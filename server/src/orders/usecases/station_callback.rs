//! What a station says of an order, and whether it may go on.

use domain::order::{Order, Status, machine::Event};

use crate::orders::{Orders, StoreError, changes::Applied};

impl Orders {
    /// Records a station's word; the answer is given only after the fact is durable. `false` tells the station to stop
    /// and to call off: it asks to begin with an order that is not paid, has ended, is being called off, or was called off
    /// by the station itself. What has happened at the pump is always taken, whatever became of the order since.
    ///
    /// # Errors
    /// The store's: nothing is recorded, and the station has to say it again.
    pub async fn station_said(&self, order: &Order, event: Event) -> Result<bool, StoreError> {
        self.inner.catalogue.heard(&order.station.id, self.inner.clock.now());
        let goes_on: &[Status] = match &event {
            Event::StationAccepted => &[Status::Ready, Status::Fuelling],
            Event::FuellingStarted => &[Status::Fuelling],
            _ => {
                self.apply(order.id, event).await?;
                return Ok(true);
            }
        };
        // Said in time, it calls the station off before anything flows; a moment later the machine lets fuel win.
        if order.calling_off.is_some() || order.interrupted().is_some() {
            return Ok(false);
        }
        let order = match self.apply(order.id, event).await? {
            Applied::Changed(order) => {
                // A request whose answer was lost waits for its next look, and what follows waits behind it.
                if let Err(error) = self.inner.outbox.hurry(order.id, self.inner.clock.now()).await {
                    tracing::warn!(order.number, %error, "what waits for this order waits a little longer");
                }
                order
            }
            Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(false),
        };
        Ok(goes_on.contains(&order.status))
    }
}

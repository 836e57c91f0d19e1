//! What the clock does to orders: unpaid ones lapse, silent stations are given up.

use std::time::Duration;

use domain::{
    id::OrderId,
    order::{Status, machine::Event},
};

use super::{Orders, StoreError};
use crate::invoicebox::ProviderStatus;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// A paid order that the station has not answered for so long is given up: the rule of the tanker contract.
pub(super) const STATION_SILENCE: Duration = Duration::from_secs(30 * 60);
/// After so long an operator is told of an order that was released and never finished.
const UNFINISHED: Duration = Duration::from_secs(3 * 60 * 60);

impl Orders {
    pub(super) async fn expire_forever(&self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                () = self.inner.shutdown.cancelled() => return,
            }
            if let Err(error) = self.expire_due().await {
                tracing::error!(%error, "the clock's work could not be done; trying again");
            }
            self.inner.hub.sweep();
        }
    }

    async fn expire_due(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        for id in self.inner.store.overdue(Status::Placing, now).await? {
            self.apply(id, Event::TimeOver).await?;
        }
        for id in self.inner.store.overdue(Status::AwaitingPayment, now).await? {
            self.lapse(id).await?;
        }
        for status in [Status::Paid, Status::Authorising] {
            for id in self.inner.store.stale(status, now - STATION_SILENCE).await? {
                self.apply(id, Event::StationSilent).await?;
            }
        }
        for id in self.inner.store.unfinished(now - UNFINISHED).await? {
            self.apply(id, Event::Overdue).await?;
        }
        Ok(())
    }

    /// Before an order lapses Invoicebox is asked: a payment of the last second may still be under way to us.
    async fn lapse(&self, id: OrderId) -> Result<(), StoreError> {
        let Some(order) = self.inner.store.get(id).await? else { return Ok(()) };
        let Some(invoice) = &order.invoice else { return Ok(()) };
        let event = match self.inner.invoicebox.get_order(&invoice.provider_id).await {
            Ok(there) if there.status == ProviderStatus::Completed => {
                Event::Paid { provider_id: invoice.provider_id.clone(), held: false }
            }
            Ok(there) if there.status == ProviderStatus::Hold && self.inner.rules.release_on_hold => {
                Event::Paid { provider_id: invoice.provider_id.clone(), held: true }
            }
            Ok(_) => Event::TimeOver,
            Err(error) => {
                tracing::warn!(order.number, %error, "cannot ask whether an overdue order was paid; it lapses");
                Event::TimeOver
            }
        };
        self.apply(id, event).await?;
        Ok(())
    }
}

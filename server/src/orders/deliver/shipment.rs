//! The shipment: what was really delivered, told to Invoicebox once.

use domain::order::{
    Order,
    machine::Event,
    settlement::{Progress, Shipment},
};
use time::UtcOffset;

use super::{MAY_STILL_HAPPEN, Tried, again, may_still_happen};
use crate::{
    invoicebox::{CallError, UnitPriceScale},
    orders::{StoreError, outbox::Job, worker::EffectWorker},
};

/// Documents are dated in Moscow time, as Invoicebox and the tax office are.
const MOSCOW: UtcOffset = match UtcOffset::from_hms(3, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

impl EffectWorker {
    /// Sends the shipment. Nothing there keeps a second one from being taken, so after any try it is looked for by
    /// its document number, and not sent again while the first may still be executed.
    pub(super) async fn ship(&self, job: &Job, order: &Order) -> Result<Tried, StoreError> {
        let (Some(shipment), Some(invoice)) = (&order.settlement.shipment, &order.invoice) else {
            return Ok(Tried::Done);
        };
        if shipment.state != Progress::UnderWay || order.settlement.is_reversed() {
            return Ok(Tried::Done);
        }
        let now = self.inner.clock.now();
        if job.attempts > 1 {
            match self.is_shipped_there(order, &invoice.provider_id, shipment).await {
                Ok(true) => return self.shipment_recorded(order, shipment).await,
                Ok(false) => {}
                // What the last try told about the unanswered one must outlive this.
                Err(error) => {
                    let error = job.last_error.clone().unwrap_or_else(|| error.to_string());
                    return Ok(Tried::Again { error, after: None });
                }
            }
            if may_still_happen(job, now) {
                let error = job.last_error.clone().unwrap_or_default();
                return Ok(Tried::Again { error, after: Some(MAY_STILL_HAPPEN) });
            }
        }
        if !self.note_sent(job).await? {
            return Ok(Tried::Done);
        }
        match self.send_shipment(order, &invoice.provider_id, shipment).await {
            Ok(()) => self.shipment_recorded(order, shipment).await,
            Err(error) if error.is_refusal() => {
                // The merchant's own rules may have shipped the order before us.
                match self.is_shipped_there(order, &invoice.provider_id, shipment).await {
                    Ok(true) => self.shipment_recorded(order, shipment).await,
                    Ok(false) => {
                        tracing::error!(order.number, %error, "Invoicebox refused the shipment");
                        let (number, words) = (shipment.number.clone(), error.to_string());
                        self.apply(order.id, Event::ShipmentRefused { number, words }).await?;
                        Ok(Tried::Done)
                    }
                    Err(error) => Ok(again(now, &error)),
                }
            }
            Err(error) if error.outcome_unknown() => {
                Ok(Tried::Again { error: super::unanswered(self.inner.clock.now(), &error), after: None })
            }
            Err(error) => Ok(again(now, &error)),
        }
    }

    async fn send_shipment(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
    ) -> Result<(), CallError> {
        let date = self.inner.clock.now().to_offset(MOSCOW).date();
        let client = &self.inner.invoicebox;
        let sent = client.create_shipment(provider_id, shipment, date, UnitPriceScale::Two).await;
        if !sent.as_ref().is_err_and(CallError::is_unit_price_refused) {
            return sent;
        }
        tracing::error!(
            order.number,
            "Invoicebox refused unit prices of two decimals in a shipment: once more with six"
        );
        client.create_shipment(provider_id, shipment, date, UnitPriceScale::Six).await
    }

    /// Ours by its number, or others that cover what was delivered.
    async fn is_shipped_there(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
    ) -> Result<bool, CallError> {
        let rows = self.inner.invoicebox.shipments(provider_id).await?;
        let live = rows.iter().filter(|row| !row.canceled);
        if live.clone().any(|row| row.document_number.as_deref() == Some(&shipment.number)) {
            return Ok(true);
        }
        let covered = live.filter_map(|row| row.amount).sum::<domain::money::Kopecks>() >= shipment.amount();
        if covered {
            tracing::warn!(order.number, "Invoicebox has shipments of this order already");
        }
        Ok(covered)
    }

    async fn shipment_recorded(&self, order: &Order, shipment: &Shipment) -> Result<Tried, StoreError> {
        let number = shipment.number.clone();
        self.apply(order.id, Event::ShipmentRecorded { number }).await?;
        Ok(Tried::Done)
    }
}

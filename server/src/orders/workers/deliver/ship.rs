//! Report to Invoicebox of what was really delivered, once.

use domain::{
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{Payment, Progress, Shipment},
    },
};
use time::UtcOffset;

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_happen, send_with_fitting_prices},
    report_refusal::ReportRefusal,
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient},
    orders::{
        Outbox, StoreError,
        store::{Marks, OutboxEntry},
    },
};

/// Time zone of the dates of documents, as at Invoicebox and at the tax office.
const MOSCOW: UtcOffset = match UtcOffset::from_hms(3, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// Reports the shipment of an order.
pub(super) struct Ship {
    pub outbox: Outbox,
    pub clock: Clock,
    pub invoicebox: InvoiceboxClient,
    pub report_refusal: ReportRefusal,
}

impl Ship {
    /// Sends the shipment. Invoicebox would take a second one, so after any try it is looked for by its
    /// document number, and not sent again while the first may still be executed.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let (Some(shipment), Some(invoice)) = (&order.settlement.shipment, &order.invoice) else {
            return Ok(Attempt::Done);
        };
        if shipment.state != Progress::UnderWay || order.settlement.is_reversed() {
            return Ok(Attempt::Done);
        }
        // It goes when a person has decided about the fuel: that is an effect of its own.
        if order.is_shipment_held() {
            return Ok(Attempt::Done);
        }
        // The merchant's own rules may have shipped it before us, and a second one would be taken.
        let was_reserved = order.settlement.payment.is_some_and(Payment::began_as_reserve);
        if entry.attempts > 1 || was_reserved {
            match self.is_shipped_there(order, &invoice.provider_id, shipment).await {
                Ok(Some(by_others)) => return Ok(recorded(shipment, by_others)),
                Ok(None) => {}
                Err(error) => {
                    self.report_refusal.run(entry, order, &shipment.number, &error).await?;
                    return Ok(Attempt::look_failed(entry, &error));
                }
            }
            if may_still_happen(entry, self.clock.now()) {
                return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
            }
        }
        if !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        match self.send_shipment(order, &invoice.provider_id, shipment).await {
            Ok(()) => Ok(recorded(shipment, None)),
            Err(error) if error.is_final_refusal() => {
                Ok(self.refused(order, &invoice.provider_id, shipment, &error).await)
            }
            Err(error) => {
                self.report_refusal.run(entry, order, &shipment.number, &error).await?;
                let sent = error.is_outcome_unknown().then(|| Marks::sent(self.clock.now()));
                Ok(Attempt::write_failed(&error, sent.unwrap_or(Marks::NONE)))
            }
        }
    }

    async fn send_shipment(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
    ) -> Result<(), CallError> {
        let date = self.clock.now().to_offset(MOSCOW).date();
        send_with_fitting_prices(order.number, "shipment", |scale| {
            self.invoicebox.create_shipment(provider_id, shipment, date, scale)
        })
        .await
    }

    /// A refused shipment: the merchant's own rules may have shipped the order before us.
    async fn refused(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
        refusal: &CallError,
    ) -> Attempt {
        match self.is_shipped_there(order, provider_id, shipment).await {
            Ok(Some(by_others)) => recorded(shipment, by_others),
            Ok(None) => {
                tracing::error!(order.number, error = %refusal, "Invoicebox refused the shipment");
                let (number, reason) = (shipment.number.clone(), refusal.to_string());
                Attempt::Learned(Event::ShipmentRefused { number, reason })
            }
            Err(error) => Attempt::call_failed(&error),
        }
    }

    /// Whether Invoicebox has our shipment by its number (`Some(None)`), or others, with their sum, that cover what was
    /// delivered; `None`: neither.
    async fn is_shipped_there(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
    ) -> Result<Option<Option<Kopecks>>, CallError> {
        let rows = self.invoicebox.shipments(provider_id).await?;
        let live = rows.iter().filter(|row| !row.canceled);
        if live.clone().any(|row| row.document_number.as_deref() == Some(&shipment.number)) {
            return Ok(Some(None));
        }
        let sum: Kopecks = live.filter_map(|row| row.amount).sum();
        let is_covered = sum >= shipment.amount();
        if is_covered {
            tracing::warn!(order.number, "Invoicebox has shipments of this order already");
        }
        Ok(is_covered.then_some(Some(sum)))
    }
}

fn recorded(shipment: &Shipment, by_others: Option<Kopecks>) -> Attempt {
    Attempt::Learned(Event::ShipmentRecorded { number: shipment.number.clone(), by_others })
}

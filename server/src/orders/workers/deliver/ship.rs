//! Report to Invoicebox of what was really delivered, once.

use std::sync::Arc;

use domain::{
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{Cause, Payment, Progress, Shipment},
    },
    quote::Line,
};
use time::UtcOffset;

use super::{
    attempt::{Attempt, UNKNOWN_OUTCOME_WAIT, may_still_happen, send_with_fitting_prices},
    found_money::{record_found, taken_of},
    report_refusal::ReportRefusal,
};
use crate::{
    clock::Clock,
    invoicebox::{CallError, InvoiceboxClient, ProviderShipment, ProviderStatus, provider_sku},
    orders::{
        OrderChanges, Outbox, StoreError,
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
    pub changes: Arc<OrderChanges>,
}

impl Ship {
    /// Sends the shipment. Invoicebox would take a second one, so after any try it is looked for by its
    /// document number, and not sent again while the first may still be executed.
    pub async fn run(&self, entry: &OutboxEntry, order: &Order) -> Result<Attempt, StoreError> {
        let (Some(shipment), Some(invoice)) = (&order.settlement.shipment, &order.invoice) else {
            return Ok(Attempt::Done);
        };
        // One that is held goes when a person has decided about the fuel, one of money that is back when the payment is there
        // again: by an effect of its own, which must not overtake a call of this one.
        if !order.is_shipping() || order.is_shipment_held() {
            let is_open = shipment.state == Progress::UnderWay;
            let may_arrive = is_open && may_still_happen(entry, self.clock.now());
            return Ok(if may_arrive {
                Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT))
            } else {
                Attempt::Done
            });
        }
        // The merchant's own rules may have shipped it before us, and a second one would be taken.
        let (missing, by_others) = match self.look(order, &invoice.provider_id, shipment).await {
            Ok(Shipped::Known(taken)) => return self.learn(entry, order, shipment, taken).await,
            Ok(Shipped::Missing { lines, by_others }) => (lines, by_others),
            Err(error) => {
                self.report_refusal.run(entry, order, &shipment.number, &error).await?;
                return Ok(Attempt::look_failed(entry, &error));
            }
        };
        if may_still_happen(entry, self.clock.now()) {
            return Ok(Attempt::wait(entry, Some(UNKNOWN_OUTCOME_WAIT)));
        }
        if !self.outbox.mark_sent(&entry.lease, self.clock.now()).await? {
            return Ok(Attempt::Done);
        }
        let missing = Shipment { lines: missing, ..shipment.clone() };
        match self.send_shipment(order, &invoice.provider_id, &missing).await {
            Ok(()) => {
                match self.taken_of_reserve(order, &invoice.provider_id, by_others + missing.amount()).await {
                    // It is found by its number at the next look, and not sent again before that can show it.
                    Ok(Taken::Unseen { .. }) => Ok(look_again(Marks::sent(self.clock.now()))),
                    Ok(taken) => self.learn(entry, order, shipment, taken).await,
                    Err(error) => Ok(Attempt::write_failed(&error, Marks::sent(self.clock.now()))),
                }
            }
            Err(error) if error.is_final_refusal() => {
                self.refused(entry, order, &invoice.provider_id, shipment, &error).await
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
        entry: &OutboxEntry,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
        refusal: &CallError,
    ) -> Result<Attempt, StoreError> {
        Ok(match self.look(order, provider_id, shipment).await {
            Ok(Shipped::Known(taken)) => return self.learn(entry, order, shipment, taken).await,
            Ok(Shipped::Missing { .. }) => {
                tracing::error!(order.number, error = %refusal, "Invoicebox refused the shipment");
                let (number, reason) = (shipment.number.clone(), refusal.to_string());
                Attempt::Learned(Event::ShipmentRefused { number, reason })
            }
            Err(error) => Attempt::call_failed(&error),
        })
    }

    /// What the order learns of a shipment that Invoicebox has, after what others have returned meanwhile.
    async fn learn(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        shipment: &Shipment,
        taken: Taken,
    ) -> Result<Attempt, StoreError> {
        // The effect of a return reads them itself.
        if let (None, Some(invoice)) = (order.settlement.pending_returns().next(), &order.invoice) {
            match self.invoicebox.find_refunds(&invoice.provider_id).await {
                Ok(refunds) => {
                    record_found(&self.changes, order, &refunds).await?;
                }
                // What is shipped is recorded all the same: it must not be sent again.
                Err(error) => {
                    tracing::warn!(order.number, %error, "refunds of others were not read after the shipment");
                }
            }
        }
        Ok(learned(entry, shipment, taken))
    }

    /// Whether Invoicebox has our shipment by its number, or others that cover it; what of it nobody has shipped otherwise.
    async fn look(
        &self,
        order: &Order,
        provider_id: &str,
        shipment: &Shipment,
    ) -> Result<Shipped, CallError> {
        let mut live = self.invoicebox.shipments(provider_id).await?;
        live.retain(|row| !row.canceled);
        let by_others = |row: &&ProviderShipment| row.document_number.as_deref() != Some(&shipment.number);
        let others: Vec<&ProviderShipment> = live.iter().filter(by_others).collect();
        let sum: Kopecks = others.iter().map(|row| row.sum()).sum();
        if let Some(ours) = live.iter().find(|row| !by_others(row)) {
            let shipped = sum + ours.amount.unwrap_or_else(|| shipment.amount());
            return Ok(Shipped::Known(self.taken_of_reserve(order, provider_id, shipped).await?));
        }
        let lines = unshipped(order, shipment, &others, sum);
        if lines.is_empty() {
            tracing::warn!(order.number, "Invoicebox has shipments of this order already");
            return Ok(Shipped::Known(self.taken_of_reserve(order, provider_id, sum).await?));
        }
        Ok(Shipped::Missing { lines, by_others: sum })
    }

    /// What a reserve has given in all: what was shipped, or more where Invoicebox says so. Then the rest was taken as well, and
    /// has to be returned; otherwise the last shipment has let it go.
    async fn taken_of_reserve(
        &self,
        order: &Order,
        provider_id: &str,
        shipped: Kopecks,
    ) -> Result<Taken, CallError> {
        let settlement = &order.settlement;
        if !settlement.payment.is_some_and(Payment::began_as_reserve) {
            return Ok(Taken::Paid);
        }
        // Nothing is left to be let go.
        let has_rest = settlement.returns.iter().any(|back| back.cause == Cause::Rest);
        let is_as_decided = settlement.shipment.as_ref().is_some_and(|it| it.amount() == shipped);
        if !has_rest && is_as_decided {
            return Ok(Taken::Paid);
        }
        let there = self.invoicebox.get_order(provider_id).await?;
        if there.status != ProviderStatus::Completed {
            return Ok(Taken::Unseen { shipped });
        }
        let refunds = self.invoicebox.find_refunds(provider_id).await?;
        let taken = taken_of(&self.invoicebox, order, provider_id, &refunds).await?;
        Ok(match taken {
            Some(taken) => Taken::OfReserve(taken.max(shipped)),
            // What others took of it is known from before, or was all of it.
            None if settlement.payment == Some(Payment::Captured) => Taken::Paid,
            None => Taken::OfReserve(shipped),
        })
    }
}

/// What Invoicebox has of a shipment.
enum Shipped {
    /// All of it, and what was taken for it.
    Known(Taken),
    /// These lines of it are missing; others have shipped so much.
    Missing { lines: Vec<Line>, by_others: Kopecks },
}

/// What was taken of a payment for its shipments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// All of it, when it was paid.
    Paid,
    /// This sum of a reserve.
    OfReserve(Kopecks),
    /// Nobody knows yet: the reserve is not shown as taken.
    Unseen { shipped: Kopecks },
}

/// Tries after which a reserve that is not shown as taken counts as taken for what was shipped.
const MAX_TRIES_UNSEEN: i64 = 6;

/// The shipment is there, and its reserve is not shown as taken.
fn look_again(marks: Marks) -> Attempt {
    let error = "shipped, and the reserve is not shown as taken yet".to_owned();
    Attempt::Retry { error: Some(error), marks, after: None }
}

/// What the order learns of a shipment that Invoicebox has.
fn learned(entry: &OutboxEntry, shipment: &Shipment, taken: Taken) -> Attempt {
    let number = shipment.number.clone();
    let taken = match taken {
        Taken::Unseen { .. } if entry.attempts < MAX_TRIES_UNSEEN => return look_again(entry.row.marks),
        Taken::OfReserve(taken) | Taken::Unseen { shipped: taken } => Some(taken),
        Taken::Paid => None,
    };
    Attempt::Learned(Event::ShipmentRecorded { number, taken })
}

/// What nobody has shipped of our lines: by line, where the other shipments show theirs, otherwise by their sum.
fn unshipped(order: &Order, shipment: &Shipment, others: &[&ProviderShipment], sum: Kopecks) -> Vec<Line> {
    if others.iter().any(|row| row.lines.is_empty()) {
        return if sum >= shipment.amount() { Vec::new() } else { shipment.lines.clone() };
    }
    let missing_of = |line: &Line| {
        let sku = provider_sku(&line.sku.0);
        let parts = others.iter().flat_map(|row| &row.lines).filter(|part| part.sku == sku);
        let total = line.total.minus_at_least_zero(parts.map(|part| part.amount).sum());
        if total == line.total { Some(line.clone()) } else { line.part_worth(total, line.vat_sum) }
    };
    let lines: Vec<Line> = shipment.lines.iter().filter_map(missing_of).collect();
    if !lines.is_empty() && lines != shipment.lines {
        tracing::warn!(order.number, "others have shipped some of this order: the rest is shipped");
    }
    lines
}

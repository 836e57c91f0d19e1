//! Reports of payments by Invoicebox, compared with our orders. Signatures have been checked before.

use std::{sync::Arc, time::Duration};

use domain::order::{Order, Reason, Status, machine::Event, settlement::Payment};

use tokio::time::timeout;

use super::report_answers::{not_found, unread};
use crate::{
    invoicebox::{
        InvoiceboxClient, Notification, NotificationAnswer, NotificationAnswerCode, ProviderStatus,
    },
    orders::{Applied, OrderChanges, OrderRules, OrderStore, StoreError},
    stations::catalogue::Catalogue,
};

/// Time limit of the read: the payer waits meanwhile, and Invoicebox waits 20 s for our whole answer.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// Applies reports of payments: notifications, and orders read by the API.
#[derive(Clone)]
pub struct ReportPayment {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) invoicebox: InvoiceboxClient,
    pub(in crate::orders) rules: Arc<OrderRules>,
}

impl ReportPayment {
    /// Decides on a report and answers only after the fact is durable.
    pub async fn run(&self, report: &Notification) -> NotificationAnswer {
        let decided = async {
            match self.clarified(report).await? {
                Ok(None) => self.decide(report).await,
                Ok(Some(read)) => self.decide(&read).await,
                Err(answer) => Ok(answer),
            }
        };
        match decided.await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a notification could not be recorded; Invoicebox will repeat it");
                NotificationAnswer::error(
                    NotificationAnswerCode::OutOfService,
                    "the database does not answer",
                )
            }
        }
    }

    async fn decide(&self, report: &Notification) -> Result<NotificationAnswer, StoreError> {
        if report.is_test() {
            let ours = report.merchant_id.as_deref().is_some_and(|merchant| self.is_our_merchant(merchant));
            return Ok(if ours { NotificationAnswer::Success } else { not_found() });
        }
        let Some(order) = self.reported_order(report).await? else { return Ok(not_found()) };
        if !report.merchant_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&order.merchant_id)) {
            return Ok(not_found());
        }
        if let Some(answer) = self.apply_other_sum(&order, report).await? {
            return Ok(answer);
        }
        let held = report.status == ProviderStatus::Hold;
        match &report.status {
            ProviderStatus::Completed => self.apply_paid(&order, report, held).await,
            ProviderStatus::Hold if self.rules.release_on_hold => self.apply_paid(&order, report, held).await,
            ProviderStatus::Canceled | ProviderStatus::Expired => self.apply_ended(&order, report).await,
            // Money that is only reserved releases no fuel.
            ProviderStatus::Created | ProviderStatus::Hold | ProviderStatus::Draft => {
                Ok(NotificationAnswer::Success)
            }
            ProviderStatus::Unknown(status) => {
                tracing::error!(
                    order.number,
                    status,
                    "a notification has a status that is not documented; nothing was done"
                );
                Ok(NotificationAnswer::Success)
            }
        }
    }

    /// Compares the sum. Another one is recorded, and what was paid of it goes back. `None`: it is the order's, or the
    /// part of a reserve that our shipment has taken.
    async fn apply_other_sum(
        &self,
        order: &Order,
        report: &Notification,
    ) -> Result<Option<NotificationAnswer>, StoreError> {
        // What has ended is of no sum.
        let has_ended = matches!(report.status, ProviderStatus::Canceled | ProviderStatus::Expired);
        if has_ended || report.is_for(order.total) {
            return Ok(None);
        }
        if is_captured(order, report) {
            // Our own shipment took it: what the answer to the shipment says is not known yet.
            return Ok(Some(NotificationAnswer::Success));
        }
        tracing::error!(order.number, reported = ?report.amount, expected = order.total.get(), "Invoicebox names another sum");
        let answer = NotificationAnswer::error(
            NotificationAnswerCode::OrderWrongAmount,
            "the amount or the currency differs",
        );
        if !report.was_read {
            // What moves money back has to be read, not only said.
            return match timeout(READ_TIMEOUT, self.invoicebox.get_order(&report.provider_id)).await {
                Ok(Ok(there)) => {
                    Box::pin(self.decide(&Notification::read(there))).await?;
                    Ok(Some(answer))
                }
                Ok(Err(error)) if error.is_not_found() => Ok(Some(answer)),
                Ok(Err(_)) | Err(_) => Ok(Some(unread())),
            };
        }
        let is_rouble = report.currency.as_deref().is_none_or(|currency| currency == "RUB");
        let is_paid = self.is_paid(&report.status);
        if let Some(amount) = report.amount.filter(|_| is_rouble) {
            let event = if is_paid {
                paid_event(report, report.status == ProviderStatus::Hold)
            } else {
                Event::SumDiffers { amount, invoice: None }
            };
            self.changes.apply(order.id, event).await?;
        }
        Ok(Some(answer))
    }

    /// Applies a payment. Neither the pump nor the station's hours are asked: the driver starts the pump, later.
    async fn apply_paid(
        &self,
        order: &Order,
        report: &Notification,
        held: bool,
    ) -> Result<NotificationAnswer, StoreError> {
        let order = match self.changes.apply(order.id, paid_event(report, held)).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(not_found()),
        };
        let was_taken_back = order.settlement.is_reversed() || order.settlement.is_canceled();
        let order = if was_taken_back && is_our_invoice(&order, report) {
            match self.restored(order, report).await? {
                Ok(order) => order,
                Err(answer) => return Ok(answer),
            }
        } else {
            order
        };
        if !is_our_invoice(&order, report) {
            tracing::error!(
                order.number,
                by = report.provider_id,
                "paid a second time, through another invoice: it goes back"
            );
            return Ok(NotificationAnswer::error(
                NotificationAnswerCode::OrderAlreadyPaid,
                "paid before under another id",
            ));
        }
        Ok(if is_never_served(&order) {
            NotificationAnswer::error(
                NotificationAnswerCode::ShippingUnavailable,
                "the order cannot be fulfilled; the money goes back",
            )
        } else {
            NotificationAnswer::Success
        })
    }

    /// Applies a cancelled or expired invoice. Another invoice under our number does not concern this order.
    async fn apply_ended(
        &self,
        order: &Order,
        report: &Notification,
    ) -> Result<NotificationAnswer, StoreError> {
        if order.invoice.is_some() && !is_our_invoice(order, report) {
            return Ok(NotificationAnswer::Success);
        }
        let reserve_lapsed = order.settlement.payment == Some(Payment::Held);
        let event = match report.status {
            ProviderStatus::Expired if !reserve_lapsed => Event::TimeOver,
            _ => Event::PaymentCanceled,
        };
        self.changes.apply(order.id, event).await?;
        Ok(NotificationAnswer::Success)
    }

    /// Whether money of this status counts as paid.
    pub(super) fn is_paid(&self, status: &ProviderStatus) -> bool {
        status.is_paid(self.rules.release_on_hold)
    }

    /// Whether this is the merchant of the network or of a station.
    fn is_our_merchant(&self, merchant_id: &str) -> bool {
        let is_it = |ours: &String| ours.eq_ignore_ascii_case(merchant_id);
        is_it(&self.rules.merchant_id) || self.catalogue.merchants().iter().any(is_it)
    }

    pub(super) async fn reported_order(&self, report: &Notification) -> Result<Option<Order>, StoreError> {
        if let Some(number) = &report.merchant_order_id {
            if let Some(order) = self.store.find_by_number_at_provider(number).await? {
                return Ok(Some(order));
            }
            if let Some(order) = self.find_by_earlier_number(number).await? {
                return Ok(Some(order));
            }
        }
        self.store.find_by_provider_id(&report.provider_id).await
    }

    /// Finds an order whose number at Invoicebox was this one before: it begins with the order's short number.
    async fn find_by_earlier_number(&self, number: &str) -> Result<Option<Order>, StoreError> {
        let short = number.split_once('-').and_then(|(short, _)| short.parse().ok());
        let Some(short) = short else { return Ok(None) };
        let order = self.store.find_by_number(short).await?;
        Ok(order.filter(|order| order.earlier_numbers.iter().any(|earlier| earlier == number)))
    }
}

/// Whether the report is about the order's own invoice.
pub(super) fn is_our_invoice(order: &Order, report: &Notification) -> bool {
    order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id == report.provider_id)
}

/// Whether the report names the sum that was taken of reserved money: that of the delivery.
fn is_captured(order: &Order, report: &Notification) -> bool {
    order.settlement.payment == Some(Payment::Held)
        && order.settlement.shipment.as_ref().is_some_and(|shipment| report.is_for(shipment.amount()))
}

/// Whether the order was paid for nothing: it was over.
fn is_never_served(order: &Order) -> bool {
    order.status == Status::Unavailable && matches!(order.reason, Some(Reason::PaidTooLate))
}

fn paid_event(report: &Notification, held: bool) -> Event {
    Event::Paid {
        provider_id: report.provider_id.clone(),
        held,
        paid_at: report.paid_at,
        amount: report.amount,
    }
}

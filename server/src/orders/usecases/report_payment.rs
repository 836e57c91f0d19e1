//! Reports of payments by Invoicebox, compared with our orders. Signatures have been checked before.

use std::{sync::Arc, time::Duration};

use domain::{
    order::{Order, Reason, Status, machine::Event, settlement::Payment},
    quote::Line,
    refusal::StationObjection,
    station::FuelProduct,
    texts::describe_station_objection,
};
use tokio::time::timeout;

use crate::{
    invoicebox::{
        InvoiceboxClient, Notification, NotificationAnswer, NotificationAnswerCode, ProviderStatus,
    },
    orders::{Applied, OrderChanges, OrderRules, OrderStore, StoreError},
    station_link::{StationCallError, StationLink},
    stations::catalogue::Catalogue,
};

/// Time in which the station has to answer: the payer waits meanwhile, and Invoicebox waits 20 s for our whole answer.
const STATION_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Applies reports of payments: notifications, and orders read by the API.
#[derive(Clone)]
pub struct ReportPayment {
    pub(in crate::orders) changes: Arc<OrderChanges>,
    pub(in crate::orders) store: OrderStore,
    pub(in crate::orders) catalogue: Arc<Catalogue>,
    pub(in crate::orders) station_link: Arc<dyn StationLink>,
    pub(in crate::orders) rules: Arc<OrderRules>,
    pub(in crate::orders) invoicebox: InvoiceboxClient,
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
        if !report.is_for(order.total) && !is_captured(&order, report) {
            tracing::error!(order.number, reported = ?report.amount, expected = order.total.get(), "a notification names another sum");
            return Ok(NotificationAnswer::error(
                NotificationAnswerCode::OrderWrongAmount,
                "the amount or the currency differs",
            ));
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

    /// Applies a payment. The station is asked before the answer: if it certainly cannot serve, the payment page shows
    /// that to the payer, and the money is returned by itself.
    async fn apply_paid(
        &self,
        order: &Order,
        report: &Notification,
        held: bool,
    ) -> Result<NotificationAnswer, StoreError> {
        let provider_id = report.provider_id.clone();
        let unpaid = matches!(order.status, Status::Placing | Status::AwaitingPayment);
        let refused = if unpaid { self.station_refusal_reason(order).await } else { None };
        let event = match refused {
            Some(reason) => Event::PaidUnservable { provider_id, held, reason },
            None => Event::Paid { provider_id, held },
        };
        let order = match self.changes.apply(order.id, event).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => order,
            Applied::Unknown => return Ok(not_found()),
        };
        if !is_our_invoice(&order, report) {
            tracing::error!(
                order.number,
                by = report.provider_id,
                "paid a second time, through another invoice"
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

    /// Reason of a definite refusal: the grade is sold out, or the pump is taken. Silence is no refusal.
    async fn station_refusal_reason(&self, order: &Order) -> Option<String> {
        let (Some(pump), Some(fuel)) = (order.pump, order.fuel_line().and_then(Line::fuel)) else {
            return None;
        };
        let station = self.catalogue.get(&order.station.id);
        let is_sold_out = |product: &FuelProduct| !product.available;
        if station.is_some_and(|station| station.offer().trade.fuel(fuel).is_some_and(is_sold_out)) {
            return Some(describe_station_objection(StationObjection::FuelSoldOut, order.locale).to_owned());
        }
        match timeout(STATION_ANSWER_TIMEOUT, self.station_link.ping(&order.station.id, pump)).await {
            Ok(Err(StationCallError::Refused(refusal))) => Some(refusal.into_pump_reason(order.locale)),
            Ok(Ok(()) | Err(StationCallError::Unreached | StationCallError::Silent)) | Err(_) => None,
        }
    }

    /// Whether this is the merchant of the network or of a station.
    fn is_our_merchant(&self, merchant_id: &str) -> bool {
        let is_it = |ours: &String| ours.eq_ignore_ascii_case(merchant_id);
        is_it(&self.rules.merchant_id) || self.catalogue.merchants().iter().any(is_it)
    }

    pub(super) async fn reported_order(&self, report: &Notification) -> Result<Option<Order>, StoreError> {
        if let Some(number) = &report.merchant_order_id
            && let Some(order) = self.store.find_by_number_at_provider(number).await?
        {
            return Ok(Some(order));
        }
        self.store.find_by_provider_id(&report.provider_id).await
    }
}

pub(super) fn not_found() -> NotificationAnswer {
    NotificationAnswer::error(NotificationAnswerCode::OrderNotFound, "no such order of this merchant")
}

/// Whether the report is about the order's own invoice.
fn is_our_invoice(order: &Order, report: &Notification) -> bool {
    order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id == report.provider_id)
}

/// Whether the report names the sum that was taken of reserved money: that of the delivery.
fn is_captured(order: &Order, report: &Notification) -> bool {
    order.settlement.payment == Some(Payment::Held)
        && order.settlement.shipment.as_ref().is_some_and(|shipment| report.is_for(shipment.amount()))
}

/// Whether the order was paid for nothing: the station had refused before it was asked to release a pump, or the order
/// was over.
fn is_never_served(order: &Order) -> bool {
    order.status == Status::Unavailable
        && !order.is_release_requested()
        && matches!(order.reason, Some(Reason::StationRefused(_) | Reason::PaidTooLate))
}

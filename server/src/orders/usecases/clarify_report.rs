//! Reports that are not taken at their word: the order is read at once, and what was read counts as the report.
//!
//! A status that is not documented – a signed sample of the vendor says `success` – decides nothing of an unpaid order.
//! Notifications arrive in any order: that of a payment may be older than the withdrawal of its invoice, or than the return
//! of its money, and that of a cancellation older than the return of the payment.

use std::sync::Arc;

use domain::order::{Order, machine::Event, settlement::Payment};
use tokio::time::timeout;

use super::{
    report_answers::{not_found, unread},
    report_payment::{READ_TIMEOUT, ReportPayment, is_our_invoice},
};
use crate::{
    invoicebox::{Notification, NotificationAnswer, ProviderStatus},
    orders::{Applied, StoreError},
};

impl ReportPayment {
    /// What was read in place of a report that proves nothing; `None` for a report that is to be taken as it is.
    ///
    /// # Errors
    /// The answer to the report if the order cannot be read: Invoicebox then repeats it.
    pub(super) async fn clarified(
        &self,
        report: &Notification,
    ) -> Result<Result<Option<Notification>, NotificationAnswer>, StoreError> {
        if report.was_read || report.is_test() {
            return Ok(Ok(None));
        }
        let order = self.reported_order(report).await?;
        let Some(order) = order.filter(|order| self.needs_read(order, report)) else { return Ok(Ok(None)) };
        let status = &report.status;
        tracing::warn!(order.number, ?status, "a notification proves nothing; reading the order");
        let read = timeout(READ_TIMEOUT, self.invoicebox.get_order(&report.provider_id)).await;
        Ok(match read {
            Ok(Ok(there)) if self.reports_payment(report) && !self.confirms(&there.status) => {
                let read = &there.status;
                tracing::error!(
                    order.number,
                    ?status,
                    ?read,
                    "a payment is reported that a read does not show"
                );
                Err(unread())
            }
            Ok(Ok(there)) => Ok(Some(Notification::read(there))),
            Ok(Err(error)) if error.is_not_found() => Err(not_found()),
            Ok(Err(error)) => {
                tracing::error!(order.number, %error, "the order of that notification cannot be read");
                Err(unread())
            }
            Err(_) => {
                tracing::error!(order.number, "the order of that notification cannot be read in time");
                Err(unread())
            }
        })
    }

    fn needs_read(&self, order: &Order, report: &Notification) -> bool {
        match report.status {
            ProviderStatus::Unknown(_) => order.settlement.payment.is_none(),
            ProviderStatus::Canceled | ProviderStatus::Expired => takes_payment_back(order, report),
            _ => self.reports_payment(report) && may_be_outdated(order, report),
        }
    }

    fn reports_payment(&self, report: &Notification) -> bool {
        self.is_paid(&report.status)
    }

    /// Whether a read of this status settles what a report of a payment says: it is paid, or it has ended.
    fn confirms(&self, status: &ProviderStatus) -> bool {
        self.is_paid(status) || matches!(status, ProviderStatus::Canceled | ProviderStatus::Expired)
    }
}

/// Whether a report would take a payment back that is there: it may be a repetition of one that was taken back before, and
/// restored since.
fn takes_payment_back(order: &Order, report: &Notification) -> bool {
    let is_reserve = order.settlement.payment == Some(Payment::Held);
    order.settlement.payment.is_some()
        && !order.settlement.is_reversed()
        && is_our_invoice(order, report)
        && (is_reserve || report.status == ProviderStatus::Canceled)
}

/// Whether a report of a payment may be older than the withdrawal of its invoice, or than the return of its money.
fn may_be_outdated(order: &Order, report: &Notification) -> bool {
    let (id, settlement) = (&report.provider_id, &order.settlement);
    if settlement.second_payments.iter().any(|second| second.provider_id == *id) {
        return false;
    }
    let is_recorded =
        settlement.payment.is_some() && !settlement.is_canceled() && is_our_invoice(order, report);
    order.duplicate_invoices.contains(id) || (order.status.is_final() && !is_recorded)
}

impl ReportPayment {
    /// Asks whether a payment that was taken back is there again: a report of it may be an old one that comes late. Returns the
    /// order as it is then, or the answer to the report if Invoicebox cannot be asked: it then repeats it.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(super) async fn restored(
        &self,
        order: Arc<Order>,
        report: &Notification,
    ) -> Result<Result<Arc<Order>, NotificationAnswer>, StoreError> {
        let status = if report.was_read {
            report.status.clone()
        } else {
            match timeout(READ_TIMEOUT, self.invoicebox.get_order(&report.provider_id)).await {
                Ok(Ok(there)) => there.status,
                Ok(Err(error)) if error.is_not_found() => return Ok(Ok(order)),
                Ok(Err(_)) | Err(_) => {
                    tracing::error!(
                        order.number,
                        "a payment that was taken back and is reported again cannot be read"
                    );
                    return Ok(Err(unread()));
                }
            }
        };
        let held = status == ProviderStatus::Hold;
        if !held && status != ProviderStatus::Completed {
            return Ok(Ok(order));
        }
        match self.changes.apply(order.id, Event::PaymentRestored { held }).await? {
            Applied::Changed(order) | Applied::Unchanged(order) | Applied::Refused(order) => Ok(Ok(order)),
            Applied::Unknown => Ok(Err(not_found())),
        }
    }
}

//! A reported status that is not documented – a signed sample of the vendor says `success` – decides nothing. While the
//! order is unpaid it is read at once, and what was read counts as the report.

use std::sync::Arc;

use domain::order::{Order, machine::Event};
use tokio::time::timeout;

use super::report_payment::{READ_TIMEOUT, ReportPayment, not_found};
use crate::{
    invoicebox::{Notification, NotificationAnswer, NotificationAnswerCode, ProviderStatus},
    orders::{Applied, StoreError},
};

impl ReportPayment {
    /// What was read in place of a report that says nothing; `None` for a report that is to be taken as it is.
    ///
    /// # Errors
    /// The answer to the report if the order cannot be read: Invoicebox then repeats it.
    pub(super) async fn clarified(
        &self,
        report: &Notification,
    ) -> Result<Result<Option<Notification>, NotificationAnswer>, StoreError> {
        let ProviderStatus::Unknown(status) = &report.status else { return Ok(Ok(None)) };
        if report.was_read || report.is_test() {
            return Ok(Ok(None));
        }
        let order = self.reported_order(report).await?.filter(|order| order.settlement.payment.is_none());
        let Some(order) = order else { return Ok(Ok(None)) };
        tracing::warn!(
            order.number,
            status,
            "a notification has a status that is not documented; reading the order"
        );
        let read = timeout(READ_TIMEOUT, self.invoicebox.get_order(&report.provider_id)).await;
        Ok(match read {
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

fn unread() -> NotificationAnswer {
    NotificationAnswer::error(NotificationAnswerCode::OutOfService, "the order cannot be read")
}

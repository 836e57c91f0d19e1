//! What Invoicebox says of a payment, held against what we know. The signature has been checked before.

use domain::order::{Order, Status, machine::Event};

use super::{Orders, StoreError};
use crate::invoicebox::{Answer, AnswerCode, Notification, ProviderStatus};

impl Orders {
    /// Decides on a notification and answers only after the fact is durable.
    pub async fn payment_reported(&self, report: &Notification) -> Answer {
        match self.decide(report).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a notification could not be recorded; Invoicebox will repeat it");
                Answer::error(AnswerCode::OutOfService, "the database does not answer")
            }
        }
    }

    async fn decide(&self, report: &Notification) -> Result<Answer, StoreError> {
        if report.is_test() {
            let ours = report.merchant_id.as_deref().is_some_and(|merchant| self.is_ours(merchant));
            return Ok(if ours { Answer::Success } else { not_found() });
        }
        let Some(order) = self.reported_order(report).await? else { return Ok(not_found()) };
        if !report.merchant_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&order.merchant_id)) {
            return Ok(not_found());
        }
        let by_another =
            order.invoice.as_ref().is_some_and(|invoice| invoice.provider_id != report.provider_id);
        if by_another && order.status.is_paid() {
            return Ok(Answer::error(AnswerCode::OrderAlreadyPaid, "paid before under another id"));
        }
        if !report.is_for(order.total) {
            tracing::error!(order.number, reported = ?report.amount, expected = order.total.get(), "a notification names another sum");
            return Ok(Answer::error(AnswerCode::OrderWrongAmount, "the amount or the currency differs"));
        }
        let event = match &report.status {
            ProviderStatus::Completed => Event::Paid { provider_id: report.provider_id.clone() },
            ProviderStatus::Canceled => Event::PaymentCanceled,
            ProviderStatus::Expired => Event::TimeOver,
            // Money that is only reserved releases no fuel.
            ProviderStatus::Created | ProviderStatus::Hold | ProviderStatus::Draft => {
                return Ok(Answer::Success);
            }
            ProviderStatus::Unknown(status) => {
                tracing::error!(
                    order.number,
                    status,
                    "a notification has a status that is not documented; nothing was done"
                );
                return Ok(Answer::Success);
            }
        };
        self.apply(order.id, event).await?;
        Ok(Answer::Success)
    }

    /// The merchant of the network, or that of a station.
    fn is_ours(&self, merchant_id: &str) -> bool {
        let is_it = |ours: &String| ours.eq_ignore_ascii_case(merchant_id);
        is_it(&self.inner.rules.merchant_id) || self.inner.catalogue.merchants().iter().any(is_it)
    }

    async fn reported_order(&self, report: &Notification) -> Result<Option<Order>, StoreError> {
        if let Some(number) = &report.merchant_order_id
            && let Some(order) = self.inner.store.by_number_at_provider(number).await?
        {
            return Ok(Some(order));
        }
        self.inner.store.by_provider_id(&report.provider_id).await
    }
}

impl Orders {
    /// How many orders stand in each status, for the metrics.
    ///
    /// # Errors
    /// The store's.
    pub async fn counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.inner.store.counts().await
    }

    /// Orders that a stopped process left at the station.
    ///
    /// # Errors
    /// The store's.
    pub async fn at_the_station(&self) -> Result<Vec<Order>, StoreError> {
        self.inner.store.in_status(&[Status::Authorising, Status::Ready, Status::Fuelling]).await
    }
}

fn not_found() -> Answer {
    Answer::error(AnswerCode::OrderNotFound, "no such order of this merchant")
}

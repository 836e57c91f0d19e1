//! Messages of the Invoicebox WebSocket: since nothing is signed there, the order is read by the API and applied in the
//! same way as a notification.

use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use time::OffsetDateTime;

use crate::{
    invoicebox::{
        InvoiceboxClient, Notification, NotificationAnswer, NotificationAnswerCode, OrderPage, SocketListener,
    },
    orders::ReportPayment,
};

/// Repeats of reading an order when Invoicebox does not answer: after 1 and 4 seconds.
const READ_RETRIES: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_secs(1)).with_factor(4.0).with_max_times(2);

/// Applies changes of orders that the WebSocket of Invoicebox reports.
#[derive(Clone)]
pub struct WebsocketListener {
    pub(in crate::orders) report_payment: ReportPayment,
    pub(in crate::orders) invoicebox: InvoiceboxClient,
}

#[async_trait]
impl SocketListener for WebsocketListener {
    async fn order_changed(&self, provider_id: &str) -> NotificationAnswer {
        if Notification::is_test_id(provider_id) {
            return NotificationAnswer::Success;
        }
        let read = || self.invoicebox.get_order(provider_id);
        let read = read.retry(READ_RETRIES).sleep(tokio::time::sleep).when(|error| !error.is_not_found());
        match read.await {
            Ok(order) => self.report_payment.run(&Notification::read(order)).await,
            Err(error) if error.is_not_found() => {
                tracing::warn!(
                    "the WebSocket names an order that Invoicebox does not know; nothing was done"
                );
                NotificationAnswer::error(NotificationAnswerCode::OrderNotFound, "no such order")
            }
            Err(error) => {
                tracing::error!(%error, "an order named by the WebSocket cannot be read; it will be asked for later");
                NotificationAnswer::error(NotificationAnswerCode::OutOfService, "the order cannot be read")
            }
        }
    }

    async fn catch_up(&self, missed_since: OffsetDateTime) {
        for page in 1.. {
            match self.invoicebox.paid_since(missed_since, page).await {
                Ok(OrderPage { orders, is_last }) => {
                    for order in orders {
                        self.report_payment.run(&Notification::read(order)).await;
                    }
                    if is_last {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "payments missed by the WebSocket cannot be listed; open orders are asked for one by one");
                    return;
                }
            }
        }
    }
}

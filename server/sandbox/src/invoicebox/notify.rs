//! Notifications to the merchant: signed, repeated on the published terms, and spoiled on request.
//!
//! The body is the order without an envelope, Cyrillic raw, slashes escaped, and the signature covers
//! exactly these bytes. Only technical failures are repeated: `out_of_service`, another HTTP status than
//! 200, an answer that is not JSON, and no answer.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::oneshot;
use tracing::debug;

use super::{
    emulator::InvoiceboxSandbox,
    notification::{
        Notification, NotificationFaultKind, NotificationVerdict, RETRY_MINUTES, apply_fault, log_entry,
        read_verdict, signature, signature_sha256,
    },
    wire,
};

/// Id of the order in the monitoring's test call; the demo merchant has the same digits.
const TEST_ORDER_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// Time of the first try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationStart {
    /// After the payer has been sent back, as usual.
    AfterRedirect,
    /// At once: the payment page waits for the answer.
    Now,
}

impl InvoiceboxSandbox {
    /// Notifies the merchant of the status of an order. The receiver gets the verdict of the first try.
    pub(super) fn notify(
        &self,
        order_id: &str,
        start: NotificationStart,
    ) -> oneshot::Receiver<NotificationVerdict> {
        let (first, verdict) = oneshot::channel();
        let now = self.now();
        let mut state = self.state();
        let public_url = &self.settings().public_url;
        let fault = state.switches.notifications.take_fault();
        let kind = fault.as_ref().map(|fault| fault.kind);
        let mut delay = match start {
            NotificationStart::AfterRedirect => state.switches.notifications.delay_ms,
            NotificationStart::Now => 0,
        };
        if kind == Some(NotificationFaultKind::Delay) {
            delay = fault.map_or(0, |fault| fault.ms.min(60_000));
        }
        let generation = state.generation;
        let Some(order) = state.order(order_id, now) else { return verdict };
        let url =
            order.address("notificationUrl").unwrap_or_else(|| self.settings().notification_url.clone());
        let mut json = order.json(public_url);
        apply_fault(&mut json, kind, order.amount);
        let body = wire::text(&json);
        let signature = match kind {
            Some(NotificationFaultKind::WrongSignature) => self.sign("not-the-key", &body),
            _ => self.sign(self.key_of(&order.merchant_id), &body),
        };
        let notification = Notification { order_id: order.id.clone(), url, body, signature, generation };
        let at = now + Duration::from_millis(delay);
        if kind != Some(NotificationFaultKind::Lost) {
            tokio::spawn(self.clone().push_later(json, at));
        }
        if !state.switches.notifications.webhook {
            return verdict;
        }
        match kind {
            Some(NotificationFaultKind::Lost) => state.log_try(log_entry(&notification, now, 0, "lost")),
            Some(NotificationFaultKind::Reordered) => state.withheld.push(notification),
            _ => {
                let late = std::mem::take(&mut state.withheld);
                if kind == Some(NotificationFaultKind::Duplicate) {
                    tokio::spawn(self.clone().deliver(notification.clone(), at, None, Vec::new()));
                }
                tokio::spawn(self.clone().deliver(notification, at, Some(first), late));
            }
        }
        verdict
    }

    /// Sends the monitoring's test call, with an empty or absent number of the order.
    pub(super) fn notify_test(&self, merchant_id: &str, merchant_order_id: Value) {
        let now = self.now();
        let body = wire::text(&json!({
            "id": TEST_ORDER_ID, "merchantId": merchant_id, "merchantOrderId": merchant_order_id,
            "status": "completed", "amount": 0, "currencyId": "RUB", "createdAt": wire::format_timestamp(now),
        }));
        let notification = Notification {
            order_id: TEST_ORDER_ID.to_owned(),
            url: self.settings().notification_url.clone(),
            signature: self.sign(self.key_of(merchant_id), &body),
            body,
            generation: self.state().generation,
        };
        tokio::spawn(self.clone().deliver(notification, now, None, Vec::new()));
    }

    fn sign(&self, key: &str, body: &str) -> String {
        let sign = if self.settings().signs_with_sha256 { signature_sha256 } else { signature };
        sign(key, body.as_bytes())
    }

    async fn deliver(
        self,
        notification: Notification,
        at: OffsetDateTime,
        mut first: Option<oneshot::Sender<NotificationVerdict>>,
        late: Vec<Notification>,
    ) {
        self.sleep_until(at).await;
        let mut overtaken = Some(late);
        for attempt in 1.. {
            if self.state().generation != notification.generation {
                return;
            }
            let (verdict, answered_at) = self.try_once(&notification, attempt).await;
            let done = !matches!(verdict, NotificationVerdict::Failed(_));
            if let Some(first) = first.take() {
                // The caller may have dropped the receiver.
                let _ = first.send(verdict);
            }
            for late in overtaken.take().unwrap_or_default() {
                tokio::spawn(self.clone().deliver_late(late));
            }
            let Some(minutes) = RETRY_MINUTES.get(attempt - 1).filter(|_| !done) else { return };
            let factor = u64::from(self.state().switches.notifications.time_factor.max(1));
            let pause = Duration::from_millis(minutes * 60_000 / factor);
            self.sleep_until(answered_at + pause).await;
        }
    }

    // A boxed detour: an async function may not hold its own future.
    fn deliver_late(self, late: Notification) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let now = self.now();
        Box::pin(self.deliver(late, now, None, Vec::new()))
    }

    async fn try_once(
        &self,
        notification: &Notification,
        attempt: usize,
    ) -> (NotificationVerdict, OffsetDateTime) {
        let timeout = Duration::from_millis(self.state().switches.notifications.timeout_ms);
        let answer = self
            .client()
            .post(&notification.url)
            .timeout(timeout)
            .header("content-type", "application/json")
            .header("x-signature", &notification.signature)
            .body(notification.body.clone())
            .send()
            .await;
        let verdict = match answer {
            Ok(answer) if answer.status() == 200 => match answer.bytes().await {
                Ok(body) => read_verdict(&body),
                Err(error) => NotificationVerdict::Failed(error.without_url().to_string()),
            },
            Ok(answer) => NotificationVerdict::Failed(format!("HTTP {}", answer.status().as_u16())),
            Err(error) => NotificationVerdict::Failed(error.without_url().to_string()),
        };
        debug!(order = notification.order_id, attempt, ?verdict, "sandbox notification");
        let outcome = match &verdict {
            NotificationVerdict::Success => "success",
            NotificationVerdict::Refused(code) => code,
            NotificationVerdict::Failed(reason) => reason,
        };
        let now = self.now();
        let mut state = self.state();
        if state.generation != notification.generation {
            return (verdict, now);
        }
        state.log_try(log_entry(notification, now, attempt, outcome));
        if verdict == NotificationVerdict::Refused("shipping_unavailable".to_owned())
            && let Some(order) = state.order(&notification.order_id, now)
        {
            order.shipping_refused = true;
        }
        (verdict, now)
    }
}

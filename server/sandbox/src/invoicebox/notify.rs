//! Notifications to the merchant: signed, repeated on the published terms, and spoiled on request.
//!
//! The body is the order without an envelope, Cyrillic raw, slashes escaped, and the signature covers
//! exactly these bytes. Only technical failures are repeated: `out_of_service`, another HTTP status than
//! 200, an answer that is not JSON, and silence.

use std::time::Duration;

use hmac::{Hmac, Mac};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use time::OffsetDateTime;
use tokio::sync::oneshot;
use tracing::debug;

use super::InvoiceboxSandbox;
use super::wire;

/// Minutes to wait after each failed try: ten repeats inside 24 hours.
pub const RETRY_MINUTES: [u64; 10] = [1, 5, 15, 30, 60, 120, 180, 240, 300, 360];

/// Id of the order in the monitoring's test call; the demo merchant has the same digits.
const TEST_ORDER_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// An accident of one notification.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accident {
    /// What happens.
    pub kind: AccidentKind,
    /// For `delay`: milliseconds, at most 60 000.
    #[serde(default)]
    pub ms: u64,
    /// How many notifications are hit.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// Kinds of accidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccidentKind {
    /// Sent later.
    Delay,
    /// Sent twice at once.
    Duplicate,
    /// Held back until the next notification has been sent.
    Reordered,
    /// Never sent.
    Lost,
    /// Signed with another key.
    WrongSignature,
    /// One currency unit more than was paid.
    ChangedAmount,
    /// Names somebody else's merchant.
    WrongMerchant,
    /// A status that nobody has heard of.
    UnknownStatus,
}

/// A notification, ready to be sent.
#[derive(Clone, Debug)]
pub struct Notification {
    order_id: String,
    url: String,
    body: String,
    signature: String,
    generation: u64,
}

/// What the merchant made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    Success,
    /// Refused for good, with a code.
    Refused(String),
    /// A technical failure: to be repeated.
    Failed(String),
}

/// When the first try is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After the payer has been sent back, as usual.
    AfterRedirect,
    /// At once: the payment page waits for the answer.
    Now,
}

/// Lower-case hex of HMAC-SHA1 over the bytes; the key is taken as UTF-8.
pub fn signature(key: &str, body: &[u8]) -> String {
    // A key of any length is good for HMAC, so the error cannot occur.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The same with SHA-256, which the merchant office offers too.
pub fn signature_sha256(key: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

impl InvoiceboxSandbox {
    /// Tells the merchant where an order stands now. The receiver gets the verdict of the first try.
    pub(super) fn announce(&self, order_id: &str, start: Start) -> oneshot::Receiver<Verdict> {
        let (first, verdict) = oneshot::channel();
        let now = self.now();
        let mut state = self.state();
        let public_url = &self.inner.settings.public_url;
        let accident = state.knobs.notifications.take_accident();
        let kind = accident.as_ref().map(|accident| accident.kind);
        let mut delay = match start {
            Start::AfterRedirect => state.knobs.notifications.delay_ms,
            Start::Now => 0,
        };
        if kind == Some(AccidentKind::Delay) {
            delay = accident.map_or(0, |accident| accident.ms.min(60_000));
        }
        let generation = state.generation;
        let Some(order) = state.order(order_id, now) else { return verdict };
        let url =
            order.address("notificationUrl").unwrap_or_else(|| self.inner.settings.notification_url.clone());
        let mut json = order.json(public_url);
        spoil(&mut json, kind, order.amount);
        let body = wire::text(&json);
        let signature = match kind {
            Some(AccidentKind::WrongSignature) => self.sign("not-the-key", &body),
            _ => self.sign(self.key_of(&order.merchant_id), &body),
        };
        let notification = Notification { order_id: order.id.clone(), url, body, signature, generation };
        let at = now + Duration::from_millis(delay);
        if kind != Some(AccidentKind::Lost) {
            tokio::spawn(self.clone().push_later(json, at));
        }
        if !state.knobs.notifications.webhook {
            return verdict;
        }
        match kind {
            Some(AccidentKind::Lost) => state.log_try(entry(&notification, now, 0, "lost")),
            Some(AccidentKind::Reordered) => state.withheld.push(notification),
            _ => {
                let late = std::mem::take(&mut state.withheld);
                if kind == Some(AccidentKind::Duplicate) {
                    tokio::spawn(self.clone().deliver(notification.clone(), at, None, Vec::new()));
                }
                tokio::spawn(self.clone().deliver(notification, at, Some(first), late));
            }
        }
        verdict
    }

    /// Sends the monitoring's test call, with an empty or absent number of the order.
    pub(super) fn announce_test(&self, merchant_id: &str, merchant_order_id: Value) {
        let now = self.now();
        let body = wire::text(&json!({
            "id": TEST_ORDER_ID, "merchantId": merchant_id, "merchantOrderId": merchant_order_id,
            "status": "completed", "amount": 0, "currencyId": "RUB", "createdAt": wire::atom(now),
        }));
        let notification = Notification {
            order_id: TEST_ORDER_ID.to_owned(),
            url: self.inner.settings.notification_url.clone(),
            signature: self.sign(self.key_of(merchant_id), &body),
            body,
            generation: self.state().generation,
        };
        tokio::spawn(self.clone().deliver(notification, now, None, Vec::new()));
    }

    fn sign(&self, key: &str, body: &str) -> String {
        let sign = if self.inner.settings.signs_with_sha256 { signature_sha256 } else { signature };
        sign(key, body.as_bytes())
    }

    async fn deliver(
        self,
        notification: Notification,
        at: OffsetDateTime,
        mut first: Option<oneshot::Sender<Verdict>>,
        late: Vec<Notification>,
    ) {
        self.inner.settings.clock.sleep_until(at).await;
        let mut overtaken = Some(late);
        for attempt in 1.. {
            if self.state().generation != notification.generation {
                return;
            }
            let (verdict, answered_at) = self.try_once(&notification, attempt).await;
            let done = !matches!(verdict, Verdict::Failed(_));
            if let Some(first) = first.take() {
                // Nobody has to listen.
                let _ = first.send(verdict);
            }
            for late in overtaken.take().unwrap_or_default() {
                tokio::spawn(self.clone().deliver_late(late));
            }
            let Some(minutes) = RETRY_MINUTES.get(attempt - 1).filter(|_| !done) else { return };
            let factor = u64::from(self.state().knobs.notifications.time_factor.max(1));
            let pause = Duration::from_millis(minutes * 60_000 / factor);
            self.inner.settings.clock.sleep_until(answered_at + pause).await;
        }
    }

    // A boxed detour: an async function may not hold its own future.
    fn deliver_late(self, late: Notification) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let now = self.now();
        Box::pin(self.deliver(late, now, None, Vec::new()))
    }

    async fn try_once(&self, notification: &Notification, attempt: usize) -> (Verdict, OffsetDateTime) {
        let timeout = Duration::from_millis(self.state().knobs.notifications.timeout_ms);
        let answer = self
            .inner
            .client
            .post(&notification.url)
            .timeout(timeout)
            .header("content-type", "application/json")
            .header("x-signature", &notification.signature)
            .body(notification.body.clone())
            .send()
            .await;
        let verdict = match answer {
            Ok(answer) if answer.status() == 200 => match answer.bytes().await {
                Ok(body) => read(&body),
                Err(error) => Verdict::Failed(error.without_url().to_string()),
            },
            Ok(answer) => Verdict::Failed(format!("HTTP {}", answer.status().as_u16())),
            Err(error) => Verdict::Failed(error.without_url().to_string()),
        };
        debug!(order = notification.order_id, attempt, ?verdict, "sandbox notification");
        let outcome = match &verdict {
            Verdict::Success => "success",
            Verdict::Refused(code) => code,
            Verdict::Failed(reason) => reason,
        };
        let now = self.now();
        let mut state = self.state();
        if state.generation != notification.generation {
            return (verdict, now);
        }
        state.log_try(entry(notification, now, attempt, outcome));
        if verdict == Verdict::Refused("shipping_unavailable".to_owned())
            && let Some(order) = state.order(&notification.order_id, now)
        {
            order.shipping_refused = true;
        }
        (verdict, now)
    }
}

fn read(body: &[u8]) -> Verdict {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return Verdict::Failed("not JSON".to_owned());
    };
    let word = |name: &str| answer.get(name).and_then(Value::as_str);
    match (word("status"), word("code").unwrap_or("out_of_service")) {
        (Some("success"), _) => Verdict::Success,
        (Some("error"), "out_of_service") => Verdict::Failed("out_of_service".to_owned()),
        (Some("error"), code) => Verdict::Refused(code.to_owned()),
        _ => Verdict::Failed("unknown answer".to_owned()),
    }
}

fn spoil(order: &mut Value, kind: Option<AccidentKind>, amount: Decimal) {
    let Some(order) = order.as_object_mut() else { return };
    let (name, value) = match kind {
        Some(AccidentKind::ChangedAmount) => ("amount", wire::number(amount + Decimal::ONE)),
        Some(AccidentKind::WrongMerchant) => ("merchantId", json!("01234567-89ab-cdef-0123-456789abcdef")),
        Some(AccidentKind::UnknownStatus) => ("status", json!("paid_by_moonlight")),
        _ => return,
    };
    order.insert(name.to_owned(), value);
}

fn entry(notification: &Notification, now: OffsetDateTime, attempt: usize, outcome: &str) -> Value {
    json!({
        "at": wire::atom(now), "channel": "webhook", "order_id": notification.order_id, "url": notification.url, "try": attempt,
        "body": notification.body, "signature": notification.signature, "outcome": outcome,
    })
}

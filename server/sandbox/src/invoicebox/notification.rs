//! One notification: its signature, its faults on request, and the meaning of its answer.

use hmac::{Hmac, Mac};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use time::OffsetDateTime;

use super::wire;

/// Minutes to wait after each failed try: ten repeats inside 24 hours.
pub const RETRY_MINUTES: [u64; 10] = [1, 5, 15, 30, 60, 120, 180, 240, 300, 360];

/// A fault of some notifications.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationFault {
    /// Kind of the fault.
    pub kind: NotificationFaultKind,
    /// For `delay`: milliseconds, at most 60 000.
    #[serde(default)]
    pub ms: u64,
    /// Number of notifications that are hit.
    #[serde(default = "default_count")]
    pub times: u32,
}

fn default_count() -> u32 {
    1
}

/// Kind of a fault of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationFaultKind {
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
    /// Names a foreign merchant.
    WrongMerchant,
    /// Has an unknown status.
    UnknownStatus,
}

/// A notification, ready to be sent.
#[derive(Clone, Debug)]
pub struct Notification {
    pub order_id: String,
    pub url: String,
    pub body: String,
    pub signature: String,
    /// The generation of the state that it belongs to.
    pub generation: u64,
}

/// The merchant's answer to a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationVerdict {
    /// Accepted.
    Success,
    /// Refused for good, with a code.
    Refused(String),
    /// A technical failure: to be repeated.
    Failed(String),
}

/// Lower-case hex of HMAC-SHA1 over the bytes; the key is taken as UTF-8.
pub fn signature(key: &str, body: &[u8]) -> String {
    // A key of any length is good for HMAC, so the error cannot occur.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Lower-case hex of HMAC-SHA256 over the bytes, which the merchant office offers too.
pub fn signature_sha256(key: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Reads the answer to a notification.
pub fn read_verdict(body: &[u8]) -> NotificationVerdict {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return NotificationVerdict::Failed("not JSON".to_owned());
    };
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    match (text("status"), text("code").unwrap_or("out_of_service")) {
        (Some("success"), _) => NotificationVerdict::Success,
        (Some("error"), "out_of_service") => NotificationVerdict::Failed("out_of_service".to_owned()),
        (Some("error"), code) => NotificationVerdict::Refused(code.to_owned()),
        _ => NotificationVerdict::Failed("unknown answer".to_owned()),
    }
}

/// Applies a fault to the body.
pub fn apply_fault(order: &mut Value, kind: Option<NotificationFaultKind>, amount: Decimal) {
    let Some(order) = order.as_object_mut() else { return };
    let (name, value) = match kind {
        Some(NotificationFaultKind::ChangedAmount) => ("amount", wire::number(amount + Decimal::ONE)),
        Some(NotificationFaultKind::WrongMerchant) => {
            ("merchantId", json!("01234567-89ab-cdef-0123-456789abcdef"))
        }
        Some(NotificationFaultKind::UnknownStatus) => ("status", json!("paid_by_moonlight")),
        _ => return,
    };
    order.insert(name.to_owned(), value);
}

/// The log entry of a try.
pub fn log_entry(notification: &Notification, now: OffsetDateTime, attempt: usize, outcome: &str) -> Value {
    json!({
        "at": wire::format_timestamp(now), "channel": "webhook", "order_id": notification.order_id,
        "url": notification.url, "try": attempt, "body": notification.body, "signature": notification.signature, "outcome": outcome,
    })
}

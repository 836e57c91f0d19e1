//! Notifications of Invoicebox about an order, and our answers.

use domain::money::Kopecks;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    provider_order::{ProviderOrder, ProviderStatus},
    signature::VerifiedBody,
    wire::{
        json::{self, UNREADABLE},
        value::{kopecks, read_instant, text},
    },
};

/// Id of the order in calls of their monitoring. The demo merchant has the same digits, so only the order's id counts.
const TEST_ORDER_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// A notification whose signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub provider_id: String,
    pub merchant_id: Option<String>,
    /// Our number; `None` when empty, missing or null.
    pub merchant_order_id: Option<String>,
    pub status: ProviderStatus,
    /// `None` when missing, which no order's total equals.
    pub amount: Option<Kopecks>,
    pub currency: Option<String>,
    pub container_id: Option<String>,
    pub paid_at: Option<OffsetDateTime>,
    /// Whether it was read by API, and not reported to us.
    pub was_read: bool,
}

/// Signed, but not a notification. To be answered with [`NotificationAnswerCode::OutOfService`], so that it comes again.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedNotification {
    #[error("the body is not a JSON object")]
    NotJson,
    #[error("`{0}` is missing or malformed")]
    Field(&'static str),
}

impl Notification {
    /// Reads the order object, which has no envelope. Unknown properties are ignored, whatever stands in them.
    ///
    /// # Errors
    /// `NotJson` if the body is not a JSON object; `Field` if `id` or `status` is missing, `amount` is not whole kopecks,
    /// or a text that the order is known by cannot be read.
    #[expect(clippy::needless_pass_by_value, reason = "the proof is used up: one body, one notification")]
    pub fn parse(verified: VerifiedBody) -> Result<Self, MalformedNotification> {
        let order = json::parse(verified.body()).map_err(|_| MalformedNotification::NotJson)?;
        if !order.is_object() {
            return Err(MalformedNotification::NotJson);
        }
        Ok(Self {
            provider_id: readable(&order, "id")?.ok_or(MalformedNotification::Field("id"))?,
            merchant_id: readable(&order, "merchantId")?,
            merchant_order_id: readable(&order, "merchantOrderId")?,
            status: ProviderStatus::parse(
                &readable(&order, "status")?.ok_or(MalformedNotification::Field("status"))?,
            ),
            amount: kopecks(&order, "amount").map_err(|_| MalformedNotification::Field("amount"))?,
            currency: readable(&order, "currencyId")?,
            container_id: text(&order, "orderContainerId"),
            paid_at: read_instant(&order, "paidAt"),
            was_read: false,
        })
    }

    /// Makes a notification of an order that was read by API, to be handled in the same way.
    #[must_use]
    pub fn read(order: ProviderOrder) -> Self {
        Self {
            provider_id: order.provider_id,
            merchant_id: order.merchant_id,
            merchant_order_id: order.merchant_order_id,
            status: order.status,
            amount: order.amount,
            currency: order.currency,
            container_id: order.container_id,
            paid_at: order.paid_at,
            was_read: true,
        }
    }

    /// Whether this is the order's id in calls of their monitoring.
    #[must_use]
    pub fn is_test_id(provider_id: &str) -> bool {
        provider_id.eq_ignore_ascii_case(TEST_ORDER_ID)
    }

    /// Whether this is a call of their monitoring: check the merchant, answer, change nothing.
    #[must_use]
    pub fn is_test(&self) -> bool {
        Self::is_test_id(&self.provider_id) && self.merchant_order_id.is_none()
    }

    /// Whether the sum is this one to the kopeck, in roubles. A notification without a currency is meant in the
    /// currency of the order, which is always the rouble.
    #[must_use]
    pub fn is_for(&self, total: Kopecks) -> bool {
        self.amount == Some(total) && self.currency.as_deref().is_none_or(|currency| currency == "RUB")
    }
}

/// A text that the notification is understood by.
fn readable(order: &Value, key: &'static str) -> Result<Option<String>, MalformedNotification> {
    match text(order, key) {
        Some(text) if text.contains(UNREADABLE) => Err(MalformedNotification::Field(key)),
        text => Ok(text),
    }
}

/// Our answer, always under HTTP 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationAnswer {
    /// The fact is durable, or was already.
    Success,
    Error {
        code: NotificationAnswerCode,
        /// At most 500 characters are sent.
        message: String,
    },
}

/// The documented codes. Only `out_of_service` makes Invoicebox call again: ten times in the next 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationAnswerCode {
    OutOfService,
    /// The amount or the currency differs.
    OrderWrongAmount,
    /// Paid before under another id.
    OrderAlreadyPaid,
    /// No such order, or the merchant is not ours.
    OrderNotFound,
    /// The goods cannot be delivered: the payer is informed at once.
    ShippingUnavailable,
    SignatureError,
}

impl NotificationAnswer {
    /// An error with a text for the log on their side.
    #[must_use]
    pub fn error(code: NotificationAnswerCode, message: impl Into<String>) -> Self {
        Self::Error { code, message: message.into() }
    }
}

impl Serialize for NotificationAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Success => map.serialize_entry("status", "success")?,
            Self::Error { code, message } => {
                map.serialize_entry("status", "error")?;
                map.serialize_entry("code", code)?;
                map.serialize_entry("message", &message.chars().take(500).collect::<String>())?;
            }
        }
        map.end()
    }
}

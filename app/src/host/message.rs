//! The messages between the mini-app and the host that frames it (docs/host-messages.md).
//!
//! Every message carries the frame's `id` and an `action`; there is no version, no sequence number and no
//! acknowledgement. A new action is a variant here and a line in `action()` or in [`Incoming::parse`].

use super::{metadata::Metadata, value::Value};

/// A message to the host.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// Asks the host to open the session; has no `data`.
    Init,
    /// Height of our content in whole CSS pixels.
    Height(u32),
    /// Ends the mini-app: the payer goes on to this payment address, or (`None`) pays elsewhere.
    Done(Option<String>),
    /// Starts the payment while we stay open; the outcome arrives as [`Incoming::PaymentResult`].
    Checkout(String),
    /// Shows this text, or the host's own default.
    Error(Option<String>),
    /// Opens this absolute address beside us.
    Link(String),
    /// Closes us with the host's notice: the service does not fit this payer or invoice.
    Unavailable,
}

impl Outgoing {
    /// The message as the host expects it; `id` is `null` on a page that was opened without one.
    #[must_use]
    pub fn to_value(&self, id: Option<&str>) -> Value {
        let mut entries = vec![
            ("id".to_owned(), text_or_null(id)),
            ("action".to_owned(), Value::Text(self.action().to_owned())),
        ];
        let data = match self {
            Self::Init => None,
            Self::Height(pixels) => Some(Value::Number(f64::from(*pixels))),
            Self::Done(url) => Some(text_or_null(url.as_deref())),
            Self::Checkout(url) | Self::Link(url) => Some(Value::Text(url.clone())),
            Self::Error(text) => Some(text_or_null(text.as_deref().filter(|text| !text.is_empty()))),
            Self::Unavailable => Some(Value::Null),
        };
        entries.extend(data.map(|data| ("data".to_owned(), data)));
        Value::Object(entries)
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Height(_) => "height",
            Self::Done(_) => "done",
            Self::Checkout(_) => "checkout",
            Self::Error(_) => "error",
            Self::Link(_) => "link",
            Self::Unavailable => "unavailable",
        }
    }
}

fn text_or_null(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

/// A message from the host.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Opens the session, or replaces the data of an earlier one.
    Init(Box<Init>),
    /// State of the payment that we began with `checkout`. A hint for the screen, never a proof.
    PaymentResult(PaymentResult),
}

/// Reason why a message was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableMessage {
    /// Not an object, or without an `action`.
    NotAMessage,
    /// Carries the id of another frame.
    ForeignId,
    /// An action that we do not know; later hosts may send more.
    UnknownAction,
    /// `init` without the fields that every host sends, or for a suborder without the invoice to join.
    BadInit,
}

impl Incoming {
    /// Reads a message for the frame `id`. Ids are compared strictly: the number 7 is not `"7"`.
    ///
    /// # Errors
    /// The reason why it is unreadable; such messages are ignored without an answer.
    pub fn parse(message: &Value, id: Option<&str>) -> Result<Self, UnreadableMessage> {
        let action = message.get("action").and_then(Value::as_text).ok_or(UnreadableMessage::NotAMessage)?;
        match (message.get("id"), id) {
            (Some(Value::Text(theirs)), Some(ours)) if theirs == ours => {}
            (Some(Value::Null), None) => {}
            _ => return Err(UnreadableMessage::ForeignId),
        }
        let data = message.get("data");
        match action {
            "init" => data
                .and_then(Init::parse)
                .map(|init| Self::Init(Box::new(init)))
                .ok_or(UnreadableMessage::BadInit),
            "paymentResult" => Ok(Self::PaymentResult(PaymentResult::parse(data))),
            _ => Err(UnreadableMessage::UnknownAction),
        }
    }
}

/// Data of the host about the payer and the place where we were opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Init {
    /// A main order, or an extra service inside somebody else's invoice.
    pub kind: InitKind,
    /// The point of sale that was opened.
    pub shop_id: Option<i64>,
    /// What the host knows about the payer.
    pub payer: Payer,
    /// Language tag as sent, `ru` or `en` in practice.
    pub locale: Option<String>,
    /// The container has a fixed height: we fill it, scroll inside, and report no height.
    pub full_height: bool,
    /// Metadata of the orders that are already in the invoice.
    pub metadata: Metadata,
}

/// Kind of the opening (`minappType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitKind {
    /// From the marketplace or the app: the order is ours.
    Order,
    /// On the payment page of another order.
    Suborder {
        /// The invoice that our order joins.
        order_container_id: String,
    },
}

/// Hints for the form that the payer may change; never an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payer {
    /// Full name.
    pub name: Option<String>,
    /// E-mail address, unchecked.
    pub email: Option<String>,
    /// Phone as sent, usually with a leading `+`.
    pub phone: Option<String>,
}

/// Longest hint in characters; longer ones are nonsense and left out.
const MAX_HINT_CHARS: usize = 256;

/// Largest integer that a script holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl Init {
    fn parse(data: &Value) -> Option<Self> {
        let public = data.get("public")?;
        let kind = match public.get("minappType").and_then(Value::as_text)? {
            "order" => InitKind::Order,
            "suborder" => InitKind::Suborder { order_container_id: read_hint(public, "orderContainerId")? },
            _ => return None,
        };
        Some(Self {
            kind,
            shop_id: public.get("shopId").and_then(whole_number),
            payer: Payer {
                name: read_hint(public, "userName"),
                email: read_hint(public, "userEmail"),
                phone: read_hint(public, "userPhone"),
            },
            locale: read_hint(public, "locale"),
            full_height: matches!(public.get("fullHeight"), Some(Value::Bool(true))),
            metadata: Metadata::new(data.get("private").and_then(|private| private.get("metaData")).cloned()),
        })
    }
}

fn read_hint(public: &Value, key: &str) -> Option<String> {
    let text = public.get(key)?.as_text()?.trim();
    (!text.is_empty() && text.chars().count() <= MAX_HINT_CHARS).then(|| text.to_owned())
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "checked: whole and within the exact range")]
        Value::Number(n) if n.fract() == 0.0 && n.abs() <= MAX_SAFE_INTEGER => Some(*n as i64),
        _ => None,
    }
}

/// State of a payment, as the host sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentResult {
    /// Begun, not decided.
    Pending,
    /// Paid (older hosts send `paid`).
    Completed,
    /// Money reserved, not captured.
    Hold,
    /// The payer or the host gave up; the same payment address stays good.
    Canceled,
    /// The order can no longer be paid.
    Expired,
    /// The host does not know, or sent a status that we do not know.
    Unknown,
}

impl PaymentResult {
    fn parse(data: Option<&Value>) -> Self {
        match data.and_then(Value::as_text) {
            Some("pending") => Self::Pending,
            Some("completed" | "paid") => Self::Completed,
            Some("hold") => Self::Hold,
            Some("canceled") => Self::Canceled,
            Some("expired") => Self::Expired,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;

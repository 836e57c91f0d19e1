//! Failures of calls, distinguished by one question: may the call have been carried out all the same?

use std::time::Duration;

use serde_json::Value;

use super::wire;

/// The codes of their table of errors. Another code says nothing that we know how to understand.
const DOCUMENTED_CODES: [&str; 15] = [
    "bad_request",
    "not_found",
    "wrong_expiration_date",
    "wrong_currency",
    "language_not_found",
    "wrong_basket_item_total_amount",
    "wrong_basket_item_total_vat_amount",
    "wrong_basket_item_amount_wo_vat",
    "wrong_total_amount",
    "wrong_total_vat_amount",
    "wrong_order_status",
    "validation",
    "wrong_filter_format",
    "merchant_order_id_duplicate",
    // The table names no code for 400.
    "",
];

/// A call that brought no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// 401 or 403: a mistake in the configuration, and nothing was done.
    #[error("Invoicebox does not accept the token or its rights ({status}): {message}")]
    Unauthorized { status: u16, message: String },
    /// 4xx with their reason: nothing was done by this call. [`CallError::is_final_refusal`] tells whether a repetition
    /// is of no use.
    #[error("Invoicebox refused ({status} {code}): {message}")]
    Refused { status: u16, code: String, message: String, fields: Vec<FieldError> },
    /// Too many calls, counted by them or by us: nothing was done.
    #[error("too many calls to Invoicebox")]
    RateLimited { retry_after: Option<Duration> },
    /// No connection came about, so nothing was sent.
    #[error("Invoicebox cannot be reached: {cause}")]
    Unreachable { cause: String },
    /// Sent, and not answered in time.
    #[error("Invoicebox did not answer within {0:?}")]
    TimedOut(Duration),
    /// Sent, and answered with something that proves nothing: a cut or foreign body, a redirect, 5xx, 408, 425.
    #[error("Invoicebox gave no usable answer ({}): {cause}", .status.map_or("no status".to_owned(), |s| s.to_string()))]
    Unknown { status: Option<u16>, cause: String },
}

/// One entry of `error.fields`: the property's path and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub name: String,
    pub code: String,
    pub message: String,
}

impl CallError {
    /// Whether a write that failed like this may have been carried out: look before sending again.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Unknown { .. })
    }

    /// Whether our number is known there already: an earlier try succeeded, or the number belongs to something else.
    #[must_use]
    pub fn is_duplicate_number(&self) -> bool {
        self.code() == Some("merchant_order_id_duplicate")
    }

    /// Whether the two-decimal unit price without tax was refused; the six-decimal one may pass under the same number.
    #[must_use]
    pub fn is_unit_price_refused(&self) -> bool {
        self.code() == Some("wrong_basket_item_amount_wo_vat")
    }

    /// Whether there is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the path may be missing there, so that another one has to be tried.
    #[must_use]
    pub fn is_missing_path(&self) -> bool {
        matches!(
            self,
            Self::Refused { status: 404 | 405, .. } | Self::Unknown { status: Some(404 | 405), .. }
        )
    }

    /// Whether a shipment or a refund that failed like this is refused for good: 400, 404 or 422 with an error of their
    /// table. Everything else – 401, 403, 409, 423, other codes, 5xx, silence – may pass: look first, then send again.
    /// A number that is taken is no refusal either: it proves that an earlier try was carried out.
    #[must_use]
    pub fn is_final_refusal(&self) -> bool {
        match self {
            Self::Refused { status: 400, code, .. } => DOCUMENTED_CODES.contains(&code.as_str()),
            Self::Refused { status: 404 | 422, code, .. } => {
                !code.is_empty() && DOCUMENTED_CODES.contains(&code.as_str()) && !self.is_duplicate_number()
            }
            _ => false,
        }
    }

    /// Whether they refused a call about money for a reason that may pass: rights, a state of the moment, a code that we do
    /// not know. Nothing was done.
    #[must_use]
    pub fn is_refused_for_now(&self) -> bool {
        match self {
            Self::Unauthorized { .. } => true,
            Self::Refused { .. } => !self.is_final_refusal() && !self.is_duplicate_number(),
            _ => false,
        }
    }

    /// Whether their server answered that it failed.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Unknown { status: Some(500..), .. })
    }

    /// Whether the call may still be carried out a little later: no answer came, or a gateway did not wait for one.
    #[must_use]
    pub fn may_still_be_executed(&self) -> bool {
        self.is_unanswered() || matches!(self, Self::Unknown { status: Some(504), .. })
    }

    /// Whether they did not accept the token or its rights: a mistake in the configuration, which a person has to mend.
    #[must_use]
    pub fn is_access_refused(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// Whether an answer came, good or bad: after a cancellation the order can be read at once, and its status counts.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Unauthorized { .. } | Self::Refused { .. } => true,
            Self::Unknown { status, .. } => status.is_some(),
            Self::RateLimited { .. } | Self::Unreachable { .. } | Self::TimedOut(_) => false,
        }
    }

    /// Whether the creation of an order or a shop was refused: 4xx with their reason, or credentials that are not
    /// accepted. Nothing was created, and the one who asked is told at once; money that is owed goes by
    /// [`CallError::is_final_refusal`] instead.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        matches!(self, Self::Unauthorized { .. } | Self::Refused { .. })
    }

    /// Whether no answer came to a call that was sent: it may still be carried out a little later.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Unknown { status: None, .. })
    }

    /// The pause that they ask for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }

    fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Error of an answer of 2xx whose body cannot be used.
    pub(super) fn unusable(status: u16, cause: impl Into<String>) -> Self {
        Self::Unknown { status: Some(status), cause: cause.into() }
    }

    /// Reads an answer other than 2xx.
    pub(super) fn from_answer(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let envelope = ErrorEnvelope::read(body);
        match (status, envelope) {
            (401 | 403, envelope) => {
                let message = envelope.map_or_else(|| "no JSON in the answer".to_owned(), |e| e.message);
                Self::Unauthorized { status, message }
            }
            (429, _) => Self::RateLimited { retry_after },
            // Infrastructure may answer these after the request went on to the service.
            (408 | 425, _) => Self::unusable(status, "infrastructure"),
            (400..=499, Some(ErrorEnvelope { code, message, fields })) => {
                Self::Refused { status, code, message, fields }
            }
            (300..=399, _) => Self::unusable(status, "redirected"),
            (_, Some(ErrorEnvelope { code, message, .. })) => {
                Self::unusable(status, format!("{code} {message}").trim().to_owned())
            }
            (_, None) => Self::unusable(status, format!("not their JSON: {}", excerpt(body))),
        }
    }
}

/// The error in every shape it was seen in: `{"error":{code,message,fields}}`, the same without `fields`, and
/// `{code,message}` without the envelope.
struct ErrorEnvelope {
    code: String,
    message: String,
    fields: Vec<FieldError>,
}

impl ErrorEnvelope {
    fn read(body: &[u8]) -> Option<Self> {
        let value = wire::json::parse(body).ok()?;
        let error = value.get("error").filter(|error| error.is_object()).unwrap_or(&value);
        if error.get("code").is_none() && error.get("message").is_none() {
            return None;
        }
        let fields = error.get("fields").and_then(Value::as_array).into_iter().flatten();
        let fields = fields
            .map(|field| FieldError {
                name: text(field, "name"),
                code: text(field, "code"),
                message: text(field, "message"),
            })
            .collect();
        Some(Self { code: text(error, "code"), message: text(error, "message"), fields })
    }
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().chars().take(500).collect()
}

/// The beginning of a foreign body, for the log.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..120).unwrap_or(body)).escape_debug().to_string()
}

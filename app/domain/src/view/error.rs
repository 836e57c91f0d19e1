use serde::{Deserialize, Serialize};

use super::QuoteView;
use crate::{
    locale::Locale,
    quantity::Centi,
    refusal::{Code, OrderRefusal, PaymentRefusal, Refusal, RequestError},
    texts,
};

/// `{"error":{"code","message","details"}}`, the body of every refused request.
///
/// `Q` is the quote that `price_changed` brings; [`NoQuote`] where a page asks for something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody<Q = QuoteView> {
    pub error: ErrorView<Q>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorView<Q = QuoteView> {
    pub code: Code,
    /// For people, in the request's language.
    pub message: String,
    #[serde(default = "Details::none")]
    pub details: Details<Q>,
}

/// What a program needs to know beyond the code; absent where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Details<Q = QuoteView> {
    /// Path of the field to mend: `draft.customer.inn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The new quote of `price_changed`.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub quote: Option<Q>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "min_centi")]
    pub min: Option<Centi>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "max_centi")]
    pub max: Option<Centi>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The order of this key has ended as `failed`: another try needs another key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_failed: Option<bool>,
    /// The station's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Developers' prose about a malformed request, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Stand-in for a quote where none comes: most calls price nothing, and their pages need not know how to read a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoQuote;

impl Serialize for NoQuote {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for NoQuote {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl<Q> Details<Q> {
    /// No details beyond the code.
    #[must_use]
    pub fn none() -> Self {
        Self {
            field: None,
            quote: None,
            min: None,
            max: None,
            sku: None,
            retry_after_s: None,
            order_failed: None,
            reason: None,
            problem: None,
        }
    }
}

impl<Q> ErrorBody<Q> {
    /// The body without its quote, and the quote.
    #[must_use]
    pub fn split<R>(self) -> (ErrorBody<R>, Option<Q>) {
        let ErrorView { code, message, details } = self.error;
        let Details { field, quote, min, max, sku, retry_after_s, order_failed, reason, problem } = details;
        let details =
            Details { field, quote: None, min, max, sku, retry_after_s, order_failed, reason, problem };
        (ErrorBody { error: ErrorView { code, message, details } }, quote)
    }
}

impl ErrorBody {
    /// The body of a refusal.
    #[must_use]
    pub fn from_refusal(refusal: &Refusal, locale: Locale) -> Self {
        let details = match refusal {
            Refusal::Order(refusal) => Details::of_order_refusal(refusal, locale),
            Refusal::Payment(refusal) => Details::of_payment_refusal(refusal),
            Refusal::Request(error) => Details::of_request_error(error),
        };
        let message = texts::describe_refusal(refusal, locale);
        Self { error: ErrorView { code: refusal.code(), message, details } }
    }
}

impl Details {
    fn of_order_refusal(refusal: &OrderRefusal, locale: Locale) -> Self {
        let mut details = Self { field: refusal.field().map(str::to_owned), ..Self::none() };
        match refusal {
            OrderRefusal::PriceChanged { quote, .. } => {
                details.quote = Some(QuoteView::from_quote(quote, locale))
            }
            OrderRefusal::VolumeTooSmall { min, .. } => details.min = Some(*min),
            OrderRefusal::VolumeTooLarge { max, .. } => details.max = Some(*max),
            OrderRefusal::ProductUnknown { sku } | OrderRefusal::CountOutOfRange { sku } => {
                details.sku = Some(sku.clone());
            }
            OrderRefusal::StationClosed { reason } => details.reason.clone_from(reason),
            _ => {}
        }
        details
    }

    fn of_payment_refusal(refusal: &PaymentRefusal) -> Self {
        let has_failed = matches!(refusal, PaymentRefusal::ProviderRefused | PaymentRefusal::LinkRefused);
        let order_failed = has_failed.then_some(true);
        Self { order_failed, field: refusal.field(), ..Self::none() }
    }

    fn of_request_error(error: &RequestError) -> Self {
        let mut details = Self { field: error.field().map(str::to_owned), ..Self::none() };
        match error {
            RequestError::RateLimited { retry_after_s } | RequestError::TooManyUnpaid { retry_after_s } => {
                details.retry_after_s = Some(*retry_after_s);
            }
            RequestError::Line { index, field, .. } => {
                details.field = Some(format!("items[{index}].{field}"))
            }
            RequestError::Malformed { problem } => details.problem = Some(problem.clone()),
            _ => {}
        }
        details
    }
}

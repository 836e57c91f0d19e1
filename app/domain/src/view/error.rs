use serde::{Deserialize, Serialize};

use super::QuoteView;
use crate::{
    locale::Locale,
    quantity::Centi,
    refusal::{Code, Refusal},
    sentence,
};

/// `{"error":{"code","message","details"}}`, the body of every refused request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    pub error: ErrorView,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorView {
    pub code: Code,
    /// For people, in the request's language.
    pub message: String,
    #[serde(default)]
    pub details: Details,
}

/// What a program needs to know beyond the code; absent where it does not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Details {
    /// Path of the field to mend: `draft.customer.inn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The new quote of `price_changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteView>,
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
    /// The station's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Developers' prose about a malformed request, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl ErrorBody {
    /// The body of a refusal.
    #[must_use]
    pub fn of(refusal: &Refusal, locale: Locale) -> Self {
        let mut details = Details { field: refusal.field().map(str::to_owned), ..Details::default() };
        match refusal {
            Refusal::PriceChanged { quote } => details.quote = Some((**quote).clone()),
            Refusal::VolumeTooSmall { min, .. } => details.min = Some(*min),
            Refusal::VolumeTooLarge { max, .. } => details.max = Some(*max),
            Refusal::ProductUnknown { sku } | Refusal::CountOutOfRange { sku } => {
                details.sku = Some(sku.clone())
            }
            Refusal::RateLimited { retry_after_s } => details.retry_after_s = Some(*retry_after_s),
            Refusal::ForecourtRefused { reason } => details.reason = Some(reason.clone()),
            Refusal::StationClosed { reason } => details.reason.clone_from(reason),
            Refusal::ProviderRefused => details.order_failed = Some(true),
            Refusal::Line { index, field, .. } => details.field = Some(format!("items[{index}].{field}")),
            Refusal::Malformed { problem } => details.problem = Some(problem.clone()),
            _ => {}
        }
        Self {
            error: ErrorView {
                code: refusal.code(),
                message: sentence::of_refusal(refusal, locale),
                details,
            },
        }
    }
}

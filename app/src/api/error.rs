use std::fmt;

#[cfg(feature = "ssr")]
use domain::refusal::RequestError;
use domain::{
    locale::Locale,
    refusal::{Code, Refusal},
    view::{Details, ErrorBody, ErrorView, NoQuote, QuoteView},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use super::json::Json;

/// A refused or failed call. Only placing an order may bring a new quote (`Q`).
#[derive(Clone, Debug, PartialEq)]
pub enum ApiError<Q = NoQuote> {
    /// An error body, as docs/erp-api.md has it under "Errors".
    Answered(Box<ErrorBody<Q>>),
    /// No answer of ours came: no network, a proxy's page, a cut answer. Exists in the browser only.
    Network,
}

impl ApiError<QuoteView> {
    /// Wraps a refusal in the reader's language, with the new quote of `price_changed`.
    #[must_use]
    pub fn priced(refusal: &Refusal, locale: Locale) -> Self {
        #[cfg(feature = "ssr")]
        super::request::report_refusal(refusal);
        Self::Answered(Box::new(ErrorBody::from_refusal(refusal, locale)))
    }

    /// The error for people, and the new quote.
    #[must_use]
    pub fn split(self) -> (ApiError, Option<QuoteView>) {
        match self {
            Self::Answered(body) => {
                let (body, quote) = body.split();
                (ApiError::Answered(Box::new(body)), quote)
            }
            Self::Network => (ApiError::Network, None),
        }
    }
}

impl From<ApiError> for ApiError<QuoteView> {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Answered(body) => Self::Answered(Box::new(body.split().0)),
            ApiError::Network => Self::Network,
        }
    }
}

impl<Q> ApiError<Q> {
    /// Wraps a refusal in the reader's language. On the server it is reported to the layer that sets the status.
    #[must_use]
    pub fn of(refusal: &Refusal, locale: Locale) -> Self {
        #[cfg(feature = "ssr")]
        super::request::report_refusal(refusal);
        Self::Answered(Box::new(ErrorBody::from_refusal(refusal, locale).split().0))
    }

    fn body(&self) -> Option<&ErrorView<Q>> {
        match self {
            Self::Answered(body) => Some(&body.error),
            Self::Network => None,
        }
    }

    /// The sentence for people; empty without an answer, where the page has one of its own.
    #[must_use]
    pub fn message(&self) -> &str {
        self.body().map_or("", |error| &error.message)
    }

    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.body().map(|error| error.code)
    }

    #[must_use]
    pub fn details(&self) -> Option<&Details<Q>> {
        self.body().map(|error| &error.details)
    }

    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Network)
    }
}

/// Serializes the error body itself; a missing answer is never sent.
impl<Q: Serialize> Serialize for ApiError<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Answered(body) => body.serialize(serializer),
            Self::Network => serializer.serialize_unit(),
        }
    }
}

impl<'de, Q: Deserialize<'de>> Deserialize<'de> for ApiError<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::deserialize(deserializer).map(Self::Answered)
    }
}

impl<Q> fmt::Display for ApiError<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl<Q> FromServerFnError for ApiError<Q>
where
    Q: Serialize + DeserializeOwned + fmt::Debug + 'static,
{
    type Encoder = Json;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            // On the server the arguments could not be read; the browser never sends such.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Args(problem)
            | ServerFnErrorErr::MissingArg(problem)
            | ServerFnErrorErr::Deserialization(problem) => {
                Self::of(&RequestError::Malformed { problem }.into(), super::request::request_locale())
            }
            #[cfg(feature = "ssr")]
            _ => Self::of(&RequestError::Internal.into(), super::request::request_locale()),
            #[cfg(not(feature = "ssr"))]
            _ => Self::Network,
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_no_missing_network_whatever_it_says() {
        let text = r#"{"error":{"code":"bad_request","message":"No","details":{"problem":"network"}}}"#;
        let error: ApiError = super::super::json::read(text).unwrap();
        assert!(!error.is_network());
        assert_eq!((error.code(), error.message()), (Some(Code::BadRequest), "No"));
        assert_eq!(serde_json::to_string(&error).unwrap(), text, "the error body and nothing around it");
    }

    #[test]
    fn a_missing_network_has_no_code_and_no_quote() {
        let (error, quote) = ApiError::<QuoteView>::Network.split();
        assert!(error.is_network() && quote.is_none());
        assert_eq!((error.code(), error.message()), (None, ""));
        assert!(error.details().is_none());
    }
}

use std::fmt;

#[cfg(feature = "ssr")]
use domain::refusal::RequestError;
#[cfg(not(feature = "ssr"))]
use domain::view::ErrorView;
use domain::{
    locale::Locale,
    refusal::{Code, Refusal},
    view::{Details, ErrorBody, NoQuote, QuoteView},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use super::json::Json;

/// A refused or failed call: the error body of the contract. Only placing an order may bring a new quote (`Q`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError<Q = NoQuote>(pub Box<ErrorBody<Q>>);

impl ApiError<QuoteView> {
    /// Wraps a refusal in the reader's language, with the new quote of `price_changed`.
    #[must_use]
    pub fn priced(refusal: &Refusal, locale: Locale) -> Self {
        #[cfg(feature = "ssr")]
        super::request::report_refusal(refusal);
        Self(Box::new(ErrorBody::of(refusal, locale)))
    }

    /// The error for people, and the new quote.
    #[must_use]
    pub fn split(self) -> (ApiError, Option<QuoteView>) {
        let (body, quote) = self.0.split();
        (ApiError(Box::new(body)), quote)
    }
}

impl From<ApiError> for ApiError<QuoteView> {
    fn from(error: ApiError) -> Self {
        Self(Box::new(error.0.split().0))
    }
}

impl<Q> ApiError<Q> {
    /// Wraps a refusal in the reader's language. On the server it is reported to the layer that sets the status.
    #[must_use]
    pub fn of(refusal: &Refusal, locale: Locale) -> Self {
        #[cfg(feature = "ssr")]
        super::request::report_refusal(refusal);
        Self(Box::new(ErrorBody::of(refusal, locale).split().0))
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.error.message
    }

    #[must_use]
    pub fn code(&self) -> Code {
        self.0.error.code
    }

    #[must_use]
    pub fn details(&self) -> &Details<Q> {
        &self.0.error.details
    }

    /// The request never got an answer of ours: no network, a proxy's page, a cut answer.
    #[must_use]
    pub fn is_network(&self) -> bool {
        self.details().problem.as_deref() == Some(NETWORK)
    }
}

const NETWORK: &str = "network";

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
            _ => Self(Box::new(ErrorBody {
                error: ErrorView {
                    code: Code::Internal,
                    message: String::new(),
                    details: Details { problem: Some(NETWORK.to_owned()), ..Details::none() },
                },
            })),
        }
    }
}

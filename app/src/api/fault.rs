use std::fmt;

#[cfg(not(feature = "ssr"))]
use domain::view::ErrorView;
use domain::{
    locale::Locale,
    refusal::{Code, Refusal},
    view::{Details, ErrorBody},
};
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use super::json::Json;

/// A refused or failed call: the error body of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fault(pub Box<ErrorBody>);

impl Fault {
    /// Wraps a refusal in the reader's language.
    #[must_use]
    pub fn of(refusal: &Refusal, locale: Locale) -> Self {
        Self(Box::new(ErrorBody::of(refusal, locale)))
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
    pub fn details(&self) -> &Details {
        &self.0.error.details
    }

    /// The request never got an answer of ours: no network, a proxy's page, a cut answer.
    #[must_use]
    pub fn is_network(&self) -> bool {
        self.details().problem.as_deref() == Some(NETWORK)
    }
}

const NETWORK: &str = "network";

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl FromServerFnError for Fault {
    type Encoder = Json;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            // On the server the arguments could not be read; the browser never sends such.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Args(problem)
            | ServerFnErrorErr::MissingArg(problem)
            | ServerFnErrorErr::Deserialization(problem) => {
                Self::of(&Refusal::Malformed { problem }, super::request_locale())
            }
            #[cfg(feature = "ssr")]
            _ => Self::of(&Refusal::Internal, super::request_locale()),
            #[cfg(not(feature = "ssr"))]
            _ => Self(Box::new(ErrorBody {
                error: ErrorView {
                    code: Code::Internal,
                    message: String::new(),
                    details: Details { problem: Some(NETWORK.to_owned()), ..Details::default() },
                },
            })),
        }
    }
}

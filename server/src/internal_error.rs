//! Failures of ours as answers: whoever asked learns only that there was one, the log says which.

use std::fmt::Display;

use domain::refusal::RequestError;

/// Turns a failure into [`RequestError::Internal`]; `what` is its line in the log. For `map_err`.
pub fn internal_error<E: Display>(what: &'static str) -> impl FnOnce(E) -> RequestError {
    move |error| {
        tracing::error!(%error, "{what}");
        RequestError::Internal
    }
}

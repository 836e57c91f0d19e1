//! Strict JSON in the body of a request: every key must be known, whatever the content type says.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;
use serde::de::DeserializeOwned;

use crate::api_error::ErrorResponse;

/// A body in which every key was known.
pub struct Strict<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Strict<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        // A call without arguments may come without a body.
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        app::api::strict_from_slice(text)
            .map(Self)
            .map_err(|problem| ErrorResponse::from(RequestError::Malformed { problem }).into_response())
    }
}

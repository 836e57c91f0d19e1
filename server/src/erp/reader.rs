//! The language in which a caller reads.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::locale::Locale;

use crate::http::locale_of;

/// Russian unless `Accept-Language` asks for English.
#[derive(Clone, Copy)]
pub struct Reader(pub Locale);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(locale_of(&parts.headers)))
    }
}

//! The language of a request.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{header, request::Parts},
    middleware::Next,
    response::Response,
};
use domain::locale::Locale;

/// The language of a request: that of `?locale=`, which a page gives where it cannot set headers, else of
/// `Accept-Language`; Russian where neither asks for English.
#[derive(Clone, Copy, Debug)]
pub struct RequestLocale(pub Locale);

impl<S: Send + Sync> FromRequestParts<S> for RequestLocale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let by_query = parts
            .uri
            .query()
            .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("locale=")));
        let by_header = || parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok();
        Ok(Self(by_query.or_else(by_header).map_or(Locale::Ru, Locale::from_tag)))
    }
}

/// Lets pages and server functions find the language of their request, which is the same for the whole answer.
pub async fn provide_locale(
    RequestLocale(locale): RequestLocale,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(locale);
    next.run(request).await
}

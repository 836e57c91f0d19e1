//! What the server knows of the request that is being answered.

use std::sync::Arc;

use domain::locale::Locale;
use http::{header, request::Parts};
use leptos::prelude::use_context;

/// The reader's language: the first one named in `Accept-Language`.
#[must_use]
pub fn request_locale() -> Locale {
    use_context::<Parts>()
        .as_ref()
        .and_then(|parts| parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok())
        .map_or(Locale::Ru, Locale::from_tag)
}

/// Lets a page set the status of the HTTP answer that carries it. Given by the server; nothing in the browser.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

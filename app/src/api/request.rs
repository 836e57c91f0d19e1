//! The reader's language for a server function, and the refusal and status that the server takes from it.
//!
//! The server puts the reader's [`Locale`] and a [`RefusedCall`] into the extensions of the request.

use std::sync::{Arc, OnceLock};

use domain::{locale::Locale, refusal::Refusal};
use http::request::Parts;
use leptos::prelude::with_context;

/// The reader's language, as the server has determined it for the whole request.
#[must_use]
pub fn request_locale() -> Locale {
    with_context::<Parts, _>(|parts| parts.extensions.get::<Locale>().copied()).flatten().unwrap_or_default()
}

/// The refusal of a server function, for the layer that sets the status and its headers: Leptos answers every
/// failure with 500, and the error body holds no more than a code.
#[derive(Clone, Debug, Default)]
pub struct RefusedCall(Arc<OnceLock<Refusal>>);

impl RefusedCall {
    /// The refusal, where a server function has answered with one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.0.get()
    }
}

/// Reports a refusal to the server's layer. While a page is rendered it is not read.
pub(super) fn report_refusal(refusal: &Refusal) {
    with_context::<Parts, _>(|parts| {
        // A server function has one refusal.
        if let Some(call) = parts.extensions.get::<RefusedCall>() {
            call.0.get_or_init(|| refusal.clone());
        }
    });
}

/// Lets a page set the status of the HTTP answer that carries it. Given by the server; nothing in the browser.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

//! Parts that several pages use.

use leptos::prelude::*;

use crate::{
    host::{Mode, use_host},
    state::Language,
};

/// Draws a page again when the host asks for another language.
pub fn localised(page: fn() -> AnyView) -> AnyView {
    let language = Language::from_context();
    (move || {
        let _ = language.get();
        page()
    })
    .into_any()
}

/// Whether this is the card of a payment page, into which a page has to fit.
pub fn is_on_card() -> bool {
    use_host().is_some_and(|host| host.mode() == Mode::Suborder)
}

/// A screen that is still empty: its skeleton, and its name for screen readers.
pub fn loading(screen: &'static str, label: &'static str, skeleton: AnyView) -> AnyView {
    view! {
        <main data-screen=screen aria-busy="true">
            <h1 class="sr">{label}</h1>
            {skeleton}
        </main>
    }
    .into_any()
}

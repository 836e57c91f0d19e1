//! What pages of all kinds need.

use leptos::prelude::*;

use crate::{
    host::{Mode, use_host},
    state::Language,
};

/// Draws a page anew when the host asks for another language.
pub fn localised(page: fn() -> AnyView) -> AnyView {
    let language = Language::from_context();
    (move || {
        let _ = language.get();
        page()
    })
    .into_any()
}

/// Is this the card of a payment page? Then a page has to fit in there.
pub fn is_on_card() -> bool {
    use_host().is_some_and(|host| host.mode() == Mode::Suborder)
}

/// A screen that is still empty: its skeleton, and its name for those who do not see it.
pub fn loading(screen: &'static str, label: &'static str, skeleton: AnyView) -> AnyView {
    view! {
        <main data-screen=screen aria-busy="true">
            <h1 class="sr">{label}</h1>
            {skeleton}
        </main>
    }
    .into_any()
}

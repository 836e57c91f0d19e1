//! The mini-app: pages and widgets, the bridge to the host window, and the server functions by which both reach the
//! backend.
//!
//! Built twice: with `ssr` inside the server, with `hydrate` for the browser. Arrows point down: `app → domain`;
//! nothing here knows SQL, HTTP clients or credentials.

use leptos::{config::LeptosOptions, prelude::*};

pub mod api;
pub mod components;
pub mod host;

#[must_use]
pub fn shell(_options: LeptosOptions) -> impl IntoView {
    view! { <App/> }
}

#[component]
pub fn App() -> impl IntoView {
    view! { <p>"…"</p> }
}

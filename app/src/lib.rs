//! The mini-app: pages and widgets, the bridge to the host window, and the server functions by which both reach the
//! backend.
//!
//! Built twice: with `ssr` inside the server, with `hydrate` for the browser. Arrows point down: `app → domain`;
//! nothing here knows SQL, HTTP clients or credentials.

pub mod api;
mod app;
pub mod components;
pub mod host;
mod map;
mod pages;
#[cfg(feature = "ssr")]
mod shell;
mod state;

pub use app::App;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Wakes the server-rendered page up.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(feature = "lazy")]
    leptos::mount::hydrate_lazy(App);
    #[cfg(not(feature = "lazy"))]
    leptos::mount::hydrate_body(App);
}

//! The mini-app: pages and widgets, the bridge to the host window, and the server functions by which both reach the
//! backend.
//!
//! Built twice: with `ssr` inside the server, with `hydrate` for the browser. Arrows point down: `app → domain`;
//! nothing here knows SQL, HTTP clients or credentials.

pub mod api;
mod app;
pub mod components;
mod finder;
#[cfg(feature = "ssr")]
mod gallery;
pub mod host;
mod map;
mod pages;
#[cfg(feature = "ssr")]
mod shell;
mod state;

pub use app::App;
#[cfg(feature = "ssr")]
pub use gallery::gallery;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Wakes the server-rendered page up.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // All at once, and only when the code of this page is there: app/prune.mjs takes the asynchronous way out of a
    // release, which is a twentieth of what every visitor loads.
    wasm_bindgen_futures::spawn_local(async {
        pages::load_first().await;
        leptos::mount::hydrate_body(App);
    });
}

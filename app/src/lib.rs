//! The mini-app: pages and widgets, the bridge to the host, and the server functions by which both reach the
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
    let wake = || {
        wasm_bindgen_futures::spawn_local(async {
            pages::load_first().await;
            leptos::mount::hydrate_body(App);
        });
    };
    // A turn of its own: between it and the making of the program the browser can answer to touch.
    leptos::prelude::set_timeout(wake, std::time::Duration::ZERO);
}

/// Room for the constants of the parts that come later. The splitter gives each part its own, aligned anew; where that
/// makes them longer in all than the linker left them, it gives up and leaves the texts of every page to the first file.
/// Nothing refers to these bytes: no file holds them.
#[cfg(all(feature = "lazy", target_arch = "wasm32"))]
#[used]
static PADDING: [u8; 8192] = [0xff; 8192];

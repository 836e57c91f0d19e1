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

/// Makes the server-rendered page interactive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // All at once, and only when the code of this page is there: app/prune.mjs removes the asynchronous way from a
    // release build, which is a twentieth of what every visitor loads.
    let start = || {
        wasm_bindgen_futures::spawn_local(async {
            pages::load_first().await;
            leptos::mount::hydrate_body(App);
        });
    };
    // In a task of its own: between it and the compilation the browser can handle input.
    leptos::prelude::set_timeout(start, std::time::Duration::ZERO);
}

/// Reserve for the constants of the parts that are loaded later. The splitter gives each part its own, aligned again; if
/// that makes them longer in all than the linker left them, it fails and leaves the texts of every page in the first
/// file.
/// Nothing refers to these bytes: no file holds them.
#[cfg(all(feature = "lazy", target_arch = "wasm32"))]
#[used]
static PART_CONSTANTS_RESERVE: [u8; 8192] = [0xff; 8192];

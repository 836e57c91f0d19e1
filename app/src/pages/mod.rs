//! Screens. Pages fetch and place widgets; what a widget looks like is its own affair.
//!
//! All but the list are loaded when they are first shown: each is a lazy route of its own.

mod confirm;
mod not_found;
mod operator;
mod order;
mod station;
mod stations;

use leptos::prelude::*;
use leptos_router::LazyRoute;
#[cfg(feature = "lazy")]
use leptos_router::lazy_route;

pub use not_found::NotFound;
pub use stations::{price_of, tag_of};

use crate::state::Language;

/// Draws a page anew when the host asks for another language.
fn localised(page: fn() -> AnyView) -> AnyView {
    let language = Language::of_page();
    (move || {
        let _ = language.get();
        page()
    })
    .into_any()
}

/// The list, in the language of the page.
#[component]
pub fn StationsPage() -> impl IntoView {
    localised(stations::page)
}

/// The route of one lazily loaded page. Without the feature `lazy` (hot reload, tests) the page is linked in.
macro_rules! lazy_page {
    ($route:ident, $view:path) => {
        pub struct $route;

        #[cfg(feature = "lazy")]
        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                localised($view)
            }
        }

        #[cfg(not(feature = "lazy"))]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_this: Self) -> AnyView {
                localised($view)
            }
        }
    };
}

/// Loads the code of the page that is on screen; the routes are those of [`crate::App`].
#[cfg(feature = "hydrate")]
pub async fn load_first() {
    let path = window().location().pathname().unwrap_or_default();
    match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["stations", _] => StationRoute::preload().await,
        ["stations", _, "confirm"] => ConfirmRoute::preload().await,
        ["orders", _] => OrderRoute::preload().await,
        ["operator"] => OperatorRoute::preload().await,
        _ => {}
    }
}

lazy_page!(StationRoute, station::page);
lazy_page!(ConfirmRoute, confirm::page);
lazy_page!(OrderRoute, order::page);
lazy_page!(OperatorRoute, operator::page);

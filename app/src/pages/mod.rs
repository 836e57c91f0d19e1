//! Screens. Pages fetch data and place widgets; the look of a widget is in the widget.
//!
//! All but the list are loaded when they are first shown: each is a lazy route of its own.

mod confirm;
mod draft_form;
mod inner_styles;
mod not_found;
mod operator;
mod order;
mod placing;
mod shared;
mod station;
mod stations;

use leptos::prelude::*;
use leptos_router::LazyRoute;

pub use not_found::NotFound;

use self::shared::localised;

/// The list, in the language of the page.
#[component]
pub fn StationsPage() -> impl IntoView {
    localised(stations::page)
}

/// The route of one lazily loaded page. The page before it stays on screen until its code and its style sheet are
/// there. Without the feature `lazy` (hot reload, tests) the code is linked in.
macro_rules! lazy_page {
    ($route:ident, $code:ident, $view:path) => {
        #[cfg_attr(feature = "lazy", lazy)]
        async fn $code() -> AnyView {
            inner_styles::load().await;
            localised($view)
        }

        pub struct $route;

        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_this: Self) -> AnyView {
                $code().await
            }
        }
    };
}

/// Loads the code of the page that is on screen; the routes are those of [`crate::App`].
#[cfg(feature = "hydrate")]
pub async fn load_first() {
    #[cfg(feature = "lazy")]
    {
        let path = window().location().pathname().unwrap_or_default();
        match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["stations", _] => __preload_station_code().await,
            ["stations", _, "confirm"] => __preload_confirm_code().await,
            ["orders", _] => __preload_order_code().await,
            ["operator"] => __preload_operator_code().await,
            _ => {}
        }
    }
}

lazy_page!(StationRoute, station_code, station::page);
lazy_page!(ConfirmRoute, confirm_code, confirm::page);
lazy_page!(OrderRoute, order_code, order::page);
lazy_page!(OperatorRoute, operator_code, operator::page);

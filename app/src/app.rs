//! Contexts and the route table.

use std::time::Duration;

use domain::locale::Locale;
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    api::{PageSettings, SharedValue},
    host::{HostSettings, provide_host, report_height},
    pages::{ConfirmRoute, NotFound, OperatorRoute, OrderRoute, StationRoute, StationsPage},
    state::{Language, ShopVisit},
};
use leptos_router::Lazy;

/// The application. Pages render on the server as a whole: list, station and order are readable without script.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    let settings = SharedValue::new_with_encoding(settings).into_inner();
    let host = provide_host(HostSettings {
        allowed_origins: settings.host_origins.clone(),
        payment_origins: settings.payment_origins.clone(),
        documents: settings.terms_url.iter().chain(&settings.privacy_url).cloned().collect(),
        checkout: settings.checkout,
    });
    provide_context(settings);
    let language = Language::provide(SharedValue::new_with_encoding(first_locale).into_inner());
    ShopVisit::provide();
    // The host's language comes later than the first render, which must be the same on both sides. In a task of its own:
    // the other data of the host is for the page on screen, which another language replaces.
    Effect::new(move |_| {
        if let Some(tag) = host.locale() {
            set_timeout(move || language.set(Locale::from_tag(&tag)), Duration::ZERO);
        }
    });
    let root = NodeRef::new();
    report_height(root);
    let mode = move || if host.sizes_by_content() { "embedded" } else { "full" };
    view! {
        <Router>
            <div class="app" data-mode=mode node_ref=root>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=StationsPage ssr=SsrMode::Async />
                    <Route path=path!("/stations/:id") view={Lazy::<StationRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/stations/:id/confirm") view={Lazy::<ConfirmRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/orders/:id") view={Lazy::<OrderRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/operator") view={Lazy::<OperatorRoute>::new()} ssr=SsrMode::Async />
                </FlatRoutes>
            </div>
        </Router>
    }
}

/// The settings on the server; the browser reads them from the page.
fn settings() -> PageSettings {
    #[cfg(feature = "ssr")]
    if let Some(settings) = crate::api::page_settings() {
        return settings;
    }
    PageSettings::default()
}

fn first_locale() -> Locale {
    #[cfg(feature = "ssr")]
    return crate::api::request_locale();
    #[cfg(not(feature = "ssr"))]
    Locale::default()
}

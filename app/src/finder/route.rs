//! The way to a station.

use domain::{geo::Point, id::StationId, locale::Locale};
use leptos::{ev::MouseEvent, prelude::*};

use crate::{
    components::{ButtonLink, ButtonSize, Icon},
    host::use_host,
};

/// Leads to the station by the map that the customer has. The host opens an address of ours beside us, which leads on
/// to a map service; a telephone in its own browser asks the customer for their map.
#[component]
pub fn RouteLink(
    locale: Locale,
    id: StationId,
    lat: f64,
    lon: f64,
    #[prop(optional)] size: ButtonSize,
) -> impl IntoView {
    let host = use_host();
    let address = format!("/stations/{id}/route");
    let href = RwSignal::new(address.clone());
    Effect::new(move |_| {
        let is_standalone = host.is_none_or(|host| !host.is_framed());
        if is_standalone && has_geo_links() {
            href.set(geo_link(Point { lat, lon }));
        }
    });
    let press = move |event: MouseEvent| {
        let Some(host) = host.filter(|host| untrack(|| host.is_framed())) else { return };
        let origin = location().origin().unwrap_or_default();
        // Where the host does not take it, the browser follows the link by itself.
        if host.open_link(&format!("{origin}{address}")).is_ok() {
            event.prevent_default();
        }
    };
    view! {
        <ButtonLink href size icon=Icon::Route external=true on:click=press>
            {locale.pick("Маршрут", "Route")}
        </ButtonLink>
    }
    .into_any()
}

/// Android asks which map to open; elsewhere nobody may answer to such an address.
fn has_geo_links() -> bool {
    window().navigator().user_agent().is_ok_and(|agent| agent.contains("Android"))
}

fn geo_link(Point { lat, lon }: Point) -> String {
    format!("geo:{lat},{lon}?q={lat},{lon}")
}

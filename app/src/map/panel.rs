//! The panel of the chosen station: its facts, the way there, and the order.

use domain::{fuel::FuelId, locale::Locale, view::StationSummary};
use leptos::prelude::*;

use crate::{
    components::{ButtonKind, ButtonLink, Icon, IconButton, Tag, TagKind, name_with_number},
    finder::{Finder, RouteLink, price_of, station_tag},
};

/// The panel of the chosen station.
pub fn view(finder: Finder, station: &StationSummary, chosen: RwSignal<Option<StationSummary>>) -> AnyView {
    let is_near = untrack(|| finder.position.point()).is_some();
    let wanted = finder.search.with_untracked(|search| search.query.fuels.clone());
    panel(finder.locale, station, &wanted, is_near, Callback::new(move |()| chosen.set(None)))
}

/// The panel of a station. It does not trap focus: the map stays usable behind it. `is_near`: the customer's place is
/// known.
pub fn panel(
    locale: Locale,
    station: &StationSummary,
    wanted: &[FuelId],
    is_near: bool,
    on_close: Callback<()>,
) -> AnyView {
    let (tag, kind) = station_tag(locale, station);
    let distance = station.distance_m.filter(|_| is_near).map(|metres| locale.distance(metres));
    let facts: Vec<String> = [Some(station.address.clone()), distance]
        .into_iter()
        .flatten()
        .filter(|fact| !fact.is_empty())
        .collect();
    let order = format!("/stations/{}", station.id);
    let price = price_of(locale, station, wanted);
    let open = station.closed_reason.is_none();
    view! {
        <section class="map-panel" aria-label=station.name.clone()>
            <div class="map-panel-head">
                <h2>{name_with_number(&station.name)}</h2>
                <IconButton
                    icon=Icon::Close
                    label=locale.pick("Закрыть", "Close").to_owned()
                    size=48
                    on_press=on_close
                />
            </div>
            <p class="second">{facts.join(" · ")}</p>
            <p class="tags">
                <Tag kind text=tag />
                <Tag kind=TagKind::Neutral text=price />
            </p>
            <div class="row">
                <RouteLink locale id=station.id.clone() lat=station.lat lon=station.lon />
                {open.then(|| view! {
                    <ButtonLink href=order kind=ButtonKind::Primary>{locale.pick("Заправиться", "Fuel here")}</ButtonLink>
                })}
            </div>
        </section>
    }
    .into_any()
}

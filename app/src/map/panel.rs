//! The panel of the chosen station: its facts, the way there, and the order.

use domain::{fuel::FuelId, locale::Locale, view::StationSummary};
use leptos::prelude::*;

use crate::{
    components::{ButtonKind, ButtonLink, Icon, IconButton, Tag, TagKind},
    pages::{price_of, tag_of},
};

/// Does not trap focus: the map stays alive behind it.
pub fn view(
    locale: Locale,
    station: &StationSummary,
    fuels: Memo<Vec<FuelId>>,
    chosen: RwSignal<Option<StationSummary>>,
) -> AnyView {
    let (tag, kind) = tag_of(locale, station);
    let distance =
        station.distance_m.map(|metres| format!(" · {}", locale.distance(metres))).unwrap_or_default();
    let route = format!("https://yandex.ru/maps/?rtext=~{},{}&rtt=auto", station.lat, station.lon);
    let order = format!("/stations/{}", station.id);
    let price = price_of(locale, station, &fuels.get_untracked());
    let open = station.closed_reason.is_none();
    view! {
        <section class="map-panel" aria-label=station.name.clone()>
            <div class="map-panel-head">
                <h2>{station.name.clone()}</h2>
                <IconButton
                    icon=Icon::Close
                    label=locale.pick("Закрыть", "Close").to_owned()
                    size=48
                    on_press=Callback::new(move |()| chosen.set(None))
                />
            </div>
            <p class="second">{format!("{}{distance}", station.address)}</p>
            <p class="tags">
                <Tag kind text=tag />
                <Tag kind=TagKind::Neutral text=price />
            </p>
            <div class="row">
                <ButtonLink href=route external=true>{locale.pick("Маршрут", "Route")}</ButtonLink>
                {open.then(|| view! {
                    <ButtonLink href=order kind=ButtonKind::Primary>{locale.pick("Заправиться", "Fuel here")}</ButtonLink>
                })}
            </div>
        </section>
    }
    .into_any()
}

//! The map of S1b: an extra beside the list. Leaflet and everything that only the map needs is loaded when it is first
//! shown; without tiles the markers stand on an empty ground and still lead to their stations.

mod canvas;
mod library;
mod panel;

use domain::{fuel::FuelId, locale::Locale, view::StationSummary};
use leptos::{html::Div, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;

use crate::{
    api::PageSettings,
    components::{Icon, IconButton, Notice, NoticeKind},
    state::PositionStore,
};
use canvas::Canvas;

/// The live map of this page: filled in the browser only, since a browser's value born on the server dies on another
/// thread.
type Live = StoredValue<Option<SendWrapper<Canvas>>>;

/// The map with its tools and the panel of the chosen station. `first` are the stations of the list: what the map
/// shows when it opens.
pub fn view(
    locale: Locale,
    fuels: Memo<Vec<FuelId>>,
    position: PositionStore,
    first: Vec<StationSummary>,
) -> AnyView {
    let ground = NodeRef::<Div>::new();
    let live: Live = StoredValue::new(None);
    let chosen = RwSignal::new(None::<StationSummary>);
    let lost = RwSignal::new(false);
    let settings = use_context::<PageSettings>().unwrap_or_default();
    Effect::new(move |_| {
        let Some(ground) = ground.get() else { return };
        let (settings, first) = (settings.clone(), first.clone());
        spawn_local(async move {
            if library::load().await.is_err() {
                lost.try_set(true);
                return;
            }
            let canvas = Canvas::open(&ground, &settings, &first, locale, fuels, chosen);
            match canvas {
                Some(canvas) => drop(live.try_update_value(|live| *live = Some(SendWrapper::new(canvas)))),
                None => drop(lost.try_set(true)),
            }
        });
    });
    Effect::new(move |_| {
        fuels.track();
        live.with_value(|live| live.as_ref().map(|canvas| canvas.refresh()));
    });
    Effect::new(move |_| {
        if let Some(point) = position.point() {
            live.with_value(|live| live.as_ref().map(|canvas| canvas.go_to(point)));
        }
    });
    on_cleanup(move || {
        if let Some(Some(canvas)) = live.try_update_value(Option::take) {
            canvas.take().close();
        }
    });
    let zoom = move |step: f64| {
        Callback::new(move |()| {
            live.with_value(|live| live.as_ref().map(|canvas| canvas.zoom_by(step)));
        })
    };
    view! {
        <div class="map-view">
            {move || lost.get().then(|| view! {
                <Notice
                    kind=NoticeKind::Offline
                    text=locale.pick("Карта не загрузилась. Все АЗС есть в списке.", "The map did not load. Every station is in the list.").to_owned()
                />
            })}
            <div class="map">
                <div class="map-canvas" node_ref=ground></div>
                <div class="map-tools">
                    <IconButton icon=Icon::Plus label=locale.pick("Ближе", "Zoom in").to_owned() size=48 on_press=zoom(1.0) />
                    <IconButton icon=Icon::Minus label=locale.pick("Дальше", "Zoom out").to_owned() size=48 on_press=zoom(-1.0) />
                    <IconButton
                        icon=Icon::Locate
                        label=locale.pick("Где я", "My location").to_owned()
                        size=48
                        on_press=Callback::new(move |()| position.ask())
                    />
                </div>
            </div>
            {move || chosen.get().map(|station| panel::view(locale, &station, fuels, chosen))}
        </div>
    }
    .into_any()
}

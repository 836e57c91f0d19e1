//! The map of stations, beside the list. Leaflet and everything that only the map needs is loaded when it is first
//! shown; without tiles the pins are on an empty ground and still lead to their stations. Keys and screen readers have
//! the list, which holds every station.

mod canvas;
mod library;
mod own_place;
mod panel;
mod pins;

use domain::{locale::Locale, view::StationSummary};
use leptos::{html::Div, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;

use crate::{
    api::{ApiError, PageSettings},
    components::{Button, ButtonKind, ButtonSize, Icon, IconButton, Notice, NoticeKind},
    finder::{Finder, LatestRequest},
};
use canvas::{MapCanvas, MapContext};
#[cfg(feature = "ssr")]
pub use {
    panel::panel,
    pins::{CHOSEN_PIN_CLASS, PinTarget},
};

/// The live map of this page: filled in the browser only, since a browser's value that is made on the server is dropped
/// on another thread.
type LiveMap = StoredValue<Option<SendWrapper<MapCanvas>>>;

/// The map with its tools and the panel of the chosen station.
pub fn view(finder: Finder) -> AnyView {
    let locale = finder.locale;
    let ground = NodeRef::<Div>::new();
    let live: LiveMap = StoredValue::new(None);
    let ready = RwSignal::new(false);
    let chosen = RwSignal::new(None::<StationSummary>);
    let failure = RwSignal::new(None::<ApiError>);
    let load_failed = RwSignal::new(false);
    let context = MapContext { finder, latest: LatestRequest::new(), chosen, failure };
    let settings = use_context::<PageSettings>().unwrap_or_default();
    let credit = settings.tiles_attribution.clone();
    Effect::new(move |_| {
        let Some(ground) = ground.get() else { return };
        let settings = settings.clone();
        spawn_local(async move {
            let loaded = library::load().await.is_ok();
            let canvas = loaded.then(|| MapCanvas::open(&ground, &settings, context)).flatten();
            match canvas {
                Some(canvas) => {
                    live.try_update_value(|live| *live = Some(SendWrapper::new(canvas)));
                    ready.try_set(true);
                }
                None => drop(load_failed.try_set(true)),
            }
        });
    });
    follow_finder(finder, live, ready, chosen);
    on_cleanup(move || {
        if let Some(Some(canvas)) = live.try_update_value(Option::take) {
            canvas.take().close();
        }
    });
    let zoom = Callback::new(move |step| with_canvas(live, |canvas| canvas.zoom_by(step)));
    let locate = Callback::new(move |()| finder.position.ask());
    let retry = Callback::new(move |()| with_canvas(live, |canvas| canvas.refresh()));
    view! {
        <div class="map-view">
            {move || load_failed.get().then(|| view! {
                <Notice
                    kind=NoticeKind::Offline
                    text=locale.pick("Карта не загрузилась. Все АЗС есть в списке.", "The map did not load. Every station is in the list.").to_owned()
                />
            })}
            {move || failure.get().map(|error| view! {
                <Notice kind=NoticeKind::Offline text=map_error_text(finder, &error)>
                    <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=retry>
                        {locale.pick("Повторить", "Try again")}
                    </Button>
                </Notice>
            })}
            <p class="sr">{locale.pick("Карта. Все АЗС есть в списке.", "A map. Every station is in the list.")}</p>
            <div class="map">
                <div class="map-canvas" node_ref=ground aria-hidden="true"></div>
                {map_tools(locale, zoom, locate)}
                <p class="map-credit">{credit}</p>
            </div>
            {move || chosen.get().map(|station| panel::view(finder, &station, chosen))}
        </div>
    }
    .into_any()
}

/// Buttons to zoom in and out, and to move to the customer's place.
pub fn map_tools(locale: Locale, zoom: Callback<f64>, locate: Callback<()>) -> AnyView {
    let step = move |step: f64| Callback::new(move |()| zoom.run(step));
    view! {
        <div class="map-tools">
            <IconButton icon=Icon::Plus label=locale.pick("Ближе", "Zoom in").to_owned() size=48 on_press=step(1.0) />
            <IconButton icon=Icon::Minus label=locale.pick("Дальше", "Zoom out").to_owned() size=48 on_press=step(-1.0) />
            <IconButton icon=Icon::Locate label=locale.pick("Где я", "My location").to_owned() size=48 on_press=locate />
        </div>
    }
    .into_any()
}

fn map_error_text(finder: Finder, error: &ApiError) -> String {
    match error.is_network() {
        true => finder
            .locale
            .pick(
                "Нет сети. На карте то, что было найдено раньше.",
                "No network. The map shows what was found before.",
            )
            .to_owned(),
        false => error.message().to_owned(),
    }
}

/// Keeps the map at the search query, the customer's place and the chosen station.
fn follow_finder(
    finder: Finder,
    live: LiveMap,
    ready: RwSignal<bool>,
    chosen: RwSignal<Option<StationSummary>>,
) {
    // A changed filter leaves the map where it is; a changed text moves it over what was found.
    Effect::new(move |before: Option<bool>| {
        finder.search.track();
        if before == Some(true) {
            with_canvas(live, |canvas| canvas.refresh());
        }
        ready.get()
    });
    Effect::new(move |shown: Option<Option<String>>| {
        let text = finder.search.with_untracked(|search| search.query.text.clone());
        let found = finder.answer.with(|answer| answer.found.stations.clone());
        if !ready.get() {
            return None;
        }
        let is_placed = untrack(|| finder.position.place()).is_some();
        let text = text.unwrap_or_default();
        match shown.flatten() {
            Some(shown) if shown == text || text.is_empty() => {}
            None if is_placed => {}
            None if text.is_empty() && finder.around.get_untracked().is_none() => {
                with_canvas(live, |canvas| canvas.show_all());
            }
            _ => with_canvas(live, |canvas| canvas.show(&found)),
        }
        Some(text)
    });
    Effect::new(move |_| {
        let place = finder.position.place();
        if ready.get() {
            live.update_value(|live| {
                live.as_mut().map(|canvas| canvas.show_place(place)).unwrap_or_default()
            });
        }
    });
    // The panel makes the map smaller.
    Effect::new(move |_| {
        chosen.with(|station| {
            with_canvas(live, |canvas| canvas.choose(station.as_ref()));
        });
        request_animation_frame(move || with_canvas(live, MapCanvas::resize));
    });
}

fn with_canvas(live: LiveMap, act: impl FnOnce(&MapCanvas)) {
    live.try_with_value(|live| live.as_deref().map(act));
}

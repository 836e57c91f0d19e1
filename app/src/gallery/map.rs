//! The map: its pins and the panel of the chosen station, with the markup that the browser gives them.

use domain::{
    fuel::FuelId,
    geo::Bounds,
    id::StationId,
    locale::Locale,
    money::Kopecks,
    view::{Cluster, FuelPrice, StationSummary},
};
use leptos::prelude::*;

use super::widget_section::{ignored_callback, widget_section};
use crate::map::{CHOSEN_PIN_CLASS, PinTarget, map_tools, panel};

pub fn widget_sections(locale: Locale) -> AnyView {
    view! { {pins(locale)} {panels(locale)} }.into_any()
}

fn pins(locale: Locale) -> AnyView {
    let bounds = Bounds { south: 59.8, west: 30.1, north: 60.0, east: 30.5 };
    let cluster = |count| PinTarget::Cluster(Cluster { lat: 59.9, lon: 30.3, count, bounds });
    let open = || PinTarget::Station(Box::new(station("АЗС «Север» № 12")));
    let closed =
        StationSummary { brand: "Юг".to_owned(), open_now: false, ..station("АЗС «Юг» № 7") };
    let closed = || PinTarget::Station(Box::new(closed.clone()));
    let pin = |(target, is_chosen): (PinTarget, bool)| {
        let look = target.appearance(locale);
        let class =
            if is_chosen { format!("{} {CHOSEN_PIN_CLASS}", look.class) } else { look.class.to_owned() };
        view! { <div class=class title=look.title><span>{look.text}</span></div> }.into_any()
    };
    let pins = [
        (open(), false),
        (open(), true),
        (closed(), false),
        (closed(), true),
        (cluster(7), false),
        (cluster(2_300), false),
    ];
    widget_section(
        "Pins",
        view! { <div class="tags">{pins.map(pin).into_iter().collect_view()}</div> }.into_any(),
    )
}

fn panels(locale: Locale) -> AnyView {
    let states = [
        (station("АЗС «Север» № 12"), true),
        (StationSummary { no_free_pumps: true, ..station("АЗС «Север» № 3") }, false),
        (
            StationSummary {
                open_now: false,
                closed_reason: Some(locale.pick("ремонт", "repairs").to_owned()),
                ..station("АЗС «Юг» № 7 с очень длинным названием, которое не помещается")
            },
            true,
        ),
        (
            StationSummary {
                address: String::new(),
                open_until: Some("23:00".to_owned()),
                fuels: Vec::new(),
                pay_in_app: false,
                ..station("АЗС без адреса и цен")
            },
            false,
        ),
    ];
    let state = |(station, is_near): (StationSummary, bool)| {
        view! {
            <div class="map-view">
                <div class="map">
                    <div class="map-canvas"></div>
                    {map_tools(locale, ignored_callback(), ignored_callback())}
                    <p class="map-credit">"© OpenStreetMap"</p>
                </div>
                {panel(locale, &station, &[], is_near, ignored_callback())}
            </div>
        }
        .into_any()
    };
    widget_section("Map, Panel", states.map(state).into_iter().collect_view().into_any())
}

fn station(name: &str) -> StationSummary {
    StationSummary {
        id: StationId("sever-12".to_owned()),
        name: name.to_owned(),
        brand: "Север".to_owned(),
        address: "Пулковское ш., 42".to_owned(),
        lat: 59.82,
        lon: 30.32,
        distance_m: Some(1_200),
        open_now: true,
        fuels: vec![FuelPrice { id: FuelId::A95, price: Some(Kopecks::new(6_190)), available: true }],
        services: Vec::new(),
        pay_in_app: true,
        open_until: None,
        opens_at: None,
        on_break: false,
        closed_reason: None,
        no_free_pumps: false,
    }
}

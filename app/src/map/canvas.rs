//! Leaflet's map: tiles, markers, and asking for what is in view.

use std::{cell::Cell, rc::Rc};

use domain::{
    fuel::FuelId,
    geo::{Bounds, Point},
    locale::Locale,
    station::initials,
    view::{Cluster, FoundStations, StationQuery, StationSummary},
};
use leaflet::{
    DivIconOptions, Evented, Icon, LatLng, LatLngBounds, LayerGroup, Map, MapOptions, Marker, MarkerOptions,
    TileLayer, TileLayerOptions,
};
use leptos::{prelude::*, task::spawn_local, web_sys::HtmlElement};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

use crate::api::{PageSettings, find_stations};

#[wasm_bindgen]
extern "C" {
    /// The crate binds its `DivIcon` to the class of picture icons, which demands an address.
    #[wasm_bindgen(js_namespace = L, js_name = divIcon)]
    fn div_icon(options: &DivIconOptions) -> Icon;
}

const MOSCOW: Point = Point { lat: 55.75, lon: 37.62 };
/// Near enough to tell the pumps' side of the street.
const CLOSE: f64 = 14.0;

/// One open map, with everything that has to be let go of.
pub struct Canvas {
    map: Map,
    shared: Rc<Shared>,
    moved: Closure<dyn FnMut()>,
}

struct Shared {
    markers: LayerGroup,
    /// Grows with every question: an answer to an older one is stale.
    asked: Cell<u32>,
    locale: Locale,
    fuels: Memo<Vec<FuelId>>,
    chosen: RwSignal<Option<StationSummary>>,
    /// Handlers of the markers on the map.
    presses: Cell<Vec<Closure<dyn FnMut()>>>,
}

impl Canvas {
    /// Opens the map over the stations of the list. `None` when Leaflet refuses.
    pub fn open(
        ground: &HtmlElement,
        settings: &PageSettings,
        first: &[StationSummary],
        locale: Locale,
        fuels: Memo<Vec<FuelId>>,
        chosen: RwSignal<Option<StationSummary>>,
    ) -> Option<Self> {
        let options = MapOptions::new();
        options.set_zoom_control(false);
        let map = Map::new_with_element(ground, &options).ok()?;
        let tiles = TileLayerOptions::new();
        tiles.set_attribution(settings.tiles_attribution.clone());
        tiles.set_max_zoom(19.0);
        TileLayer::new_options(&settings.tiles_url, &tiles).add_to(&map);
        let markers = LayerGroup::new();
        markers.add_to(&map);
        let shared =
            Rc::new(Shared { markers, asked: Cell::new(0), locale, fuels, chosen, presses: Cell::default() });
        let moved = {
            let (map, shared) = (map.clone(), Rc::clone(&shared));
            Closure::new(move || shared.ask(&map))
        };
        map.unchecked_ref::<Evented>().on("moveend", moved.as_ref());
        show(&map, first);
        Some(Self { map, shared, moved })
    }

    /// Asks again for what is in view.
    pub fn refresh(&self) {
        self.shared.ask(&self.map);
    }

    /// Moves to a place.
    pub fn go_to(&self, point: Point) {
        self.map.set_view(&LatLng::new(point.lat, point.lon), CLOSE);
    }

    /// Nearer or farther.
    pub fn zoom_by(&self, step: f64) {
        self.map.set_zoom(self.map.get_zoom() + step);
    }

    /// Lets go of the map and of every handler.
    pub fn close(self) {
        self.shared.asked.set(u32::MAX);
        self.map.unchecked_ref::<Evented>().off("moveend", self.moved.as_ref());
        self.map.remove();
        self.shared.presses.take();
    }
}

/// The stations of the list, or Moscow where it is empty.
fn show(map: &Map, stations: &[StationSummary]) {
    let corners: js_sys::Array =
        stations.iter().map(|station| JsValue::from(LatLng::new(station.lat, station.lon))).collect();
    if corners.length() == 0 {
        map.set_view(&LatLng::new(MOSCOW.lat, MOSCOW.lon), 10.0);
    } else {
        map.fit_bounds(&LatLngBounds::new_from_list(&corners));
    }
}

impl Shared {
    fn ask(self: &Rc<Self>, map: &Map) {
        if self.asked.get() == u32::MAX {
            return;
        }
        let number = self.asked.get() + 1;
        self.asked.set(number);
        let view = map.get_bounds();
        let (low, high) = (view.get_south_west(), view.get_north_east());
        let query = StationQuery {
            bounds: Some(Bounds {
                south: low.lat().clamp(-90.0, 90.0),
                west: low.lng().clamp(-180.0, 180.0),
                north: high.lat().clamp(-90.0, 90.0),
                east: high.lng().clamp(-180.0, 180.0),
            }),
            zoom: Some(whole(map.get_zoom())),
            fuels: self.fuels.try_get_untracked().unwrap_or_default(),
            limit: 100,
            ..StationQuery::default()
        };
        let (shared, map) = (Rc::clone(self), map.clone());
        spawn_local(async move {
            // Without an answer the markers that are there stay.
            if let Ok(found) = find_stations(query).await
                && shared.asked.get() == number
            {
                shared.draw(&map, found);
            }
        });
    }

    fn draw(self: &Rc<Self>, map: &Map, found: FoundStations) {
        self.markers.clear_layers();
        let mut presses = Vec::with_capacity(found.stations.len() + found.clusters.len());
        for station in found.stations {
            presses.push(self.pin(station));
        }
        for cluster in found.clusters {
            presses.push(self.cluster(map, &cluster));
        }
        self.presses.set(presses);
    }

    fn pin(self: &Rc<Self>, station: StationSummary) -> Closure<dyn FnMut()> {
        let name = if station.brand.is_empty() { &station.name } else { &station.brand };
        let title = format!("{}, {}", station.name, station.address);
        let class = if station.open_now { "pin" } else { "pin pin-closed" };
        let marker = marker(station.lat, station.lon, &initials(name), class, title);
        let chosen = self.chosen;
        let press = Closure::new(move || {
            chosen.try_set(Some(station.clone()));
        });
        self.place(&marker, press)
    }

    fn cluster(self: &Rc<Self>, map: &Map, cluster: &Cluster) -> Closure<dyn FnMut()> {
        let title =
            format!("{} {}", cluster.count, self.locale.pick("АЗС рядом: приблизить", "stations: zoom in"));
        let marker = marker(cluster.lat, cluster.lon, &cluster.count.to_string(), "pin pin-cluster", title);
        let Bounds { south, west, north, east } = cluster.bounds;
        let map = map.clone();
        let press = Closure::new(move || {
            let corners = LatLngBounds::new(&LatLng::new(south, west), &LatLng::new(north, east));
            map.fit_bounds(&corners);
        });
        self.place(&marker, press)
    }

    fn place(&self, marker: &Marker, press: Closure<dyn FnMut()>) -> Closure<dyn FnMut()> {
        marker.unchecked_ref::<Evented>().on("click", press.as_ref());
        self.markers.add_layer(marker);
        press
    }
}

fn marker(lat: f64, lon: f64, text: &str, class: &str, title: String) -> Marker {
    let icon = DivIconOptions::new();
    icon.set_class_name(class.to_owned());
    // The text is letters and digits only: initials or a count.
    icon.set_html(format!("<span>{text}</span>"));
    icon.set_icon_size(leaflet::Point::new(44.0, 44.0));
    let options = MarkerOptions::new();
    options.set_icon(div_icon(&icon));
    options.set_alt(title.clone());
    options.set_title(title);
    Marker::new_with_options(&LatLng::new(lat, lon), &options)
}

#[expect(clippy::cast_possible_truncation, reason = "zoom levels are from 0 to 19")]
fn whole(zoom: f64) -> i32 {
    zoom.round() as i32
}

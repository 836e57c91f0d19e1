//! Leaflet's map: tiles, pins, and asking for what is in view.

use std::{cell::Cell, rc::Rc};

use domain::{
    geo::{Bounds, Point},
    view::{FoundStations, StationQuery, StationSummary},
};
use leaflet::{Evented, LatLng, LatLngBounds, Map, MapOptions, TileLayer, TileLayerOptions};
use leptos::{prelude::*, task::spawn_local, web_sys::HtmlElement};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{
    own_place::OwnPlace,
    pins::{PinTarget, Pins},
};
use crate::{
    api::{ApiError, PageSettings, find_stations},
    finder::{Finder, LatestRequest},
    state::Place,
};

const MOSCOW: Point = Point { lat: 55.75, lon: 37.62 };
/// Near enough to tell the pumps' side of the street.
const STREET_ZOOM: f64 = 15.0;
/// The country in one view.
const WORLD: Bounds = Bounds { south: -85.0, west: -180.0, north: 85.0, east: 180.0 };
const WORLD_ZOOM: i32 = 3;

/// One open map, with everything that has to be let go of.
pub struct MapCanvas {
    shared: Rc<MapState>,
    moved: Closure<dyn FnMut()>,
    own_place: OwnPlace,
}

/// What a map shares with its page.
#[derive(Clone, Copy)]
pub struct MapContext {
    pub finder: Finder,
    pub latest: LatestRequest,
    /// The station whose pin was pressed.
    pub chosen: RwSignal<Option<StationSummary>>,
    /// Why the pins are not those of the view.
    pub failure: RwSignal<Option<ApiError>>,
}

struct MapState {
    map: Map,
    pins: Rc<Pins>,
    context: MapContext,
    /// The map has been taken down.
    closed: Cell<bool>,
}

impl MapCanvas {
    /// Opens the map; [`MapCanvas::show`] and the like move it to where something is. `None` when Leaflet refuses.
    pub fn open(ground: &HtmlElement, settings: &PageSettings, context: MapContext) -> Option<Self> {
        let options = MapOptions::new();
        options.set_zoom_control(false);
        // Its words stand below the map, where they can be read and followed.
        options.set_attribution_control(false);
        options.set_keyboard(false);
        let map = Map::new_with_element(ground, &options).ok()?;
        let tiles = TileLayerOptions::new();
        tiles.set_max_zoom(19.0);
        TileLayer::new_options(&settings.tiles_url, &tiles).add_to(&map);
        map.set_view(&LatLng::new(MOSCOW.lat, MOSCOW.lon), 9.0);
        let pins = {
            let map = map.clone();
            Pins::new(&map.clone(), context.finder.locale, move |what| match what {
                PinTarget::Station(station) => drop(context.chosen.try_set(Some(*station))),
                PinTarget::Cluster(cluster) => fit(&map, &corners_of(cluster.bounds)),
            })
        };
        let shared = Rc::new(MapState { map, pins, context, closed: Cell::new(false) });
        let moved = {
            let shared = Rc::downgrade(&shared);
            Closure::new(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.ask();
                }
            })
        };
        shared.map.unchecked_ref::<Evented>().on("moveend", moved.as_ref());
        Some(Self { own_place: OwnPlace::new(&shared.map), shared, moved })
    }

    /// Asks again for what is in view.
    pub fn refresh(&self) {
        self.shared.ask();
    }

    /// Moves over these stations; where there are none, it stays.
    pub fn show(&self, stations: &[StationSummary]) {
        let corners: Vec<_> = stations.iter().map(|station| LatLng::new(station.lat, station.lon)).collect();
        fit(&self.shared.map, &corners);
    }

    /// Moves over everything that is looked for.
    pub fn show_all(&self) {
        let query = self.shared.query(WORLD, WORLD_ZOOM);
        let shared = Rc::clone(&self.shared);
        spawn_local(async move {
            let Some(answer) = shared.context.latest.ask(find_stations(query)).await else { return };
            if shared.closed.get() {
                return;
            }
            match answer {
                Ok(found) => {
                    let clusters = found.clusters.iter().flat_map(|cluster| corners_of(cluster.bounds));
                    let single = found.stations.iter().map(|one| LatLng::new(one.lat, one.lon));
                    fit(&shared.map, &clusters.chain(single).collect::<Vec<_>>());
                }
                Err(error) => drop(shared.context.failure.try_set(Some(error))),
            }
        });
    }

    /// Shows where the customer stands, and goes there.
    pub fn show_place(&mut self, place: Option<Place>) {
        self.own_place.show(place);
        if let Some(Place { point, .. }) = place {
            self.shared
                .map
                .set_view(&LatLng::new(point.lat, point.lon), STREET_ZOOM.min(self.own_place.zoom()));
        }
    }

    pub fn choose(&self, station: Option<&StationSummary>) {
        self.shared.pins.choose(station.map(|station| station.id.clone()));
    }

    /// Nearer or farther.
    pub fn zoom_by(&self, step: f64) {
        self.shared.map.set_zoom(self.shared.map.get_zoom() + step);
    }

    /// The room for the map has changed.
    pub fn resize(&self) {
        self.shared.map.invalidate_size(false);
    }

    /// Lets go of the map and of every handler.
    pub fn close(self) {
        self.shared.closed.set(true);
        self.shared.pins.close();
        self.shared.map.unchecked_ref::<Evented>().off("moveend", self.moved.as_ref());
        self.shared.map.remove();
    }
}

fn corners_of(bounds: Bounds) -> Vec<LatLng> {
    vec![LatLng::new(bounds.south, bounds.west), LatLng::new(bounds.north, bounds.east)]
}

/// Moves so that all corners are in view, not nearer than a street.
fn fit(map: &Map, corners: &[LatLng]) {
    if corners.is_empty() {
        return;
    }
    let options = js_sys::Object::new();
    let padding = js_sys::Array::of2(&32.into(), &32.into());
    let _ = js_sys::Reflect::set(&options, &"padding".into(), &padding);
    let _ = js_sys::Reflect::set(&options, &"maxZoom".into(), &STREET_ZOOM.into());
    let corners: js_sys::Array = corners.iter().map(JsValue::from).collect();
    map.fit_bounds_with_options(&LatLngBounds::new_from_list(&corners), &options);
}

impl MapState {
    fn query(&self, bounds: Bounds, zoom: i32) -> StationQuery {
        let query = untrack(|| self.context.finder.query());
        StationQuery { bounds: Some(bounds), zoom: Some(zoom), ..query }
    }

    fn ask(self: &Rc<Self>) {
        let view = self.map.get_bounds();
        let (low, high) = (view.get_south_west(), view.get_north_east());
        let middle = f64::midpoint(low.lng(), high.lng());
        let bounds = in_view([low.lat(), low.lng()], [high.lat(), high.lng()]);
        let query = self.query(bounds, whole(self.map.get_zoom()));
        let shared = Rc::clone(self);
        spawn_local(async move {
            // Without an answer the pins that are there stay.
            match shared.context.latest.ask(find_stations(query)).await {
                _ if shared.closed.get() => {}
                Some(Ok(found)) => shared.show(found, middle),
                Some(Err(error)) => drop(shared.context.failure.try_set(Some(error))),
                None => {}
            }
        });
    }

    fn show(&self, found: FoundStations, middle: f64) {
        self.context.failure.try_set(None);
        self.pins.show(found, middle);
    }
}

/// What a view shows of the globe. The map goes round it without end; a view that shows all of it has no sides.
fn in_view([south, west]: [f64; 2], [north, east]: [f64; 2]) -> Bounds {
    let (south, north) = (south.clamp(-90.0, 90.0), north.clamp(-90.0, 90.0));
    if east - west >= 360.0 {
        return Bounds { south, north, west: -180.0, east: 180.0 };
    }
    let turned = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    Bounds { south, north, west: turned(west), east: turned(east) }
}

#[expect(clippy::cast_possible_truncation, reason = "zoom levels are from 0 to 19")]
fn whole(zoom: f64) -> i32 {
    zoom.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_across_the_180th_meridian_has_west_above_east() {
        let bounds = in_view([60.0, 170.0], [70.0, 190.0]);
        assert_eq!((bounds.west, bounds.east), (170.0, -170.0));
        let turned_back = in_view([60.0, -190.0], [70.0, -170.0]);
        assert_eq!((turned_back.west, turned_back.east), (170.0, -170.0));
        assert!(bounds.is_valid() && turned_back.is_valid());
    }

    #[test]
    fn a_view_of_the_whole_globe_is_cut_to_it() {
        let bounds = in_view([-95.0, -300.0], [95.0, 300.0]);
        assert_eq!([bounds.south, bounds.west, bounds.north, bounds.east], [-90.0, -180.0, 90.0, 180.0]);
    }
}

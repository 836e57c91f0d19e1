//! Leaflet's map: tiles, pins, and the search in the view.

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
    state::CustomerPlace,
};

const MOSCOW_CENTRE: Point = Point { lat: 55.75, lon: 37.62 };
/// Near enough to see the pumps' side of the street.
const STREET_ZOOM: f64 = 15.0;
/// Bounds of a search for all stations.
const WORLD_BOUNDS: Bounds = Bounds { south: -85.0, west: -180.0, north: 85.0, east: 180.0 };
const WORLD_ZOOM: i32 = 3;

/// One open map, with everything that has to be released.
pub struct MapCanvas {
    shared: Rc<MapState>,
    moved: Closure<dyn FnMut()>,
    own_place: OwnPlace,
}

/// State that a map shares with its page.
#[derive(Clone, Copy)]
pub struct MapContext {
    pub finder: Finder,
    pub latest: LatestRequest,
    /// The station whose pin was pressed.
    pub chosen: RwSignal<Option<StationSummary>>,
    /// Failure of the last search: the pins are not those of the view.
    pub failure: RwSignal<Option<ApiError>>,
}

struct MapState {
    map: Map,
    pins: Rc<Pins>,
    context: MapContext,
    /// The map has been removed.
    closed: Cell<bool>,
}

impl MapCanvas {
    /// Opens the map; [`MapCanvas::show`] and the like move it to where something is. `None` when Leaflet refuses.
    pub fn open(ground: &HtmlElement, settings: &PageSettings, context: MapContext) -> Option<Self> {
        let options = MapOptions::new();
        options.set_zoom_control(false);
        // The attribution is below the map, where it can be read and its links followed.
        options.set_attribution_control(false);
        options.set_keyboard(false);
        let map = Map::new_with_element(ground, &options).ok()?;
        let tiles = TileLayerOptions::new();
        tiles.set_max_zoom(19.0);
        TileLayer::new_options(&settings.tiles_url, &tiles).add_to(&map);
        map.set_view(&LatLng::new(MOSCOW_CENTRE.lat, MOSCOW_CENTRE.lon), 9.0);
        let pins = {
            let map = map.clone();
            Pins::new(&map.clone(), context.finder.locale, move |target| match target {
                PinTarget::Station(station) => drop(context.chosen.try_set(Some(*station))),
                PinTarget::Cluster(cluster) => fit_bounds(&map, &corners_of(cluster.bounds)),
            })
        };
        let shared = Rc::new(MapState { map, pins, context, closed: Cell::new(false) });
        let moved = {
            let shared = Rc::downgrade(&shared);
            Closure::new(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.search_view();
                }
            })
        };
        shared.map.unchecked_ref::<Evented>().on("moveend", moved.as_ref());
        Some(Self { own_place: OwnPlace::new(&shared.map), shared, moved })
    }

    /// Searches the view again.
    pub fn refresh(&self) {
        self.shared.search_view();
    }

    /// Moves the view over these stations; without any it stays.
    pub fn show(&self, stations: &[StationSummary]) {
        let corners: Vec<_> = stations.iter().map(|station| LatLng::new(station.lat, station.lon)).collect();
        fit_bounds(&self.shared.map, &corners);
    }

    /// Moves the view over all stations that match.
    pub fn show_all(&self) {
        let query = self.shared.query(WORLD_BOUNDS, WORLD_ZOOM);
        let shared = Rc::clone(&self.shared);
        spawn_local(async move {
            let Some(answer) = shared.context.latest.send(find_stations(query)).await else { return };
            if shared.closed.get() {
                return;
            }
            match answer {
                Ok(found) => {
                    let clusters = found.clusters.iter().flat_map(|cluster| corners_of(cluster.bounds));
                    let single = found.stations.iter().map(|one| LatLng::new(one.lat, one.lon));
                    fit_bounds(&shared.map, &clusters.chain(single).collect::<Vec<_>>());
                }
                Err(error) => drop(shared.context.failure.try_set(Some(error))),
            }
        });
    }

    /// Shows the customer's place, and moves there.
    pub fn show_place(&mut self, place: Option<CustomerPlace>) {
        self.own_place.show(place);
        if let Some(CustomerPlace { point, .. }) = place {
            self.shared
                .map
                .set_view(&LatLng::new(point.lat, point.lon), STREET_ZOOM.min(self.own_place.zoom()));
        }
    }

    pub fn choose(&self, station: Option<&StationSummary>) {
        self.shared.pins.choose(station.map(|station| station.id.clone()));
    }

    /// Zooms in or out.
    pub fn zoom_by(&self, step: f64) {
        self.shared.map.set_zoom(self.shared.map.get_zoom() + step);
    }

    /// Adapts to a changed size of the map's element.
    pub fn resize(&self) {
        self.shared.map.invalidate_size(false);
    }

    /// Releases the map and every handler.
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

/// Moves the view so that all corners are in it, at most to the zoom of a street.
fn fit_bounds(map: &Map, corners: &[LatLng]) {
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

    fn search_view(self: &Rc<Self>) {
        let view = self.map.get_bounds();
        let (low, high) = (view.get_south_west(), view.get_north_east());
        let middle = f64::midpoint(low.lng(), high.lng());
        let bounds = bounds_in_view([low.lat(), low.lng()], [high.lat(), high.lng()]);
        let query = self.query(bounds, to_zoom_level(self.map.get_zoom()));
        let shared = Rc::clone(self);
        spawn_local(async move {
            // Without an answer the pins that are there stay.
            match shared.context.latest.send(find_stations(query)).await {
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

/// The part of the globe that is in view. The map repeats it without end; a view of the whole globe has no sides.
fn bounds_in_view([south, west]: [f64; 2], [north, east]: [f64; 2]) -> Bounds {
    let (south, north) = (south.clamp(-90.0, 90.0), north.clamp(-90.0, 90.0));
    if east - west >= 360.0 {
        return Bounds { south, north, west: -180.0, east: 180.0 };
    }
    let turned = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    Bounds { south, north, west: turned(west), east: turned(east) }
}

#[expect(clippy::cast_possible_truncation, reason = "zoom levels are from 0 to 19")]
fn to_zoom_level(zoom: f64) -> i32 {
    zoom.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_across_the_180th_meridian_has_west_above_east() {
        let bounds = bounds_in_view([60.0, 170.0], [70.0, 190.0]);
        assert_eq!((bounds.west, bounds.east), (170.0, -170.0));
        let turned_back = bounds_in_view([60.0, -190.0], [70.0, -170.0]);
        assert_eq!((turned_back.west, turned_back.east), (170.0, -170.0));
        assert!(bounds.is_valid() && turned_back.is_valid());
    }

    #[test]
    fn a_view_of_the_whole_globe_is_cut_to_it() {
        let bounds = bounds_in_view([-95.0, -300.0], [95.0, 300.0]);
        assert_eq!([bounds.south, bounds.west, bounds.north, bounds.east], [-90.0, -180.0, 90.0, 180.0]);
    }
}

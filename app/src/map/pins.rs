//! The pins of a map: one marker for each station and cluster in view. A marker that is still wanted stays as it is;
//! new ones are put down a few in each frame, so that a cheap phone goes on drawing while it moves the map.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use domain::{
    geo::Bounds,
    id::StationId,
    locale::Locale,
    station::initials,
    view::{Cluster, FoundStations, StationSummary},
};
use leaflet::{DivIconOptions, Event, Evented, FeatureGroup, Icon, LatLng, Map, Marker, MarkerOptions};
use leptos::prelude::request_animation_frame;
use wasm_bindgen::{JsCast, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// The crate binds its `DivIcon` to the class of picture icons, which demands an address.
    #[wasm_bindgen(js_namespace = L, js_name = divIcon)]
    fn div_icon(options: &DivIconOptions) -> Icon;

    /// A marker in the page; the crate does not bind its element.
    #[wasm_bindgen(extends = Marker)]
    type MarkerElement;

    #[wasm_bindgen(method, js_name = getElement)]
    fn element(this: &MarkerElement) -> Option<web_sys::Element>;
}

/// Time of a frame that new pins may take, in milliseconds.
const MAX_DRAW_PER_FRAME_MS: f64 = 8.0;

/// A station or cluster that a pin shows and leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum PinTarget {
    Station(Box<StationSummary>),
    Cluster(Cluster),
}

/// A pin as it is drawn.
pub struct PinAppearance {
    pub class: &'static str,
    /// Letters and digits only: initials or a count.
    pub text: String,
    pub title: String,
}

/// The class of the pin of the chosen station, beside that of its appearance.
pub const CHOSEN_PIN_CLASS: &str = "pin-chosen";

/// The identity of a pin. Clusters do not move while the map does, so their place identifies them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum PinKey {
    Station(StationId),
    Cluster(u64, u64),
}

struct Pin {
    marker: Marker,
    target: PinTarget,
}

type PressHandler = Closure<dyn FnMut(Event)>;

/// All pins of one map.
pub struct Pins {
    group: FeatureGroup,
    locale: Locale,
    placed: RefCell<HashMap<PinKey, Pin>>,
    pending: RefCell<VecDeque<(PinKey, PinTarget)>>,
    /// A frame has been requested.
    drawing: Cell<bool>,
    chosen: RefCell<Option<StationId>>,
    press: RefCell<Option<PressHandler>>,
}

impl Pins {
    /// An empty set; `on_press` gets the target of a pressed pin.
    pub fn new(map: &Map, locale: Locale, on_press: impl Fn(PinTarget) + 'static) -> Rc<Self> {
        let group = FeatureGroup::new();
        group.add_to(map);
        let pins = Rc::new(Self {
            group,
            locale,
            placed: RefCell::default(),
            pending: RefCell::default(),
            drawing: Cell::new(false),
            chosen: RefCell::default(),
            press: RefCell::default(),
        });
        let pins_ref = Rc::downgrade(&pins);
        // One handler for all: the group gets the events of every marker in it.
        let press = PressHandler::new(move |event: Event| {
            let target = pins_ref.upgrade().and_then(|pins| pins.target_of_marker(&event.propagated_from()));
            if let Some(target) = target {
                on_press(target);
            }
        });
        pins.group.unchecked_ref::<Evented>().on("click", press.as_ref());
        pins.press.replace(Some(press));
        pins
    }

    fn target_of_marker(&self, marker: &js_sys::Object) -> Option<PinTarget> {
        let placed = self.placed.borrow();
        placed.values().find(|pin| js_sys::Object::is(&pin.marker, marker)).map(|pin| pin.target.clone())
    }

    /// Shows exactly what was found. `middle` is the meridian in the middle of the view.
    pub fn show(self: &Rc<Self>, found: FoundStations, middle: f64) {
        let stations = found.stations.into_iter().map(|station| PinTarget::Station(Box::new(station)));
        let clusters = found.clusters.into_iter().map(PinTarget::Cluster);
        let mut wanted: HashMap<PinKey, PinTarget> = stations
            .chain(clusters)
            .map(|target| target.with_longitude_near(middle))
            .map(|target| (target.key(), target))
            .collect();
        let mut changed = Vec::new();
        self.placed.borrow_mut().retain(|key, pin| match wanted.remove(key) {
            Some(target) if target.is_same_appearance(&pin.target) => {
                pin.target = target;
                true
            }
            other => {
                self.group.remove_layer(&pin.marker);
                changed.extend(other.map(|target| (key.clone(), target)));
                false
            }
        });
        self.pending.replace(changed.into_iter().chain(wanted).collect());
        self.draw_pending();
    }

    /// Puts new pins down, as many as a frame has time for, and goes on in the next one.
    fn draw_pending(self: &Rc<Self>) {
        if self.pending.borrow().is_empty() || self.drawing.replace(true) {
            return;
        }
        let pins_ref = Rc::downgrade(self);
        request_animation_frame(move || {
            let Some(pins) = pins_ref.upgrade() else { return };
            pins.drawing.set(false);
            let end = now() + MAX_DRAW_PER_FRAME_MS;
            while now() < end {
                let Some((key, target)) = pins.pending.borrow_mut().pop_front() else { return };
                pins.place_pin(key, target);
            }
            pins.draw_pending();
        });
    }

    fn place_pin(&self, key: PinKey, target: PinTarget) {
        let marker = target.marker(self.locale);
        self.group.add_layer(&marker);
        let is_chosen = matches!(&key, PinKey::Station(id) if self.chosen.borrow().as_ref() == Some(id));
        set_chosen(&marker, is_chosen);
        self.placed.borrow_mut().insert(key, Pin { marker, target });
    }

    /// Highlights the pin of the chosen station.
    pub fn choose(&self, chosen: Option<StationId>) {
        let before = self.chosen.replace(chosen.clone());
        let placed = self.placed.borrow();
        let marker = |id: StationId| placed.get(&PinKey::Station(id)).map(|pin| &pin.marker);
        before.and_then(marker).inspect(|marker| set_chosen(marker, false));
        chosen.and_then(marker).inspect(|marker| set_chosen(marker, true));
    }

    /// Releases everything; pins that wait for a frame are dropped.
    pub fn close(&self) {
        self.pending.replace(VecDeque::new());
        if let Some(press) = self.press.take() {
            self.group.unchecked_ref::<Evented>().off("click", press.as_ref());
        }
    }
}

impl PinTarget {
    fn key(&self) -> PinKey {
        match self {
            Self::Station(station) => PinKey::Station(station.id.clone()),
            Self::Cluster(cluster) => PinKey::Cluster(cluster.lat.to_bits(), cluster.lon.to_bits()),
        }
    }

    /// This target with a longitude near `middle`: on the copy of the globe that the map shows.
    fn with_longitude_near(mut self, middle: f64) -> Self {
        let lon = match &self {
            Self::Station(station) => station.lon,
            Self::Cluster(cluster) => cluster.lon,
        };
        let turn = ((middle - lon) / 360.0).round() * 360.0;
        match &mut self {
            Self::Station(station) => station.lon += turn,
            Self::Cluster(cluster) => {
                let Bounds { west, east, .. } = &mut cluster.bounds;
                if west > east {
                    *east += 360.0;
                }
                (*west, *east, cluster.lon) = (*west + turn, *east + turn, cluster.lon + turn);
            }
        }
        self
    }

    fn is_same_appearance(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Station(a), Self::Station(b)) => {
                (a.lat, a.lon, a.open_now, pin_name(a)) == (b.lat, b.lon, b.open_now, pin_name(b))
            }
            (Self::Cluster(a), Self::Cluster(b)) => (a.count, a.lon) == (b.count, b.lon),
            _ => false,
        }
    }

    fn marker(&self, locale: Locale) -> Marker {
        let place = match self {
            Self::Station(station) => [station.lat, station.lon],
            Self::Cluster(cluster) => [cluster.lat, cluster.lon],
        };
        marker(place, self.appearance(locale))
    }

    /// Appearance of its pin until it is chosen.
    pub fn appearance(&self, locale: Locale) -> PinAppearance {
        match self {
            Self::Station(station) => PinAppearance {
                class: if station.open_now { "pin" } else { "pin pin-closed" },
                text: initials(pin_name(station)),
                title: format!("{}, {}", station.name, station.address),
            },
            Self::Cluster(cluster) => {
                let text = locale.integer(i64::from(cluster.count));
                let title = format!("{text} {}", locale.pick("АЗС рядом: приблизить", "stations: zoom in"));
                PinAppearance { class: "pin pin-cluster", text, title }
            }
        }
    }
}

fn pin_name(station: &StationSummary) -> &str {
    if station.brand.is_empty() { &station.name } else { &station.brand }
}

fn marker([lat, lon]: [f64; 2], PinAppearance { class, text, title }: PinAppearance) -> Marker {
    let icon = DivIconOptions::new();
    icon.set_class_name(class.to_owned());
    icon.set_html(format!("<span>{text}</span>"));
    icon.set_icon_size(leaflet::Point::new(44.0, 44.0));
    let options = MarkerOptions::new();
    options.set_icon(div_icon(&icon));
    options.set_title(title);
    // Who uses keys or a screen reader has the list.
    options.set_keyboard(false);
    Marker::new_with_options(&LatLng::new(lat, lon), &options)
}

fn set_chosen(marker: &Marker, is_chosen: bool) {
    if let Some(element) = marker.unchecked_ref::<MarkerElement>().element() {
        let _ = element.class_list().toggle_with_force(CHOSEN_PIN_CLASS, is_chosen);
    }
}

fn now() -> f64 {
    js_sys::Date::now()
}

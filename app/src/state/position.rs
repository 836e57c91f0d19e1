//! The customer's place: requested only when they press «Рядом», known until the page is left.

use std::cell::Cell;

use domain::geo::Point;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// State of the question for the place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Position {
    #[default]
    NotAsked,
    Asking,
    Known(CustomerPlace),
    /// The customer or the settings of the browser refused.
    Refused,
    /// The frame around us does not allow it.
    Withheld,
    /// No signal, no answer in time, or no such thing in this browser.
    Unavailable,
}

/// A place and its accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerPlace {
    pub point: Point,
    pub accuracy_m: u32,
}

/// The place, as a signal.
#[derive(Clone, Copy)]
pub struct PositionStore(pub RwSignal<Position>);

thread_local! {
    /// The place as the last page knew it. Written by the browser's answers only, so on the server it stays empty.
    static LAST_POSITION: Cell<Position> = const { Cell::new(Position::NotAsked) };
}

/// `GeolocationPositionError.PERMISSION_DENIED`.
const PERMISSION_DENIED: f64 = 1.0;
/// Longest wait for the place.
const POSITION_TIMEOUT_MS: u32 = 10_000;
/// Greatest age of a place that the browser may return.
const MAX_POSITION_AGE_MS: u32 = 60_000;

impl PositionStore {
    /// Opens the place of a page, as this visit knows it.
    pub fn open() -> Self {
        Self(RwSignal::new(LAST_POSITION.get()))
    }

    /// Requests the place from the browser, which asks the customer.
    pub fn ask(self) {
        self.0.set(Position::Asking);
        spawn_local(ask_browser(self));
    }

    /// Forgets the place.
    pub fn forget(self) {
        LAST_POSITION.set(Position::NotAsked);
        self.0.set(Position::NotAsked);
    }

    /// The place, when it is known.
    #[must_use]
    pub fn place(self) -> Option<CustomerPlace> {
        match self.0.get() {
            Position::Known(place) => Some(place),
            _ => None,
        }
    }

    /// The point, when it is known.
    #[must_use]
    pub fn point(self) -> Option<Point> {
        self.place().map(|place| place.point)
    }

    fn set_position(self, position: Position) {
        LAST_POSITION.set(position);
        self.0.try_set(position);
    }
}

#[cfg_attr(feature = "lazy", lazy)]
async fn ask_browser(store: PositionStore) {
    if is_withheld() {
        return store.set_position(Position::Withheld);
    }
    let Ok(geolocation) = window().navigator().geolocation() else {
        return store.set_position(Position::Unavailable);
    };
    let found = Closure::once_into_js(move |answer: web_sys::Position| {
        let coords = answer.coords();
        let point = Point { lat: coords.latitude(), lon: coords.longitude() };
        store.set_position(Position::Known(CustomerPlace { point, accuracy_m: metres(coords.accuracy()) }));
    });
    let lost = Closure::once_into_js(move |error: JsValue| {
        let code = get(&error, "code").and_then(|code| code.as_f64());
        store.set_position(if code == Some(PERMISSION_DENIED) {
            Position::Refused
        } else {
            Position::Unavailable
        });
    });
    let options = web_sys::PositionOptions::new();
    options.set_enable_high_accuracy(true);
    options.set_timeout(POSITION_TIMEOUT_MS);
    options.set_maximum_age(MAX_POSITION_AGE_MS);
    let asked = geolocation.get_current_position_with_error_callback_and_options(
        found.unchecked_ref(),
        Some(lost.unchecked_ref()),
        &options,
    );
    if asked.is_err() {
        store.set_position(Position::Unavailable);
    }
}

/// Whether we are in a frame that may not ask. Only some browsers reveal it; the others refuse the request.
fn is_withheld() -> bool {
    let allows = || {
        let policy = get(&document(), "featurePolicy").filter(JsValue::is_object)?;
        let ask: js_sys::Function = get(&policy, "allowsFeature")?.dyn_into().ok()?;
        ask.call1(&policy, &JsValue::from_str("geolocation")).ok()?.as_bool()
    };
    allows() == Some(false)
}

fn get(from: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(from, &JsValue::from_str(name)).ok()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "metres on the globe")]
fn metres(accuracy: f64) -> u32 {
    accuracy.clamp(0.0, 20_040_000.0).ceil() as u32
}

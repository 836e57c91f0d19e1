//! Where the customer stands: asked for only when they want «Рядом».

use domain::geo::Point;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};

/// What is known of the place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Position {
    #[default]
    NotAsked,
    Asking,
    Known(Point),
    /// Refused, or not to be had (framed without permission, no signal).
    Unavailable,
}

/// The place, as a signal.
#[derive(Clone, Copy, Default)]
pub struct PositionStore(pub RwSignal<Position>);

impl PositionStore {
    /// Asks the browser, which asks the customer.
    pub fn ask(self) {
        let place = self.0;
        let Ok(geolocation) = window().navigator().geolocation() else {
            place.set(Position::Unavailable);
            return;
        };
        place.set(Position::Asking);
        let found = Closure::once_into_js(move |answer: web_sys::Position| {
            let coords = answer.coords();
            place.try_set(Position::Known(Point { lat: coords.latitude(), lon: coords.longitude() }));
        });
        let lost = Closure::once_into_js(move || {
            place.try_set(Position::Unavailable);
        });
        let options = web_sys::PositionOptions::new();
        options.set_timeout(10_000);
        options.set_maximum_age(60_000);
        let asked = geolocation.get_current_position_with_error_callback_and_options(
            found.unchecked_ref(),
            Some(lost.unchecked_ref()),
            &options,
        );
        if asked.is_err() {
            place.set(Position::Unavailable);
        }
    }

    /// The point, when it is known.
    #[must_use]
    pub fn point(self) -> Option<Point> {
        match self.0.get() {
            Position::Known(point) => Some(point),
            _ => None,
        }
    }
}

//! The customer's own place on the map: a dot, and the circle within which they really are.

use leaflet::{Circle, CircleMarker, CircleOptions, LatLng, Map};
use wasm_bindgen::JsValue;

use crate::state::CustomerPlace;

/// Widest radius that is worth a circle, metres: beyond it the place means nothing.
const MAX_CIRCLE_RADIUS_M: u32 = 50_000;

pub struct OwnPlace {
    map: Map,
    shown: Option<(Circle, CircleMarker)>,
    accuracy_m: u32,
}

impl OwnPlace {
    pub fn new(map: &Map) -> Self {
        Self { map: map.clone(), shown: None, accuracy_m: 0 }
    }

    /// Shows a place, moves to another one, or shows none.
    pub fn show(&mut self, place: Option<CustomerPlace>) {
        if let Some((circle, dot)) = self.shown.take() {
            circle.remove();
            dot.remove();
        }
        let Some(CustomerPlace { point, accuracy_m }) = place else { return };
        self.accuracy_m = accuracy_m;
        let at = LatLng::new(point.lat, point.lon);
        let around = CircleOptions::new();
        around.set_radius(f64::from(accuracy_m.min(MAX_CIRCLE_RADIUS_M)));
        around.set_class_name("own-accuracy".to_owned());
        around.set_interactive(false);
        let circle = Circle::new_with_options(&at, &around);
        let dot = CircleMarker::new_with_options(&at, &dot_options());
        circle.add_to(&self.map);
        dot.add_to(&self.map);
        self.shown = Some((circle, dot));
    }

    /// The zoom at which the circle of this place is about as large as a phone: each level doubles.
    pub fn zoom(&self) -> f64 {
        let metres = f64::from(self.accuracy_m.clamp(1, MAX_CIRCLE_RADIUS_M));
        (21.0 - metres.log2()).clamp(6.0, 19.0).floor()
    }
}

/// Builds the options of the dot by hand: the crate has none for a circle of fixed size.
fn dot_options() -> JsValue {
    let options = js_sys::Object::new();
    let radius = JsValue::from(8);
    for (name, value) in
        [("className", JsValue::from("own-dot")), ("radius", radius), ("interactive", false.into())]
    {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value);
    }
    options.into()
}

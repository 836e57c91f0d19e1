//! Times as the customer's own clock shows them.

use leptos::prelude::*;

const MOSCOW_SECONDS: i64 = 3 * 3600;

/// «14:35» by the phone's time zone, of a moment in seconds since 1970. Before the page answers to touch nobody knows
/// the zone: then it is Moscow's time, and says so.
pub fn clock_time(at: i64) -> Signal<String> {
    let minutes = (at + MOSCOW_SECONDS).rem_euclid(24 * 3600) / 60;
    let shown = RwSignal::new(format!("{:02}:{:02} МСК", minutes / 60, minutes % 60));
    Effect::new(move |_| {
        let here = js_sys::Date::new(&(at as f64 * 1000.0).into());
        shown.set(format!("{:02}:{:02}", here.get_hours(), here.get_minutes()));
    });
    shown.into()
}

/// The time of the phone, «14:35». Nothing on the server, whose clock is nobody's here.
#[must_use]
pub fn time_now() -> String {
    #[cfg(feature = "ssr")]
    return String::new();
    #[cfg(not(feature = "ssr"))]
    js_sys::Date::new_0().to_time_string().slice(0, 5).into()
}

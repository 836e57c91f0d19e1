//! Times as the customer's own clock shows them.

use leptos::prelude::*;

const MOSCOW_OFFSET_S: i64 = 3 * 3600;

/// A moment as a clock shows it, «14:35».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockTime {
    pub time: String,
    /// By the clock of Moscow, which the page has to name.
    pub of_moscow: bool,
}

/// A moment in seconds since 1970 by the phone's time zone. Before the page is interactive the zone is unknown: then it
/// is Moscow's time.
pub fn clock_time(at: i64) -> Signal<ClockTime> {
    let minutes = (at + MOSCOW_OFFSET_S).rem_euclid(24 * 3600) / 60;
    let shown = |hours, minutes, of_moscow| ClockTime { time: format!("{hours:02}:{minutes:02}"), of_moscow };
    let now = RwSignal::new(shown(minutes / 60, minutes % 60, true));
    Effect::new(move |_| {
        let here = js_sys::Date::new(&(at as f64 * 1000.0).into());
        now.set(shown(here.get_hours().into(), here.get_minutes().into(), false));
    });
    now.into()
}

/// The time of the phone, «14:35». Empty on the server, whose time zone is not the customer's.
#[must_use]
pub fn time_now() -> String {
    #[cfg(feature = "ssr")]
    return String::new();
    #[cfg(not(feature = "ssr"))]
    js_sys::Date::new_0().to_time_string().slice(0, 5).into()
}

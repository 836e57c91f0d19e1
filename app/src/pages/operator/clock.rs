//! The clock of the desk's device.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::state::repeat_every;

/// Seconds since 1970, updated each second for as long as the owner lives.
pub fn use_seconds_clock() -> RwSignal<i64> {
    let now = RwSignal::new(now());
    repeat_every(Duration::from_secs(1), move || {
        now.try_set(self::now());
    });
    now
}

/// Seconds since 1970.
pub fn now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// Formats the time until an instant as `14:59`; never negative.
#[must_use]
pub fn format_countdown(seconds: i64) -> String {
    let seconds = seconds.max(0);
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// `14:23` by the device's clock.
#[must_use]
pub fn time_of_day(unix_seconds: i64) -> String {
    let date = to_local_date(unix_seconds);
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// `24.11.2026 14:20` by the device's clock.
#[must_use]
pub fn date_and_time(unix_seconds: i64) -> String {
    let date = to_local_date(unix_seconds);
    let (day, month, year) = (date.get_date(), date.get_month() + 1, date.get_full_year());
    format!("{day:02}.{month:02}.{year} {}", time_of_day(unix_seconds))
}

fn to_local_date(unix_seconds: i64) -> js_sys::Date {
    js_sys::Date::new(&JsValue::from_f64((unix_seconds * 1000) as f64))
}

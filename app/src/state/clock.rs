//! Times as the customer's own clock shows them.

use std::time::Duration;

use domain::{locale::Locale, view::StartView};
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};
use send_wrapper::SendWrapper;

const MOSCOW_OFFSET_S: i64 = 3 * 3600;
const CLOCK_INTERVAL: Duration = Duration::from_secs(15);

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

/// The end of the time in which a pump may be started, as a sentence that follows the phone's clock. Before the page is
/// interactive it is Moscow's time, without the time left.
pub fn start_deadline(start: &StartView, locale: Locale) -> Signal<String> {
    let Some(until) = start.until else { return Signal::stored(String::new()) };
    let describe = move |offset_s: i64, now: Option<i64>| {
        let offset = Duration::from_secs(offset_s.unsigned_abs());
        let local = if offset_s < 0 { until - offset } else { until + offset };
        let (day, month) = (local.day(), local.month());
        let date = match locale {
            Locale::Ru => format!("{day}.{:02}", u8::from(month)),
            Locale::En => format!("{day} {month}"),
        };
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        describe_deadline(locale, &date, &time, now.map(|now| until.unix_timestamp() - now))
    };
    let text = RwSignal::new(describe(MOSCOW_OFFSET_S, None));
    Effect::new(move |_| {
        let show = move || {
            let now = js_sys::Date::new_0();
            let offset_s = -(now.get_timezone_offset() as i64) * 60;
            text.try_set(describe(offset_s, Some((now.get_time() / 1000.0) as i64)));
        };
        show();
        repeat_every(CLOCK_INTERVAL, show);
    });
    text.into()
}

/// «Начните до 14:35, осталось 37 мин»; with the date where that is not within a day. A phone whose clock is fast never
/// says that the time is over: the server does.
fn describe_deadline(locale: Locale, date: &str, time: &str, left_s: Option<i64>) -> String {
    const DAY_MIN: i64 = 24 * 60;
    let before = locale.pick("Начните до", "Start before");
    let after = locale.pick(
        "Потом заказ отменится, и деньги вернутся плательщику.",
        "After that the order is cancelled and the money goes back to the payer.",
    );
    let left_min = left_s.map(|seconds| (seconds + 59) / 60);
    let left = match left_min {
        None | Some(..=0) => String::new(),
        Some(minutes @ ..60) => format!("{minutes}\u{a0}{}", locale.pick("мин", "min")),
        Some(minutes @ ..DAY_MIN) => format!(
            "{}\u{a0}{} {}\u{a0}{}",
            minutes / 60,
            locale.pick("ч", "h"),
            minutes % 60,
            locale.pick("мин", "min")
        ),
        Some(minutes) => format!("{}\u{a0}{}", minutes / DAY_MIN, locale.pick("дн", "d")),
    };
    let moment = match left_min {
        None => format!("{date}, {time} {}", locale.pick("по Москве", "Moscow time")),
        Some(..DAY_MIN) => time.to_owned(),
        Some(_) => format!("{date}, {time}"),
    };
    match (left.is_empty(), locale) {
        (true, _) => format!("{before} {moment}. {after}"),
        (false, Locale::Ru) => format!("{before} {moment}, осталось {left}. {after}"),
        (false, Locale::En) => format!("{before} {moment}, {left} left. {after}"),
    }
}

/// Repeats an action for as long as the owner lives.
pub fn repeat_every(pause: Duration, action: impl Fn() + 'static) {
    let kept = StoredValue::new(None::<SendWrapper<IntervalHandle>>);
    kept.set_value(set_interval_with_handle(action, pause).ok().map(SendWrapper::new));
    on_cleanup(move || {
        if let Some(Some(handle)) = kept.try_update_value(Option::take) {
            handle.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_in_minutes_then_hours_then_days() {
        let ru = |left| describe_deadline(Locale::Ru, "5.12", "14:35", left);
        assert!(ru(None).starts_with("Начните до 5.12, 14:35 по Москве. Потом"), "{}", ru(None));
        for (left, expected) in [
            (1, "14:35, осталось 1\u{a0}мин."),
            (37 * 60, "14:35, осталось 37\u{a0}мин."),
            (3600, "14:35, осталось 1\u{a0}ч 0\u{a0}мин."),
            (86_399, "5.12, 14:35, осталось 1\u{a0}дн."),
            (7 * 86_400, "5.12, 14:35, осталось 7\u{a0}дн."),
        ] {
            assert!(
                ru(Some(left)).starts_with(&format!("Начните до {expected} Потом")),
                "{}",
                ru(Some(left))
            );
        }
        let en = describe_deadline(Locale::En, "5 December", "14:35", Some(6_000));
        assert!(en.starts_with("Start before 14:35, 1\u{a0}h 40\u{a0}min left. After"), "{en}");
    }

    #[test]
    fn a_fast_clock_never_says_that_the_time_is_over() {
        let text = describe_deadline(Locale::Ru, "5.12", "14:35", Some(-4_000));
        assert!(text.starts_with("Начните до 14:35. Потом"), "{text}");
    }
}

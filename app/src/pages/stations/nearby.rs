//! The notice about the customer's own place: why it is requested, and what to do without it.

use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, ButtonSize, Notice, NoticeKind},
    finder::Finder,
    state::Position,
};

/// Accuracy above which a note says that distances are rough; such a place still sorts the list well enough.
const MIN_IMPRECISE_ACCURACY_M: u32 = 1_000;

/// The notice of the current state.
pub(super) fn view(finder: Finder) -> AnyView {
    (move || note(finder, finder.position.0.get())).into_any()
}

fn note(finder: Finder, position: Position) -> Option<AnyView> {
    let locale = finder.locale;
    let text = match position {
        Position::NotAsked => return None,
        Position::Known(place) if place.accuracy_m <= MIN_IMPRECISE_ACCURACY_M => return None,
        Position::Asking => locale.pick(
            "Узнаём, где вы: ближайшие АЗС встанут первыми. Место никуда не записывается.",
            "Finding where you are, to show the nearest stations first. Your place is not stored.",
        ),
        Position::Known(place) => {
            let text = format!(
                "{} ±{}. {}",
                locale.pick("Место известно с точностью", "Your place is known within"),
                locale.distance(place.accuracy_m),
                locale.pick("Расстояния приблизительны.", "Distances are rough."),
            );
            return Some(notice(finder, text, Some(locale.pick("Уточнить", "Ask again"))));
        }
        Position::Refused => locale.pick(
            "Доступ к геопозиции запрещён. Разрешите его этому сайту в настройках или найдите АЗС по адресу.",
            "Access to your location is denied. Allow it for this site in the settings or search by address.",
        ),
        Position::Withheld => {
            let text = locale.pick(
                "Окно, в котором открыто приложение, не передаёт геопозицию. Найдите АЗС по адресу или на карте.",
                "The window around this app does not hand your location on. Search by address or on the map.",
            );
            return Some(notice(finder, text.to_owned(), None));
        }
        Position::Unavailable => locale.pick(
            "Не удалось определить, где вы: нет сигнала. Повторите или найдите АЗС по адресу.",
            "Your location could not be found: there is no signal. Try again or search by address.",
        ),
    };
    let again = match position {
        Position::Asking => None,
        _ => Some(locale.pick("Повторить", "Try again")),
    };
    Some(notice(finder, text.to_owned(), again))
}

fn notice(finder: Finder, text: String, again: Option<&'static str>) -> AnyView {
    let ask = Callback::new(move |()| finder.position.ask());
    match again {
        None => view! { <Notice kind=NoticeKind::Info text /> }.into_any(),
        Some(again) => view! {
            <Notice kind=NoticeKind::Info text>
                <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=ask>{again}</Button>
            </Notice>
        }
        .into_any(),
    }
}

use domain::refusal::Code;
use leptos::prelude::*;

use super::shared::localised;
use crate::{
    api::{ApiError, page_not_found},
    components::{
        Button, ButtonKind, ButtonLink, ButtonSize, NavBar, Notice, NoticeKind, ResultHead, ResultKind,
    },
    host::report_error_to_host,
    state::{Language, mark_hydrated, set_title},
};

/// The page of an unknown address.
#[component]
pub fn NotFound() -> impl IntoView {
    localised(unknown)
}

fn unknown() -> AnyView {
    let locale = Language::from_context().current();
    missing(
        locale.pick("Такой страницы нет", "There is no such page"),
        locale.pick(
            "Проверьте ссылку или выберите АЗС в списке.",
            "Check the link or choose a station from the list.",
        ),
    )
}

/// The page of a station that could not be read: it does not exist, or the network or the server failed.
pub fn no_station(error: &ApiError, screen: &'static str, retry: Callback<()>) -> AnyView {
    let locale = Language::from_context().current();
    if error.code() == Some(Code::NotFound) {
        return missing(
            locale.pick("Такой АЗС нет", "There is no such station"),
            locale.pick(
                "Проверьте ссылку или выберите АЗС в списке.",
                "Check the link or choose a station from the list.",
            ),
        );
    }
    mark_hydrated();
    let text = if error.is_network() {
        locale.pick("Нет сети. Проверьте соединение.", "No network. Check the connection.").to_owned()
    } else {
        report_error_to_host(error.message().to_owned());
        error.message().to_owned()
    };
    view! {
        <NavBar
            title=locale.pick("АЗС", "Station").to_owned()
            back_href="/".to_owned()
            back_label=locale.pick("К списку АЗС", "To the list of stations")
        />
        <main data-screen=screen>
            <Notice kind=NoticeKind::Offline text>
                <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=retry>
                    {locale.pick("Повторить", "Try again")}
                </Button>
            </Notice>
        </main>
    }
    .into_any()
}

/// A page with HTTP 404 and a way back.
pub fn missing(title: &'static str, text: &'static str) -> AnyView {
    page_not_found();
    mark_hydrated();
    let locale = Language::from_context().current();
    set_title(title);
    view! {
        <main data-screen="not_found">
            <ResultHead kind=ResultKind::Failure title=title.to_owned() text=text.to_owned() />
        </main>
        <footer class="foot">
            <ButtonLink href="/".to_owned() kind=ButtonKind::Primary>
                {locale.pick("На главную", "To the start page")}
            </ButtonLink>
        </footer>
    }
    .into_any()
}

use leptos::prelude::*;

use crate::{
    api::page_not_found,
    components::{ButtonKind, ButtonLink, ResultHead, ResultKind},
    state::{Language, mark_hydrated, set_title},
};

/// Unknown address.
#[component]
pub fn NotFound() -> impl IntoView {
    let locale = Language::of_page().now();
    missing(
        locale.pick("Такой страницы нет", "There is no such page"),
        locale.pick(
            "Проверьте ссылку или выберите АЗС в списке.",
            "Check the link or choose a station from the list.",
        ),
    )
}

/// A page with HTTP 404 and a way back.
pub fn missing(title: &'static str, text: &'static str) -> AnyView {
    page_not_found();
    mark_hydrated();
    let locale = Language::of_page().now();
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

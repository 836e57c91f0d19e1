//! Head of an inner step: back, title, place for one icon.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::Icon;

/// Bar with the title and the way back. Back is a link to the step before, so it works without script; with `on_back` a
/// press runs that instead (the history's own back, as the phone's back key does). `children` is the slot on the right.
#[component]
pub fn NavBar(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] subtitle: Signal<String>,
    #[prop(into)] back_href: Signal<String>,
    /// «Назад».
    #[prop(into)]
    back_label: String,
    #[prop(optional, into)] on_back: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if let Some(on_back) = on_back {
            event.prevent_default();
            on_back.run(());
        }
    };
    let second = move || {
        let text = subtitle.get();
        (!text.is_empty()).then(|| view! { <p>{text}</p> })
    };
    view! {
        <header class="nav">
            <a class="icon-btn" data-size="48" href=move || back_href.get() aria-label=back_label on:click=press>
                {Icon::Back.view()}
            </a>
            <div class="nav-title">
                <h1>{move || title.get()}</h1>
                {second}
            </div>
            {children.map(|slot| slot())}
        </header>
    }
    .into_any()
}

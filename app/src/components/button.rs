//! Buttons and the links that look like them.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::{Icon, Spinner};

/// Emphasis of a button; one primary on a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Yellow: the one thing to do next.
    Primary,
    /// Grey: an alternative.
    #[default]
    Secondary,
    /// No fill: the least wanted action.
    Ghost,
}

impl ButtonKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Ghost => "ghost",
        }
    }
}

/// Height: 56 px, or 44 px inside rows and notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// 56 px.
    #[default]
    Large,
    /// 44 px.
    Medium,
}

impl ButtonSize {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Large => "l",
            Self::Medium => "m",
        }
    }
}

/// A push button. While `busy` it ignores presses and shows the face, but keeps its focus and its name, so it
/// is not `disabled`. A form that is incomplete does not disable its button either: let it be pressed, then
/// point at the first wrong field.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: ButtonSize,
    /// Sends the form around it.
    #[prop(optional)]
    submit: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] icon: Option<Icon>,
    /// Fuller name for screen readers, where the visible text is too short («Добавить»).
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            class="btn"
            type=if submit { "submit" } else { "button" }
            data-kind=kind.as_str()
            data-size=size.as_str()
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            disabled=disabled
            on:click=press
        >
            <span class="btn-label">{icon.map(Icon::view)} {children()}</span>
            {move || busy.get().then(|| view! { <Spinner /> })}
        </button>
    }
    .into_any()
}

/// A link that looks like a button: works before the page is interactive.
#[component]
pub fn ButtonLink(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: ButtonSize,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional, into)] label: Option<String>,
    /// Leaves our site: the router ignores the link.
    #[prop(optional)]
    external: bool,
    /// Runs before the link is followed, and may keep it from being followed.
    #[prop(optional, into)]
    on_press: Option<Callback<MouseEvent>>,
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if let Some(on_press) = on_press {
            on_press.run(event);
        }
    };
    view! {
        <a
            class="btn"
            on:click=press
            href=move || href.get()
            rel=external.then_some("external noopener")
            data-kind=kind.as_str()
            data-size=size.as_str()
            aria-label=label
        >
            <span class="btn-label">{icon.map(Icon::view)} {children()}</span>
        </a>
    }
    .into_any()
}

/// A button that is only an icon; its name for screen readers is therefore required. `badge` counts what is
/// set (0 hides it) and must be in `label` too: «Фильтр, выбрано 2».
#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: Signal<String>,
    /// Side in px: 44, 48 or 56.
    #[prop(default = 44)]
    size: u8,
    #[prop(default = ButtonKind::Ghost)] kind: ButtonKind,
    #[prop(optional, into)] badge: Signal<u32>,
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class="icon-btn"
            type="button"
            data-kind=kind.as_str()
            data-size=size.to_string()
            aria-label=move || label.get()
            on:click=move |_| on_press.run(())
        >
            {icon.view()}
            {move || (badge.get() > 0).then(|| view! { <span class="badge" aria-hidden="true">{badge.get()}</span> })}
        </button>
    }
    .into_any()
}

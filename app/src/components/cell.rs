//! Rows: one to choose, one to follow, one with an action.

use leptos::prelude::*;

use super::Icon;

/// A titled group of [`RadioCell`]s.
#[component]
pub fn CellGroup(
    #[prop(into)] legend: String,
    /// The error that nothing is chosen, once it is shown.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="group">
            <legend class="legend">{legend}</legend>
            <div class="cells">{children()}</div>
            {move || error.get().map(group_error)}
        </fieldset>
    }
    .into_any()
}

/// The sentence under a group of choices that lacks one.
pub(super) fn group_error(sentence: String) -> AnyView {
    view! { <p class="field-note" role="alert" data-error="">{Icon::Info.view()} {sentence}</p> }.into_any()
}

/// A choice with a value on the right: fuel and its price. A disabled cell has the reason in `detail`.
#[component]
pub fn RadioCell(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    /// Right side: «61,90 ₽/л», or «Нет в наличии».
    #[prop(into)]
    detail: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    on_select: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="cell">
            <input
                class="radio"
                type="radio"
                name=name
                value=value
                checked=checked.get_untracked()
                prop:checked=checked
                disabled=disabled
                on:change=move |_| on_select.run(())
            />
            <span class="cell-label">{label}</span>
            <span class="cell-value sum">{move || detail.get()}</span>
        </label>
    }
    .into_any()
}

/// A row that leads somewhere: one link around all of it.
#[component]
pub fn CellLink(
    #[prop(into)] href: Signal<String>,
    #[prop(into)] label: String,
    #[prop(optional, into)] detail: Signal<String>,
) -> impl IntoView {
    view! {
        <a class="cell" href=move || href.get()>
            <span class="cell-label">{label}</span>
            <span class="cell-value sum">{move || detail.get()}</span>
            {Icon::ChevronRight.view()}
        </a>
    }
    .into_any()
}

/// A row of goods or services: name, price, and on the right a stepper or «Добавить». A child of `<ul class="items">`.
#[component]
pub fn Item(
    #[prop(into)] name: String,
    #[prop(into)] note: Signal<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <li class="item">
            <div class="item-text">
                <p>{name}</p>
                <p class="item-note sum">{move || note.get()}</p>
            </div>
            {children()}
        </li>
    }
    .into_any()
}

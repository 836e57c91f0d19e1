//! Chips: quick values and filters. Drawn 32 px high in a target of 44.

use leptos::prelude::*;

/// A named group of chips. One line that scrolls sideways, or `wrap`ped lines inside sheets.
#[component]
pub fn ChipStrip(
    /// Name of the choice, for screen readers.
    #[prop(into)]
    legend: String,
    #[prop(optional)] wrap: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="chips">
            <legend class="sr">{legend}</legend>
            <div class="chips-in" data-wrap=wrap.then_some("")>
                {children()}
            </div>
        </fieldset>
    }
    .into_any()
}

/// A chip that acts («1 000 ₽», «Рядом»). `pressed`, if given: whether its value is the current one.
#[component]
pub fn Chip(
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] pressed: Option<Signal<bool>>,
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class="chip"
            type="button"
            aria-pressed=move || pressed.map(|on| if on.get() { "true" } else { "false" })
            on:click=move |_| on_press.run(())
        >
            <span>{move || label.get()}</span>
        </button>
    }
    .into_any()
}

/// One of many; `name` makes the group.
#[component]
pub fn ChipRadio(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    #[prop(into)] checked: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    on_select: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="chip">
            <input
                type="radio"
                name=name
                value=value
                checked=checked.get_untracked()
                prop:checked=checked
                disabled=disabled
                on:change=move |_| on_select.run(())
            />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// Any of many. With `name` and `value` it is part of a plain form that works without script.
#[component]
pub fn ChipCheckbox(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    on_toggle: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="chip">
            <input
                type="checkbox"
                name=name
                value=value
                checked=checked.get_untracked()
                prop:checked=checked
                on:change:target=move |event| on_toggle.run(event.target().checked())
            />
            <span>{move || label.get()}</span>
        </label>
    }
    .into_any()
}

/// A filter that is an address: switches the list without script and with the back key.
#[component]
pub fn ChipLink(
    #[prop(into)] href: Signal<String>,
    #[prop(into)] label: String,
    #[prop(into)] current: Signal<bool>,
) -> impl IntoView {
    view! {
        <a class="chip" href=move || href.get() aria-current=move || current.get().then_some("true")>
            <span>{label}</span>
        </a>
    }
    .into_any()
}

//! Two segments, one of them on: links that switch a view, or radios that filter.

use leptos::prelude::*;

/// One half of [`SegmentedLinks`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its text, as short as possible.
    pub label: String,
    /// Its address: each view has its own.
    pub href: String,
}

/// Switches a view by its address («Список» / «Карта»), so it works without script and with the back key.
/// `current` is 0 or 1.
#[component]
pub fn SegmentedLinks(
    #[prop(into)] label: String,
    #[prop(into)] segments: Signal<[Segment; 2]>,
    #[prop(into)] current: Signal<u8>,
) -> impl IntoView {
    let link = move |index: u8, pick: fn([Segment; 2]) -> Segment| {
        view! {
            <a href=move || pick(segments.get()).href aria-current=move || (current.get() == index).then_some("page")>
                {move || pick(segments.get()).label}
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="seg" aria-label=label>
            {link(0, |[first, _]| first)}
            {link(1, |[_, second]| second)}
        </nav>
    }
    .into_any()
}

/// Chooses one of two values inside a form. `current` is 0 or 1, and so is what `on_change` gets.
#[component]
pub fn SegmentedRadios(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    labels: [Signal<String>; 2],
    #[prop(into)] current: Signal<u8>,
    on_change: Callback<u8>,
) -> impl IntoView {
    let radio = move |index: u8, label: Signal<String>| {
        view! {
            <label>
                <input
                    type="radio"
                    name=name.clone()
                    value=index.to_string()
                    checked=current.get_untracked() == index
                    prop:checked=move || current.get() == index
                    on:change=move |_| on_change.run(index)
                />
                <span>{move || label.get()}</span>
            </label>
        }
        .into_any()
    };
    let [first, second] = labels;
    view! {
        <fieldset class="seg">
            <legend class="sr">{legend}</legend>
            {radio(0, first)}
            {radio(1, second)}
        </fieldset>
    }
    .into_any()
}

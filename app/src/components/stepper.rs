//! The number of pieces: minus, number, plus.

use leptos::prelude::*;

use super::Icon;

/// Texts of a [`Stepper`]'s buttons for screen readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepperTexts {
    /// The thing counted: «Омыватель −20 °C, 5 л».
    pub name: String,
    /// «Убрать одну».
    pub less: String,
    /// «Добавить одну».
    pub more: String,
    /// «Удалить»: minus at one.
    pub remove: String,
    /// Reason why there can be no more: «Не больше 99».
    pub limit: String,
}

/// Counts from 1 to `max`; at one the minus is a bin and gives 0.
#[component]
pub fn Stepper(
    texts: StepperTexts,
    #[prop(into)] value: Signal<u32>,
    #[prop(default = 99)] max: u32,
    on_change: Callback<u32>,
) -> impl IntoView {
    let StepperTexts { name, less, more, remove, limit } = texts;
    let full = move || value.get() >= max;
    let last = move || value.get() <= 1;
    let down = move |_| on_change.run(value.get_untracked().saturating_sub(1));
    let up = move |_| {
        let now = value.get_untracked();
        if now < max {
            on_change.run(now.saturating_add(1));
        }
    };
    view! {
        <div class="stepper" role="group" aria-label=name>
            <button
                class="icon-btn"
                type="button"
                data-kind="secondary"
                aria-label=move || if last() { remove.clone() } else { less.clone() }
                on:click=down
            >
                {move || if last() { Icon::Bin.view() } else { Icon::Minus.view() }}
            </button>
            <output aria-live="polite">{move || value.get()}</output>
            // Not `disabled`: the reason must be reachable.
            <button
                class="icon-btn"
                type="button"
                data-kind="secondary"
                aria-label=move || if full() { limit.clone() } else { more.clone() }
                aria-disabled=move || full().then_some("true")
                on:click=up
            >
                {Icon::Plus.view()}
            </button>
        </div>
    }
    .into_any()
}

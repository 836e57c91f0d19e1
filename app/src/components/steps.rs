//! Progress of an order: order · payment · fuelling.

use leptos::prelude::*;

/// Steps before `current` are done, `current` is under way; `current` past the last means all are done.
#[component]
pub fn Steps(
    #[prop(into)] label: String,
    names: Vec<String>,
    #[prop(into)] current: Signal<usize>,
) -> impl IntoView {
    let step = move |(index, name): (usize, String)| {
        view! {
            <li
                data-done=move || (index < current.get()).then_some("")
                aria-current=move || (index == current.get()).then_some("step")
            >
                {name}
            </li>
        }
    };
    view! {
        <ol class="steps" aria-label=label>
            {names.into_iter().enumerate().map(step).collect_view()}
        </ol>
    }
    .into_any()
}

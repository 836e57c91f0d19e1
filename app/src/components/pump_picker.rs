//! Choosing a pump: a radio group of 48×48 squares.

use leptos::prelude::*;

use super::cell::group_error;

/// One pump as shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PumpOption {
    /// Number on the pump.
    pub number: u32,
    /// Full name for screen readers: «Колонка 6, занята».
    pub label: String,
    /// Busy: crossed out too, but it may be chosen.
    pub is_busy: bool,
    /// Broken, or without the chosen fuel: crossed out.
    pub disabled: bool,
}

/// All pumps of the station. Those that are busy or cannot be chosen are crossed out.
#[component]
pub fn PumpPicker(
    #[prop(into)] legend: String,
    #[prop(default = "pump")] name: &'static str,
    #[prop(into)] pumps: Signal<Vec<PumpOption>>,
    #[prop(into)] selected: Signal<Option<u32>>,
    on_select: Callback<u32>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// A last choice that is no pump.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    // Keyed by the whole option: a pump that changes state is drawn again, the others keep focus.
    let square = move |PumpOption { number, label, is_busy, disabled }: PumpOption| {
        view! {
            <label class="pump" data-busy=is_busy.then_some("")>
                <input
                    type="radio"
                    name=name
                    value=number.to_string()
                    aria-label=label
                    checked=selected.get_untracked() == Some(number)
                    prop:checked=move || selected.get() == Some(number)
                    disabled=disabled
                    on:change=move |_| on_select.run(number)
                />
                <span aria-hidden="true">{number}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset class="group">
            <legend class="legend">{legend}</legend>
            <div class="pumps">
                <For each=move || pumps.get() key=PumpOption::clone children=square />
                {children.map(|slot| slot())}
            </div>
            {move || error.get().map(group_error)}
        </fieldset>
    }
    .into_any()
}

//! Text field and native select, both with the label inside.

use leptos::prelude::*;

use super::Icon;

/// A text field of 56 px. The label is a real `<label>`; hint and error are linked to it for screen readers;
/// an error replaces the hint. `clear_label` («Очистить») adds the cross.
#[component]
pub fn Field(
    /// Unique on the page; the note below becomes `{id}-note`.
    #[prop(into)]
    id: String,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    #[prop(optional, into)] on_blur: Option<Callback<()>>,
    #[prop(optional, into)] hint: Signal<String>,
    /// A whole sentence, or `None` without an error.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(default = "text")] input_type: &'static str,
    /// The phone's keyboard: `decimal`, `numeric`, `tel`, `email`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] maxlength: Option<u16>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] readonly: Signal<bool>,
    #[prop(optional, into)] clear_label: Option<String>,
    #[prop(optional)] node: NodeRef<leptos::html::Input>,
) -> impl IntoView {
    let note_id = format!("{id}-note");
    let described = note_id.clone();
    let has_note = move || error.with(Option::is_some) || !hint.with(String::is_empty);
    // The placeholder of one space makes `:placeholder-shown` match an empty field.
    let clear = clear_label.map(|label| clear_button(label, on_input, node));
    view! {
        <div class="field">
            <input
                node_ref=node
                id=id.clone()
                name=name
                type=input_type
                inputmode=inputmode
                autocomplete=autocomplete
                maxlength=maxlength.map(|n| n.to_string())
                placeholder=" "
                required=required
                readonly=readonly
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || has_note().then(|| described.clone())
                value=value.get_untracked()
                prop:value=value
                on:input:target=move |event| on_input.run(event.target().value())
                on:blur=move |_| if let Some(on_blur) = on_blur { on_blur.run(()) }
            />
            <label for=id>{move || label.get()}</label>
            {clear}
            {move || note(&note_id, error.get(), hint.get())}
        </div>
    }
    .into_any()
}

/// The cross inside a field: empties it and returns the focus to it.
pub(super) fn clear_button(
    label: String,
    on_input: Callback<String>,
    node: NodeRef<leptos::html::Input>,
) -> AnyView {
    let press = move |_| {
        on_input.run(String::new());
        if let Some(input) = node.get_untracked() {
            // A browser that refuses focus costs the customer one tap, nothing else.
            _ = input.focus();
        }
    };
    view! {
        <button class="field-clear icon-btn" type="button" aria-label=label on:click=press>
            {Icon::Close.view()}
        </button>
    }
    .into_any()
}

fn note(id: &str, error: Option<String>, hint: String) -> AnyView {
    let id = id.to_owned();
    match error {
        Some(error) => {
            view! { <p class="field-note" id=id role="alert" data-error="">{Icon::Info.view()} {error}</p> }
                .into_any()
        }
        None if hint.is_empty() => ().into_any(),
        None => view! { <p class="field-note" id=id>{hint}</p> }.into_any(),
    }
}

/// One line of a [`SelectField`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    /// Value of the choice in the form.
    pub value: String,
    /// Text of the choice.
    pub label: String,
    /// Shown, but cannot be chosen.
    pub disabled: bool,
}

impl SelectOption {
    /// The line of a list before anything is chosen.
    pub fn placeholder(label: &str) -> Self {
        Self { value: String::new(), label: label.to_owned(), disabled: true }
    }
}

/// The phone's own list, styled as a field: right for more than seven options, and the only kind of list that
/// is not cut off inside a short frame.
#[component]
pub fn SelectField(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] name: Option<String>,
    #[prop(into)] options: Signal<Vec<SelectOption>>,
    #[prop(into)] value: Signal<String>,
    on_change: Callback<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let note_id = format!("{id}-note");
    let described = note_id.clone();
    let lines = move || {
        options
            .get()
            .into_iter()
            .map(|SelectOption { value: own, label, disabled }| {
                let chosen = own.clone();
                view! {
                    <option value=own disabled=disabled selected=move || value.with(|now| *now == chosen)>
                        {label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <select
                id=id.clone()
                name=name
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
                on:change:target=move |event| on_change.run(event.target().value())
            >
                {lines}
            </select>
            <label for=id>{label}</label>
            {Icon::ChevronDown.view()}
            {move || note(&note_id, error.get(), String::new())}
        </div>
    }
    .into_any()
}

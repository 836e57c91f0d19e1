//! The search line of the station list.

use leptos::prelude::*;

use super::Icon;
use super::field::clear_button;

/// A search input of 48 px without a visible label. Put it into a `<form role="search">`: with `name` it works
/// without script. `children` is the slot on the right, for the filter button.
#[component]
pub fn SearchField(
    #[prop(into)] id: String,
    #[prop(into)] name: String,
    /// Name for screen readers.
    #[prop(into)]
    label: String,
    #[prop(into)] placeholder: String,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    #[prop(into)] clear_label: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let node = NodeRef::new();
    view! {
        <div class="search">
            {Icon::Search.view()} <label class="sr" for=id.clone()>{label}</label>
            <input
                node_ref=node
                id=id
                name=name
                type="search"
                enterkeyhint="search"
                autocomplete="off"
                placeholder=placeholder
                value=value.get_untracked()
                prop:value=value
                on:input:target=move |event| on_input.run(event.target().value())
            /> {clear_button(clear_label, on_input, node)} {children.map(|slot| slot())}
        </div>
    }
    .into_any()
}

use leptos::prelude::*;

/// One widget with its states, under its name.
pub fn widget_section(name: &'static str, states: AnyView) -> AnyView {
    view! {
        <section class="section" aria-label=name>
            <h2>{name}</h2>
            {states}
        </section>
    }
    .into_any()
}

/// A callback without effect, for the widgets of a page without script.
pub fn ignored_callback<T: 'static>() -> Callback<T> {
    Callback::new(|_| ())
}

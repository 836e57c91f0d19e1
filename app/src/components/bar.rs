//! The bar at the foot of the order form: what it comes to, and the way on.

use std::time::Duration;

use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;

use super::Icon;

/// A sum that is being typed is read aloud only once it has rested.
const SETTLED: Duration = Duration::from_millis(500);

/// «Итого:» with the sum on the left, the button (`children`) on the right. Sticks to the foot in full mode.
#[component]
pub fn AmountBar(
    /// «Итого:».
    #[prop(into)]
    caption: String,
    #[prop(into)] sum: Signal<String>,
    /// Positions in the order, shown as a badge; 0 hides it.
    #[prop(optional, into)]
    count: Signal<u32>,
    children: Children,
) -> impl IntoView {
    let spoken = RwSignal::new(String::new());
    let mut say = debounce(SETTLED, move |text: String| {
        // The page may be gone by then.
        _ = spoken.try_set(text);
    });
    Effect::new(move |first: Option<()>| {
        let text = sum.get();
        if first.is_some() {
            say(text);
        }
    });
    view! {
        <footer class="bar">
            <div class="bar-in">
                <span class="bar-bag" aria-hidden="true">
                    {Icon::Bag.view()}
                    {move || (count.get() > 0).then(|| view! { <span class="badge">{count.get()}</span> })}
                </span>
                <p class="bar-text">
                    <span class="bar-caption">{caption}</span>
                    <br />
                    <span class="bar-sum sum">{move || sum.get()}</span>
                </p>
                <output class="sr" aria-live="polite">{move || spoken.get()}</output>
                {children()}
            </div>
        </footer>
    }
    .into_any()
}

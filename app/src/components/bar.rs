//! The bar at the foot of the order form: the total, and the button to continue.

use std::time::Duration;

use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;

use super::Icon;

/// Pause after the last change of a sum before it is announced to screen readers.
const SUM_ANNOUNCE_DELAY: Duration = Duration::from_millis(500);

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
    let mut announce = debounce(SUM_ANNOUNCE_DELAY, move |text: String| {
        // The page may be gone by then.
        _ = spoken.try_set(text);
    });
    Effect::new(move |first: Option<()>| {
        let text = sum.get();
        if first.is_some() {
            announce(text);
        }
    });
    view! {
        <section class="bar" aria-label=caption.clone()>
            <div class="bar-in">
                <span class="bar-bag" aria-hidden="true">
                    {Icon::Bag.view()}
                    {move || (count.get() > 0).then(|| view! { <span class="badge">{count.get()}</span> })}
                </span>
                <p class="bar-text">
                    <span class="bar-caption">{caption.clone()}</span>
                    <br />
                    <span class="bar-sum sum">{move || sum.get()}</span>
                </p>
                <output class="sr" aria-live="polite">{move || spoken.get()}</output>
                {children()}
            </div>
        </section>
    }
    .into_any()
}

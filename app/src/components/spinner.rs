//! Invoicebox's waiting face: two pulsing eyes and a smile.

use leptos::prelude::*;

/// The face alone, 120 px wide, 32 px inside a busy button. Hidden from screen readers: whoever shows it adds
/// a text about what is awaited.
#[component]
pub fn Spinner() -> impl IntoView {
    view! {
        <svg class="face" width="120" height="62" viewBox="0 0 99 51" aria-hidden="true" focusable="false">
            <ellipse class="l" cx="17" cy="27.5" rx="9" ry="8.5"></ellipse>
            <ellipse class="r" cx="76" cy="22.5" rx="18" ry="17.5"></ellipse>
            <path d="M32 43c6 6 18 6 25-2"></path>
        </svg>
    }
}

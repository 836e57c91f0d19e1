//! Head of an order: station, address, pump and sum.

use leptos::prelude::*;

use super::Icon;

/// A card with a pump in a circle, two lines, and a foot with a tag (`children`) and the sum.
#[component]
pub fn Banner(
    #[prop(into)] title: String,
    /// Address and pump.
    #[prop(into)]
    subtitle: String,
    #[prop(into)] sum: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="banner">
            <span class="banner-mark">{Icon::Pump.view()}</span>
            <div class="banner-text">
                <h2 class="banner-title">{title}</h2>
                <p class="banner-sub">{subtitle}</p>
            </div>
            <div class="banner-foot">
                {children.map(|slot| slot())} <span class="banner-sum sum">{move || sum.get()}</span>
            </div>
        </section>
    }
    .into_any()
}

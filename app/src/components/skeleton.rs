//! Grey boxes in the places of the content that is being loaded, in the HTML itself: the first paint needs no script.
//! Each is in the grid of the real screen, so that nothing moves when the content arrives.

use leptos::prelude::*;

/// The whole search screen: segments, search, chips, four rows. `label`: «Загружаем АЗС…».
#[component]
pub fn StationsSkeleton(#[prop(into)] label: String) -> impl IntoView {
    let head = view! {
        <div class="finder">
            <div class="sk sk-seg"></div>
            <div class="sk sk-field"></div>
            <div class="sk-chips">{(0..5).map(|_| view! { <div class="sk"></div> }).collect_view()}</div>
        </div>
    };
    frame(label, (head, rows(4)).into_any())
}

/// Only the rows, while the head of the list stays usable.
#[component]
pub fn RowsSkeleton(#[prop(into)] label: String, #[prop(default = 4)] count: u8) -> impl IntoView {
    frame(label, rows(count))
}

/// The order form: two fuels, pumps, two fields.
#[component]
pub fn StationSkeleton(#[prop(into)] label: String) -> impl IntoView {
    let body = view! {
        <div class="section">
            <div class="sk sk-title"></div>
            <div class="sk sk-cell"></div>
            <div class="sk sk-cell"></div>
        </div>
        <div class="section">
            <div class="sk sk-title"></div>
            <div class="sk-pumps">{(0..5).map(|_| view! { <div class="sk"></div> }).collect_view()}</div>
        </div>
        <div class="section">
            <div class="sk sk-title"></div>
            <div class="pair">
                <div class="sk sk-cell"></div>
                <div class="sk sk-cell"></div>
            </div>
        </div>
    };
    frame(label, body.into_any())
}

/// The confirmation: two white cards on grey.
#[component]
pub fn ConfirmSkeleton(#[prop(into)] label: String) -> impl IntoView {
    let card = || {
        view! {
            <div class="sk-card">
                <div class="sk sk-bar" data-w="l"></div>
                <div class="sk sk-bar"></div>
                <div class="sk sk-bar" data-w="s"></div>
            </div>
        }
    };
    frame(label, (card(), card()).into_any())
}

fn rows(count: u8) -> AnyView {
    let row = |_| {
        view! {
            <div class="station">
                <div class="station-in">
                    <div class="sk sk-logo"></div>
                    <div class="sk sk-bar"></div>
                    <div class="sk sk-bar station-address" data-w="l"></div>
                    <div class="sk sk-bar" data-w="s"></div>
                </div>
            </div>
        }
    };
    view! { <div class="station-list">{(0..count).map(row).collect_view()}</div> }.into_any()
}

fn frame(label: String, body: AnyView) -> AnyView {
    view! {
        <div class="skel-frame">
            <p class="sr" role="status">{label}</p>
            <div class="skel" aria-hidden="true">{body}</div>
        </div>
    }
    .into_any()
}

//! A station in the list: 96 px, one link around all of it.

use leptos::prelude::*;

use super::{Tag, TagKind};

/// Row of a station in a list. A closed station has no `href`: it is not a link, and `tag` has the reason.
#[component]
pub fn StationRow(
    href: Option<String>,
    #[prop(into)] name: String,
    #[prop(into)] address: String,
    /// Initials of the network: up to three letters.
    #[prop(into)]
    mark: String,
    #[prop(into)] tag: String,
    #[prop(optional)] tag_kind: TagKind,
    /// «АИ-95 61,90 ₽/л», or a dash.
    #[prop(into)]
    price: String,
    /// «1,2 км»; empty while the position is unknown.
    #[prop(optional, into)]
    distance: String,
) -> impl IntoView {
    let inside = view! {
        <span class="logo" aria-hidden="true">{mark}</span>
        <span class="station-name">{name_with_number(&name)}</span>
        <Tag kind=tag_kind text=tag />
        <span class="station-address">{address}</span>
        <span class="station-price">{price}</span>
        <span class="station-distance">{distance}</span>
    }
    .into_any();
    let row = match href {
        Some(href) => view! { <a class="station-in" href=href>{inside}</a> }.into_any(),
        None => view! { <div class="station-in">{inside}</div> }.into_any(),
    };
    view! { <li class="station">{row}</li> }.into_any()
}

/// A name in which the number stays on the line of its «№».
pub fn name_with_number(name: &str) -> AnyView {
    let Some((before, after)) = name.split_once("№ ") else { return name.to_owned().into_any() };
    let (number, rest) = after.split_at(after.find(' ').unwrap_or(after.len()));
    view! { {before.to_owned()} <span class="nobr">"№ " {number.to_owned()}</span> {rest.to_owned()} }
        .into_any()
}

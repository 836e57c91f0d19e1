//! Parts of the first screen in files of their own, which are loaded when the part is first wanted.

use leptos::prelude::*;

use super::{filters, nearby, remembered};
use crate::{finder::Finder, pages::inner_styles};

/// A part that is loaded later.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Filters,
    Nearby,
    Remembered,
    Map,
}

/// Shows a part while it is wanted. The server renders none of them.
pub(super) fn lazy_part(finder: Finder, part: Part, wanted: Signal<bool>) -> AnyView {
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        let wanted = wanted.get();
        if shown.get_untracked() != wanted {
            shown.set(wanted);
        }
    });
    let view = move || shown.get().then(|| view! { <Suspense>{Suspend::new(load(finder, part))}</Suspense> });
    view.into_any()
}

async fn load(finder: Finder, part: Part) -> AnyView {
    match part {
        Part::Filters => load_filters(finder).await,
        Part::Nearby => load_nearby(finder).await,
        Part::Remembered => load_remembered(finder).await,
        Part::Map => load_map(finder).await,
    }
}

#[cfg_attr(feature = "lazy", lazy)]
async fn load_filters(finder: Finder) -> AnyView {
    inner_styles::load().await;
    filters::view(finder)
}

#[cfg_attr(feature = "lazy", lazy)]
async fn load_nearby(finder: Finder) -> AnyView {
    nearby::view(finder)
}

#[cfg_attr(feature = "lazy", lazy)]
async fn load_remembered(finder: Finder) -> AnyView {
    inner_styles::load().await;
    remembered::view(finder)
}

#[cfg_attr(feature = "lazy", lazy)]
async fn load_map(finder: Finder) -> AnyView {
    inner_styles::load().await;
    crate::map::view(finder)
}

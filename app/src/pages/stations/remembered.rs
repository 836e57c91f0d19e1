//! The lines above the list for returning customers: the last order and the favourite stations, as this device remembers
//! them; and the choice of a station on a card, whose style hides all the rest.

use domain::id::StationId;
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, ButtonSize, CellLink, Chip},
    finder::{Finder, SearchQuery},
    host::use_host,
    pages::{
        shared::is_on_card,
        station::{instead_of_list, order_summary},
    },
    state::{Device, LastOrder},
};

/// The lines above the list. While the customer's place is unknown the list begins around the last station.
pub(super) fn view(finder: Finder) -> AnyView {
    let device = Device::read();
    finder.around.set(device.last.as_ref().and_then(|last| last.point));
    let last = RwSignal::new(device.last);
    let favourites = device.favourites;
    view! {
        {move || is_choice(finder).then(instead_of_list)}
        <div class="remembered" hidden=move || finder.search.with(|search| search.is_map)>
            {move || last.get().filter(|_| is_idle(finder)).map(|order| last_order(finder, order, last))}
            {(!favourites.is_empty()).then(|| favourite_chip(finder, favourites))}
        </div>
    }
    .into_any()
}

/// Whether a station has to be chosen on the card of a payment page: the host has opened no shop, and there is no query.
fn is_choice(finder: Finder) -> bool {
    let no_shop = || use_host().is_none_or(|host| host.shop_id().is_none());
    is_on_card() && no_shop() && finder.search.with(|search| *search == SearchQuery::default())
}

/// Whether there is no search query yet.
fn is_idle(finder: Finder) -> bool {
    finder.search.with(|search| {
        search.active_filter_count() == 0 && search.query.text.is_none() && search.query.ids.is_empty()
    })
}

fn last_order(finder: Finder, order: LastOrder, last: RwSignal<Option<LastOrder>>) -> AnyView {
    let locale = finder.locale;
    let forget = Callback::new(move |()| {
        Device::forget_last();
        last.set(None);
        finder.around.set(None);
    });
    let href = format!("/stations/{}?again=1", order.station);
    let label = locale.pick("Как в прошлый раз", "As last time");
    view! {
        <CellLink href label detail=order_summary(&order, locale) />
        <Button kind=ButtonKind::Ghost size=ButtonSize::Medium on_press=forget>
            {locale.pick("Забыть", "Forget")}
        </Button>
    }
    .into_any()
}

/// Shows only the favourites, or everything again. They are in the address, so a link and back keep them.
fn favourite_chip(finder: Finder, favourites: Vec<String>) -> AnyView {
    let pressed = Signal::derive(move || finder.search.with(|search| !search.query.ids.is_empty()));
    let label = format!("{} · {}", finder.locale.pick("Избранное", "Favourites"), favourites.len());
    let toggle = Callback::new(move |()| {
        finder.change(|search| {
            search.query.ids = match pressed.get_untracked() {
                true => Vec::new(),
                false => favourites.iter().cloned().map(StationId).collect(),
            };
        });
    });
    view! { <Chip label pressed on_press=toggle /> }.into_any()
}

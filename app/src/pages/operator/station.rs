//! The station of this desk: chosen once and remembered on this device.

use std::time::Duration;

use domain::view::{FoundStations, StationQuery, StationSummary};
use leptos::{leptos_dom::helpers::debounce, prelude::*, task::spawn_local};

use super::{
    api::{ErpError, OrderSearch},
    context::{DeskContext, DeskPanel},
    keys,
};
use crate::{
    api::{ApiError, find_stations, get_station},
    components::{Notice, NoticeKind, SearchField},
};

const STORAGE_KEY: &str = "kolonka.till.station";
const MAX_LISTED_STATIONS: u32 = 20;
const TYPING_PAUSE: Duration = Duration::from_millis(250);

/// Selects the station that this device remembers, if it still exists.
pub async fn restore(desk: DeskContext) {
    let Some(id) = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten()) else { return };
    if let Ok(station) = get_station(id).await {
        desk.station.try_set(Some(station));
    }
}

/// Forgets the station, so that another one is chosen.
pub fn forget_station(desk: DeskContext) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(STORAGE_KEY);
    }
    desk.panel.set(DeskPanel::Sale);
    desk.orders.set(Vec::new());
    desk.search.set(OrderSearch::default());
    desk.station.set(None);
}

/// Reads the station again: its prices, and the states of its pumps.
pub fn refresh(desk: DeskContext) {
    let Some(id) = desk.station.with_untracked(|station| Some(station.as_ref()?.id.0.clone())) else {
        return;
    };
    spawn_local(async move {
        if let Ok(fresh) = get_station(id.clone()).await {
            let same = desk.station.try_with_untracked(|now| now.as_ref().is_some_and(|now| now.id.0 == id));
            if same == Some(true)
                && desk.station.try_with_untracked(|now| now.as_ref() != Some(&fresh)) == Some(true)
            {
                desk.station.try_set(Some(fresh));
            }
        }
    });
}

pub fn choice(desk: DeskContext) -> AnyView {
    let locale = desk.locale;
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Result<FoundStations, ApiError>>);
    let search = move |typed: String| {
        spawn_local(async move {
            let query = StationQuery {
                text: Some(typed.clone()).filter(|typed| !typed.trim().is_empty()),
                limit: MAX_LISTED_STATIONS,
                ..StationQuery::default()
            };
            let answer = find_stations(query).await;
            if text.try_get_untracked().is_some_and(|now| now == typed) {
                found.try_set(Some(answer));
            }
        });
    };
    let mut later = debounce(TYPING_PAUSE, search);
    Effect::new(move |first: Option<()>| {
        let typed = text.get();
        if first.is_some() {
            later(typed);
        } else {
            search(typed);
        }
    });
    keys::focus("#desk-station");
    view! {
        <section class="desk-entry">
            <h1>{locale.pick("На какой АЗС касса?", "At which station is this till?")}</h1>
            <form role="search" on:submit=|event| event.prevent_default()>
                <SearchField
                    id="desk-station"
                    name="q"
                    label=locale.pick("Поиск АЗС", "Search stations")
                    placeholder=locale.pick("Номер, название или адрес", "Number, name or address")
                    value=text
                    on_input=Callback::new(move |typed| text.set(typed))
                    clear_label=locale.pick("Очистить", "Clear")
                />
            </form>
            {move || match found.get() {
                None => ().into_any(),
                Some(Ok(found)) => rows(desk, &found),
                Some(Err(error)) => {
                    let text = if error.is_network() {
                        ErpError::Network.message(locale)
                    } else {
                        error.message().to_owned()
                    };
                    view! { <Notice kind=NoticeKind::Offline text /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

fn rows(desk: DeskContext, found: &FoundStations) -> AnyView {
    let locale = desk.locale;
    if found.stations.is_empty() {
        return view! { <p class="second" role="status">{locale.pick("Ничего не нашлось.", "Nothing was found.")}</p> }
            .into_any();
    }
    let row = |station: &StationSummary| {
        let id = station.id.0.clone();
        let note = if station.pay_in_app {
            station.address.clone()
        } else {
            format!("{} · {}", station.address, locale.pick("цены не заданы", "no prices"))
        };
        view! {
            <li>
                <button class="desk-row" type="button" on:click=move |_| choose(desk, id.clone())>
                    <strong>{station.name.clone()}</strong>
                    <span class="second">{note}</span>
                </button>
            </li>
        }
    };
    view! { <ul class="desk-rows">{found.stations.iter().map(row).collect_view()}</ul> }.into_any()
}

fn choose(desk: DeskContext, id: String) {
    spawn_local(async move {
        match get_station(id.clone()).await {
            Ok(station) => {
                if let Some(storage) = storage() {
                    let _ = storage.set_item(STORAGE_KEY, &id);
                }
                desk.failure.try_set(None);
                desk.station.try_set(Some(station));
            }
            Err(error) => {
                desk.failure.try_set(Some(error.message().to_owned()));
            }
        }
    });
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

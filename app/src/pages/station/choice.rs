//! Card without a shop: the station is chosen from the phone's own list, since a short frame cuts off any other. It holds
//! the nearest few that sell something now; a link leads to the whole list.

use domain::{
    locale::Locale,
    view::{FoundStations, StationQuery, StationView},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::find_stations,
    components::{ButtonKind, ButtonLink, ButtonSize, SelectField, SelectOption},
    finder::SearchQuery,
    host::{leave_unfit_invoice, use_host},
    state::{Device, Language, PositionStore},
};

/// Stations in the list.
const MAX_CHOICES: u32 = 20;

/// The choice in the place of the list of stations.
pub fn instead_of_list() -> AnyView {
    let locale = Language::from_context().current();
    leave_unfit_invoice();
    let lead =
        locale.pick("Выберите АЗС, на которой заправляетесь", "Choose the station where you are fuelling");
    view! { <div class="station-choice"><p class="lead">{lead}</p>{choice(None, locale)}</div> }.into_any()
}

/// The choice on the card of a station, unless the host has opened the shop that this station is.
pub fn on_card(station: &StationView, locale: Locale) -> AnyView {
    let host = use_host();
    let here = option(&station.id.0, &station.name, &station.address);
    let is_fixed = Memo::new(move |_| host.is_some_and(|host| host.shop_id().is_some()));
    let choice = move || {
        (!is_fixed.get())
            .then(|| view! { <div class="station-choice">{choice(Some(here.clone()), locale)}</div> })
    };
    choice.into_any()
}

fn choice(here: Option<SelectOption>, locale: Locale) -> AnyView {
    let found = RwSignal::new(None::<FoundStations>);
    Effect::new(move |_| find_nearest(found));
    let value = here.as_ref().map(|here| here.value.clone()).unwrap_or_default();
    let first =
        here.unwrap_or_else(|| SelectOption::placeholder(locale.pick("Выберите АЗС", "Choose a station")));
    let options = Signal::derive(move || {
        let others = found.get().unwrap_or_default().stations;
        let others = others.iter().map(|one| option(&one.id.0, &one.name, &one.address));
        std::iter::once(first.clone())
            .chain(others.filter(|one| one.value != first.value))
            .collect::<Vec<_>>()
    });
    let navigate = use_navigate();
    let open_station = Callback::new(move |id: String| {
        navigate(&format!("/stations/{id}"), NavigateOptions { replace: true, ..NavigateOptions::default() });
    });
    let all = move || {
        let total =
            found.with(|found| found.as_ref().filter(|found| is_cut(found)).map(|found| found.total))?;
        let label = format!("{} · {total}", locale.pick("Все АЗС с оплатой", "All stations to pay at"));
        let query = StationQuery { pay_in_app: true, ..StationQuery::default() };
        let href = SearchQuery { query, is_map: false }.to_address();
        Some(view! { <ButtonLink href kind=ButtonKind::Ghost size=ButtonSize::Medium>{label}</ButtonLink> })
    };
    view! {
        <SelectField
            id="station"
            label=locale.pick("АЗС", "Station")
            options
            value=Signal::stored(value)
            on_change=open_station
        />
        {all}
    }
    .into_any()
}

fn is_cut(found: &FoundStations) -> bool {
    found.stations.is_empty() || usize::try_from(found.total).is_ok_and(|total| total > found.stations.len())
}

fn option(id: &str, name: &str, address: &str) -> SelectOption {
    let label = if address.is_empty() { name.to_owned() } else { format!("{name} · {address}") };
    SelectOption { value: id.to_owned(), label, disabled: false }
}

/// Finds the stations nearest to the customer, else to their last station. Without an answer the link to the list remains.
fn find_nearest(found: RwSignal<Option<FoundStations>>) {
    let near = untrack(|| PositionStore::open().point()).or_else(|| Device::read().last?.point);
    let query = StationQuery {
        near,
        open_now: true,
        pay_in_app: true,
        limit: MAX_CHOICES,
        ..StationQuery::default()
    };
    spawn_local(async move {
        let answer = find_stations(query).await.unwrap_or_default();
        found.try_set(Some(answer));
    });
}

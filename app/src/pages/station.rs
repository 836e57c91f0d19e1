//! Station page with the order form; on a payment page the whole mini-app as a [`card`].

mod card;
mod choice;
mod form;
mod offer;
mod place;

use std::sync::Arc;

pub(super) use choice::instead_of_list;
pub(super) use place::order_summary;

use domain::{id::PumpNumber, station::PumpState, view::StationView};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    draft_form::choose_pump,
    not_found::no_station,
    shared::{is_on_card, loading},
};
use crate::{
    api::{ApiError, Resource, get_station},
    components::StationSkeleton,
    host::leave_unfit_invoice,
    state::{DraftStore, Language, mark_hydrated, set_title},
};

/// The page of `/stations/{id}`; `?pump=N` comes from the sticker on a pump.
pub fn page() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // A card leads to another station without leaving its route: that is another page.
    (move || station_page(id.get())).into_any()
}

fn station_page(id: String) -> AnyView {
    let locale = Language::from_context().current();
    let station = Resource::new_with_options(move || id.clone(), get_station, false);
    DraftStore::open();
    place::PresenceQuestion::provide();
    leave_unfit_invoice();
    mark_hydrated();
    view! {
        <Suspense fallback=move || {
            let label = locale.pick("Загружаем АЗС…", "Loading the station…");
            loading("station", label, view! { <StationSkeleton label /> }.into_any())
        }>
            {move || Suspend::new(async move {
                station_view(station.await, Callback::new(move |()| station.refetch()))
            })}
        </Suspense>
    }
    .into_any()
}

fn station_view(station: Result<StationView, ApiError>, retry: Callback<()>) -> AnyView {
    match station {
        Ok(station) => {
            let pump =
                use_query_map().with_untracked(|query| query.get("pump")?.parse().ok().map(PumpNumber));
            start_draft(&station, pump);
            set_title(station.name.clone());
            let station = Arc::new(station);
            let is_card = Memo::new(|_| is_on_card());
            let view = move || {
                let station = Arc::clone(&station);
                if is_card.get() { card::card(station) } else { form::form(station) }
            };
            view.into_any()
        }
        Err(error) => no_station(&error, "station", retry),
    }
}

/// Starts the draft of this station, with the pump of the sticker, once the stored draft has been read. Whoever scanned
/// the sticker is at that pump.
fn start_draft(station: &StationView, pump: Option<PumpNumber>) {
    let store = DraftStore::from_context();
    let id = station.id.0.clone();
    let works =
        |pump: &PumpNumber| station.trade.pump(*pump).is_some_and(|pump| pump.state != PumpState::OutOfOrder);
    let (pump, is_here, trade) = (pump.filter(works), pump.is_some(), station.trade.clone());
    Effect::new(move |_| {
        if store.ready.get() {
            store.start_draft(&id);
            store.form.update(|form| {
                form.is_here |= is_here;
                if pump.is_some() {
                    choose_pump(form, &trade, pump);
                }
            });
        }
    });
}

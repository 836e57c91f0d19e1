//! Station page with the order form; on a payment page the whole mini-app as a [`card`].

mod card;
mod choice;
mod form;
mod offer;
mod place;

use std::sync::Arc;

pub(super) use choice::instead_of_list;
pub(super) use place::order_summary;

use domain::{
    id::PumpNumber,
    station::{PumpState, Trade},
    view::StationView,
};
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
    state::{DraftStore, FormDraft, Language, mark_hydrated, set_title},
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
    let (id, trade) = (station.id.0.clone(), station.trade.clone());
    Effect::new(move |_| {
        if store.ready.get() {
            store.start_draft(&id);
            if let Some(pump) = pump {
                store.form.update(|form| apply_sticker(form, &trade, pump));
            }
        }
    });
}

fn apply_sticker(form: &mut FormDraft, trade: &Trade, pump: PumpNumber) {
    form.is_here = true;
    if form.sticker.replace(pump.0) == Some(pump.0) {
        return;
    }
    if trade.pump(pump).is_some_and(|pump| pump.state != PumpState::OutOfOrder) {
        choose_pump(form, trade, Some(pump));
    }
}

#[cfg(test)]
mod tests {
    use domain::{fuel::FuelId, station::Pump};

    use super::*;

    #[test]
    fn whoever_comes_back_to_a_sticker_keeps_what_they_have_chosen_since() {
        let pump =
            |number| Pump { number: PumpNumber(number), fuels: vec![FuelId::A95], state: PumpState::Free };
        let trade = Trade { pumps: [3, 4, 5].map(pump).to_vec(), ..Trade::default() };
        let mut form = FormDraft::default();
        apply_sticker(&mut form, &trade, PumpNumber(3));
        assert_eq!((form.pump, form.is_here, form.starts_later), (Some(3), true, false));
        form.starts_later = true;
        apply_sticker(&mut form, &trade, PumpNumber(3));
        assert_eq!((form.pump, form.starts_later), (Some(3), true));
        choose_pump(&mut form, &trade, Some(PumpNumber(4)));
        apply_sticker(&mut form, &trade, PumpNumber(3));
        assert_eq!(form.pump, Some(4));
        apply_sticker(&mut form, &trade, PumpNumber(5));
        assert_eq!((form.pump, form.starts_later), (Some(5), false), "another sticker is another pump");
    }
}

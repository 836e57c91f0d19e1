//! S2: one station, the order form.

mod form;
mod place;

pub(super) use form::{choose_fuel, other_side};
pub(super) use place::what;

use domain::{id::PumpNumber, view::StationView};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::not_found::missing;
use crate::{
    api::{Fault, Resource, get_station},
    components::{Notice, NoticeKind, StationSkeleton},
    host::{leave_unfit_invoice, tell_host},
    state::{DraftStore, Language, mark_hydrated, set_title},
};

/// The page of `/stations/{id}`; `?pump=N` comes from the sticker on a pump.
pub fn page() -> AnyView {
    let locale = Language::of_page().now();
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let station = Resource::new_with_options(id, get_station, false);
    DraftStore::open();
    place::Elsewhere::provide();
    leave_unfit_invoice();
    mark_hydrated();
    view! {
        <Suspense fallback=move || view! { <StationSkeleton label=locale.pick("Загружаем АЗС…", "Loading the station…") /> }>
            {move || Suspend::new(async move { loaded(station.await) })}
        </Suspense>
    }
    .into_any()
}

fn loaded(station: Result<StationView, Fault>) -> AnyView {
    let locale = Language::of_page().now();
    match station {
        Ok(station) => {
            let pump =
                use_query_map().with_untracked(|query| query.get("pump")?.parse().ok().map(PumpNumber));
            begin(&station, pump);
            set_title(station.name.clone());
            form::form(station)
        }
        Err(fault) if fault.code() == domain::refusal::Code::NotFound => missing(
            locale.pick("Такой АЗС нет", "There is no such station"),
            locale.pick(
                "Проверьте ссылку или выберите АЗС в списке.",
                "Check the link or choose a station from the list.",
            ),
        ),
        Err(fault) => {
            let text = if fault.is_network() {
                locale
                    .pick(
                        "Нет сети. Проверьте соединение и обновите страницу.",
                        "No network. Check the connection and reload the page.",
                    )
                    .to_owned()
            } else {
                tell_host(fault.message().to_owned());
                fault.message().to_owned()
            };
            view! {
                <main data-screen="station">
                    <Notice kind=NoticeKind::Offline text />
                </main>
            }
            .into_any()
        }
    }
}

/// The draft of this station, with the pump of the sticker, once this device's own draft has been read.
fn begin(station: &StationView, pump: Option<PumpNumber>) {
    let store = DraftStore::of_page();
    let id = station.id.0.clone();
    let pump = pump.filter(|pump| station.pumps.iter().any(|one| one.number == *pump && one.state.usable()));
    Effect::new(move |_| {
        if store.ready.get() {
            store.begin(&id);
            if let Some(PumpNumber(number)) = pump {
                store.form.update(|form| form.pump = Some(number));
            }
        }
    });
}

//! S2: one station, the order form. On a payment page it is a card that does it all: S8.

mod card;
mod choice;
mod form;
mod place;

use std::sync::Arc;

pub(super) use choice::instead_of_list;
pub(super) use place::what;

use domain::{
    id::PumpNumber, locale::Locale, refusal::OrderRefusal, texts::describe_order_refusal, view::StationView,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{is_on_card, loading, not_found::no_station};
use crate::{
    api::{ApiError, Resource, get_station},
    components::{Notice, NoticeKind, StationSkeleton},
    host::leave_unfit_invoice,
    state::{DraftStore, Language, mark_hydrated, set_title},
};

/// The page of `/stations/{id}`; `?pump=N` comes from the sticker on a pump.
pub fn page() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // A card leads to another station without leaving its route: that is another page.
    (move || of_station(id.get())).into_any()
}

fn of_station(id: String) -> AnyView {
    let locale = Language::of_page().now();
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
                loaded(station.await, Callback::new(move |()| station.refetch()))
            })}
        </Suspense>
    }
    .into_any()
}

fn loaded(station: Result<StationView, ApiError>, again: Callback<()>) -> AnyView {
    match station {
        Ok(station) => {
            let pump =
                use_query_map().with_untracked(|query| query.get("pump")?.parse().ok().map(PumpNumber));
            begin(&station, pump);
            set_title(station.name.clone());
            let station = Arc::new(station);
            let is_card = Memo::new(|_| is_on_card());
            let view = move || {
                let station = Arc::clone(&station);
                if is_card.get() { card::card(station) } else { form::form(station) }
            };
            view.into_any()
        }
        Err(error) => no_station(&error, "station", again),
    }
}

/// The draft of this station, with the pump of the sticker, once this device's own draft has been read.
fn begin(station: &StationView, pump: Option<PumpNumber>) {
    let store = DraftStore::of_page();
    let id = station.id.0.clone();
    let pump = pump.filter(|pump| station.trade.pump(*pump).is_some_and(|one| one.state.usable()));
    Effect::new(move |_| {
        if store.ready.get() {
            store.begin(&id);
            if let Some(PumpNumber(number)) = pump {
                store.form.update(|form| form.pump = Some(number));
            }
        }
    });
}

/// What can be ordered here now.
struct StationOffer {
    /// Why no fuel.
    refused: Option<OrderRefusal>,
    fuel: bool,
    /// A person hands them over: they do not wait for the pumps.
    goods: bool,
}

impl StationOffer {
    fn at(station: &StationView) -> Self {
        let refused = hindrance(station);
        let open = matches!(refused, None | Some(OrderRefusal::StationSilent));
        Self { fuel: refused.is_none(), goods: open && !station.trade.goods.is_empty(), refused }
    }
}

/// Why no fuel can be ordered here now.
fn hindrance(station: &StationView) -> Option<OrderRefusal> {
    let closed = station
        .closed_reason
        .as_ref()
        .map(|reason| OrderRefusal::StationClosed { reason: Some(reason.clone()) });
    closed
        .or_else(|| (!station.open_now).then_some(OrderRefusal::StationClosed { reason: None }))
        .or_else(|| station.automation.silent.then_some(OrderRefusal::StationSilent))
        .or_else(|| (!station.pay_in_app).then_some(OrderRefusal::NotPayable))
}

/// The same in words, above the prices, and what can be ordered all the same.
fn standing(refusal: &OrderRefusal, has_goods: bool, locale: Locale) -> AnyView {
    let text = match refusal {
        OrderRefusal::StationSilent if has_goods => locale
            .pick(
                "АЗС не на связи: топливо в приложении сейчас не оплатить. Услуги и товары можно.",
                "The station is offline: you cannot pay for fuel in the app now. Services and goods you can.",
            )
            .to_owned(),
        refusal => describe_order_refusal(refusal, locale),
    };
    view! { <Notice kind=NoticeKind::Warning text /> }.into_any()
}

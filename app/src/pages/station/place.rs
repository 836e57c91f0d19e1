//! The part above the order form: whether the station is open, the way there, the mark as a favourite, the last order, and
//! the question whether the customer is there at all.

use std::sync::Arc;

use domain::{
    draft::FillBy, geo::Presence, locale::Locale, money::Kopecks, numbers::parse_hundredths, quantity::Centi,
    view::StationView,
};
use leptos::{prelude::*, wasm_bindgen::JsCast};
use leptos_router::hooks::use_query_map;

use crate::{
    components::{Button, ButtonKind, ButtonSize, Chip, Notice, NoticeKind, Tag},
    finder::{OpenFacts, RouteLink, open_tag},
    pages::draft_form::choose_fuel,
    state::{Device, DraftStore, LastOrder, PositionStore, remember_station},
};

/// The question whether a far customer is at the station or fuels later; «Продолжить» waits for the answer.
#[derive(Clone, Copy)]
pub(super) struct PresenceQuestion(RwSignal<bool>);

impl PresenceQuestion {
    /// Provides the question; it is not asked before the place is known.
    pub(super) fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Whether the question is unanswered.
    pub(super) fn is_open() -> bool {
        use_context::<Self>().is_some_and(|Self(is_open)| is_open.get_untracked())
    }
}

/// Moves the focus to the open question.
pub(super) fn show_question() {
    if let Ok(Some(question)) = document().query_selector(".elsewhere button") {
        let button: web_sys::HtmlElement = question.unchecked_into();
        _ = button.focus();
    }
}

/// The lines above the form.
pub(super) fn view(station: &Arc<StationView>, locale: Locale) -> AnyView {
    let (tag, kind) = open_tag(locale, OpenFacts::from(&**station));
    let id = station.id.0.clone();
    let favourite = RwSignal::new(false);
    let shown_station = Arc::clone(station);
    Effect::new(move |_| {
        remember_station(&shown_station);
        favourite.set(Device::read().is_favourite(&shown_station.id.0));
    });
    let toggle = Callback::new(move |()| favourite.set(Device::toggle_favourite(&id)));
    view! {
        <div class="station-facts">
            <Tag kind text=tag />
            <div class="station-acts">
                <Chip label=locale.pick("В избранном", "Favourite").to_owned() pressed=favourite on_press=toggle />
                <RouteLink locale id=station.id.clone() lat=station.point.lat lon=station.point.lon size=ButtonSize::Medium />
            </div>
        </div>
        {presence_view(station, locale)}
        {repeat_offer(station, locale)}
    }
    .into_any()
}

/// The warning or question about a customer who is far from this station, where their place is known. Whoever scanned a
/// sticker is at its pump.
fn presence_view(station: &StationView, locale: Locale) -> AnyView {
    let position = PositionStore::open();
    let here = station.point;
    let by_sticker = use_query_map().with_untracked(|query| query.get_str("pump").is_some());
    let (is_answered, form) = (RwSignal::new(false), DraftStore::from_context().form);
    let found = Memo::new(move |_| {
        let place = position.place().filter(|_| !by_sticker && !is_answered.get())?;
        let distance = place.point.distance_m(here);
        Some((Presence::from_distance(distance, place.accuracy_m), distance))
    });
    Effect::new(move |_| match found.get() {
        // The screen has asked nothing: what was shown before stays.
        None => {}
        Some((presence, _)) => {
            let is_here = presence == Presence::AtStation;
            if form.with_untracked(|form| form.is_here != is_here) {
                form.update(|form| form.is_here = is_here);
            }
        }
    });
    if let Some(PresenceQuestion(is_open)) = use_context() {
        Effect::new(move |_| is_open.set(matches!(found.get(), Some((Presence::Away, _)))));
    }
    let note = move || {
        let (presence, metres) = found.get()?;
        let distance = locale.distance(metres);
        let is_away = presence == Presence::Away;
        let text = match (presence, locale) {
            (Presence::AtStation, _) => return None,
            (Presence::Near, Locale::Ru) => {
                format!("До этой АЗС {distance}. Проверьте, что выбрали ту, на которой стоите.")
            }
            (Presence::Near, Locale::En) => {
                format!("This station is {distance} away. Check that it is the one you are at.")
            }
            (Presence::Away, Locale::Ru) => {
                format!("До этой АЗС {distance}. Вы уже на ней или заправитесь позже?")
            }
            (Presence::Away, Locale::En) => {
                format!("This station is {distance} away. Are you there already, or fuelling later?")
            }
        };
        let confirm = Callback::new(move |()| {
            is_answered.set(true);
            // A phone that is far away says otherwise: then the payment starts the pump only if its owner chooses that.
            form.update(|form| {
                (form.away_m, form.is_here, form.starts_later) = (Some(metres), true, is_away);
            });
        });
        let leave = Callback::new(move |()| is_answered.set(true));
        let kind = if is_away { NoticeKind::Warning } else { NoticeKind::Info };
        Some(view! {
            <Notice kind text>
                <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=confirm>
                    {locale.pick("Я на этой АЗС", "I am at this station")}
                </Button>
                {is_away.then(|| view! {
                    <Button kind=ButtonKind::Ghost size=ButtonSize::Medium on_press=leave>
                        {locale.pick("Заправлюсь позже", "Fuelling later")}
                    </Button>
                })}
            </Notice>
        })
    };
    view! { <div class="elsewhere">{note}</div> }.into_any()
}

/// Offers the last order while nothing is chosen: same fuel, volume and car, never the same pump.
fn repeat_offer(station: &Arc<StationView>, locale: Locale) -> AnyView {
    let store = DraftStore::from_context();
    let last = RwSignal::new(None::<LastOrder>);
    let wanted = use_query_map().with_untracked(|query| query.get_str("again").is_some());
    let sold = Arc::clone(station);
    Effect::new(move |_| {
        if !store.ready.get() {
            return;
        }
        let sells = |last: &LastOrder| {
            super::offer::station_refusal(&sold).is_none()
                && sold.trade.fuel(last.fuel).is_some_and(|one| one.available && one.price.is_some())
        };
        let found = Device::read().last.filter(sells);
        if let Some(last) = found.as_ref().filter(|_| wanted) {
            repeat_order(store, &sold, last);
        }
        last.set(found);
    });
    let station = Arc::clone(station);
    let offer = move || {
        let last = last.get().filter(|_| store.form.with(|form| form.fuel.is_none()))?;
        let label = format!(
            "{} {}",
            locale.pick("Как в прошлый раз:", "As last time:"),
            order_summary(&last, locale)
        );
        let station = Arc::clone(&station);
        let press = Callback::new(move |()| repeat_order(store, &station, &last));
        Some(
            view! { <Button kind=ButtonKind::Secondary size=ButtonSize::Medium on_press=press>{label}</Button> },
        )
    };
    view! { <div class="again">{offer}</div> }.into_any()
}

fn repeat_order(store: DraftStore, station: &StationView, last: &LastOrder) {
    store.form.update(|form| {
        choose_fuel(form, &station.trade, last.fuel);
        (form.by, form.typed) = (last.by, last.typed.clone());
    });
    store.payer.update(|payer| {
        if payer.plate.is_empty() {
            payer.plate.clone_from(&last.plate);
        }
    });
}

/// «АИ-95, 40,00 л».
pub(in crate::pages) fn order_summary(last: &LastOrder, locale: Locale) -> String {
    let number = parse_hundredths(&last.typed).unwrap_or_default();
    let amount = match last.by {
        FillBy::Volume => locale.quantity(Centi::new(number), last.fuel.unit()),
        FillBy::Amount => locale.short_money(Kopecks::new(number)),
        FillBy::FullTank => locale.pick("полный бак", "full tank").to_owned(),
    };
    format!("{}, {amount}", last.fuel.name(locale))
}

//! Fuel → pump → amount → services on one scrolled page, with the total that the server will compute.

use std::sync::Arc;

use domain::{
    draft::FillBy, money::Kopecks, numbers::parse_hundredths, pricing::full_tank_ceiling,
    quote::QuoteWarning, station::FuelProduct, texts::describe_warning, unit::Unit, view::StationView,
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    offer::{StationOffer, closed_notice, refusal_notice},
    place,
};
use crate::{
    components::{AmountBar, Button, ButtonKind, CellGroup, Chip, ChipStrip, NavBar, RadioCell},
    pages::draft_form::{
        DraftForm, HeadingLevel, amount_fields, choose_fuel, fuel_name, goods, pump_picker, start_choice,
    },
    state::{DraftStore, FormDraft, Language},
};

const SUGGESTED_SUMS_RUB: [i64; 5] = [500, 1000, 2000, 3000, 5000];
const SUGGESTED_VOLUMES_L: [i64; 5] = [10, 20, 30, 40, 60];

/// The form of a station that is shown, with its bar.
pub fn form(station: Arc<StationView>) -> AnyView {
    let locale = Language::from_context().current();
    let draft_form = DraftForm::open(Arc::clone(&station), locale, DraftStore::from_context().form);
    let subtitle = station.address.clone();
    let StationOffer { refused, fuel, goods: has_goods } = StationOffer::from_station(&station);
    if !fuel {
        clear_fuel(draft_form.form);
    }
    view! {
        <NavBar
            title=station.name.clone()
            subtitle
            back_href="/".to_owned()
            back_label=locale.pick("К списку АЗС", "To the list of stations")
        />
        <main data-screen="station">
            {place::view(&station, locale)}
            {closed_notice(&station, locale)}
            {refused.map(|refusal| refusal_notice(&refusal, has_goods, locale))}
            {draft_form.general_error()}
            {(!station.trade.fuels.is_empty()).then(|| fuels(&draft_form, fuel))}
            {fuel.then(|| view! {
                {pump_picker(&draft_form, true)}
                {start_choice(&draft_form)}
                {amount(&draft_form)}
            })}
            {has_goods.then(|| goods(&draft_form, HeadingLevel::Page))}
        </main>
        {(fuel || has_goods).then(|| bar(&draft_form))}
    }
    .into_any()
}

/// Removes fuel that was chosen before the station became silent: it would keep the goods from being bought.
fn clear_fuel(form: RwSignal<FormDraft>) {
    Effect::new(move |_| {
        if form.with(|form| form.fuel.is_some()) {
            form.update(|form| form.fuel = None);
        }
    });
}

fn fuels(draft_form: &DraftForm, sells: bool) -> AnyView {
    let error = draft_form.field_error(&["draft.fuel.id"]);
    let cells =
        draft_form.station.trade.fuels.iter().map(|fuel| fuel_cell(draft_form, fuel, sells)).collect_view();
    view! { <CellGroup legend=draft_form.locale.pick("Топливо", "Fuel") error>{cells}</CellGroup> }.into_any()
}

fn fuel_cell(draft_form: &DraftForm, fuel: &FuelProduct, sells: bool) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let id = fuel.id;
    let detail = match fuel.price {
        _ if !fuel.available => locale.pick("Нет в наличии", "Sold out").to_owned(),
        Some(price) => locale.unit_price(price, fuel.unit),
        None => locale.pick("Цена на кассе", "Price at the till").to_owned(),
    };
    let disabled = !sells || !fuel.available || fuel.price.is_none();
    let select = Callback::new(move |()| form.update(|form| choose_fuel(form, &station.trade, id)));
    let checked = Signal::derive(move || form.with(|form| form.fuel == Some(id)));
    view! {
        <RadioCell name="fuel" value=id.id() label=fuel_name(fuel, locale) detail checked disabled on_select=select />
    }
    .into_any()
}

fn amount(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let chosen = draft_form.chosen_fuel();
    let is_full = move || form.with(|form| form.by == FillBy::FullTank);
    let enter = move |by: FillBy, typed: String| form.update(|form| (form.by, form.typed) = (by, typed));
    let fill_up = Callback::new(move |()| {
        let ceiling = full_tank_ceiling(chosen.get_untracked().and_then(|fuel| fuel.max));
        enter(FillBy::FullTank, locale.hundredths(ceiling.get()));
    });
    let chip = move |by: FillBy, whole: i64| {
        let label = match by {
            FillBy::Amount => Signal::derive(move || locale.short_money(Kopecks::new(whole * 100))),
            _ => Signal::derive(move || {
                let unit = chosen.get().map_or(Unit::Litre, |fuel| fuel.unit);
                format!("{whole}\u{a0}{}", unit.sign(locale))
            }),
        };
        let pressed = Signal::derive(move || {
            form.with(|form| form.by == by && parse_hundredths(&form.typed) == Some(whole * 100))
        });
        let press = Callback::new(move |()| enter(by, locale.hundredths(whole * 100)));
        view! { <Chip label pressed on_press=press /> }
    };
    view! {
        <section class="section">
            <h2>{locale.pick("Сумма и объём", "Sum and volume")}</h2>
            {amount_fields(draft_form, chosen, "")}
            <ChipStrip legend=locale.pick("Сумма", "Sum")>
                {SUGGESTED_SUMS_RUB.map(|sum| chip(FillBy::Amount, sum)).collect_view()}
            </ChipStrip>
            <ChipStrip legend=locale.pick("Объём", "Volume")>
                {SUGGESTED_VOLUMES_L.map(|volume| chip(FillBy::Volume, volume)).collect_view()}
                {station.automation.full_tank.then(|| view! {
                    <Chip
                        label=Signal::stored(locale.pick("Полный бак", "Full tank").to_owned())
                        pressed=Signal::derive(is_full)
                        on_press=fill_up
                    />
                })}
            </ChipStrip>
            {move || is_full().then(|| view! { <p class="caption" role="status">{describe_warning(QuoteWarning::FullTank, locale)}</p> })}
        </section>
    }
    .into_any()
}

fn bar(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let navigate = use_navigate();
    let checked_form = draft_form.clone();
    let go_on = Callback::new(move |()| {
        if place::PresenceQuestion::is_open() {
            return place::show_question();
        }
        if checked_form.check_quote().is_some() {
            navigate(&format!("/stations/{}/confirm", station.id), NavigateOptions::default());
        }
    });
    let count = Signal::derive(move || {
        form.with(|form| u32::from(form.fuel.is_some()) + u32::try_from(form.items.len()).unwrap_or_default())
    });
    view! {
        <AmountBar caption=locale.pick("Итого:", "Total:") sum=draft_form.total() count>
            <Button kind=ButtonKind::Primary on_press=go_on>{locale.pick("Продолжить", "Continue")}</Button>
        </AmountBar>
    }
    .into_any()
}

//! Fuel → pump → amount → services: one scroll, and the total that the server will ask for.

use std::sync::Arc;

use domain::{
    draft::FillBy,
    fuel::FuelId,
    id::PumpNumber,
    locale::{Locale, parse_hundredths},
    money::Kopecks,
    quantity::Centi,
    quote::full_tank_ceiling,
    refusal::Refusal,
    sentence::{of_full_tank, of_refusal},
    station::PumpState,
    unit::Unit,
    view::{FuelView, ServiceView, StationView},
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::place;
use crate::{
    components::{
        AmountBar, Button, ButtonKind, ButtonSize, CellGroup, Chip, ChipStrip, Field, Item, NavBar, Notice,
        NoticeKind, PumpOption, PumpPicker, RadioCell, Stepper, StepperWords,
    },
    state::{DraftStore, FormDraft, Language, focus_first_error},
};

const SUMS: [i64; 5] = [500, 1000, 2000, 3000, 5000];
const VOLUMES: [i64; 5] = [10, 20, 30, 40, 60];

/// What the sections share.
#[derive(Clone)]
struct Shared {
    station: Arc<StationView>,
    locale: Locale,
    form: RwSignal<FormDraft>,
    /// The customer has pressed «Продолжить»: now mistakes are told.
    told: RwSignal<bool>,
    priced: Memo<Result<Kopecks, Mistake>>,
}

/// A refusal of pricing, as the sections show it.
#[derive(Clone, Debug, PartialEq)]
struct Mistake {
    field: Option<&'static str>,
    text: String,
}

impl Shared {
    /// The text of a mistake in one of these fields, once mistakes are told.
    fn error_in(&self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        let (told, priced) = (self.told, self.priced);
        Signal::derive(move || {
            let mistake = priced.get().err().filter(|_| told.get())?;
            mistake.field.is_some_and(|field| fields.contains(&field)).then_some(mistake.text)
        })
    }
}

/// The form of a station that is shown, with its bar.
pub fn form(station: StationView) -> AnyView {
    let locale = Language::of_page().now();
    let form = DraftStore::of_page().form;
    let station = Arc::new(station);
    let priced = {
        let station = Arc::clone(&station);
        Memo::new(move |_| {
            form.with(|form| form.with_basket(|basket| station.quote(basket)))
                .map(|quote| quote.total)
                .map_err(|refusal| Mistake { field: refusal.field(), text: of_refusal(&refusal, locale) })
        })
    };
    let shared = Shared { station: Arc::clone(&station), locale, form, told: RwSignal::new(false), priced };
    let subtitle = station.address.clone();
    view! {
        <NavBar
            title=station.name.clone()
            subtitle
            back_href="/".to_owned()
            back_label=locale.pick("К списку АЗС", "To the list of stations")
        />
        <main data-screen="station">
            {place::view(&shared.station, locale)}
            {notices(&shared)}
            {(!station.fuels.is_empty()).then(|| fuels(&shared))}
            {station.pay_in_app.then(|| view! {
                {pumps(&shared)}
                {amount(&shared)}
                {(!station.services.is_empty()).then(|| services(&shared))}
            })}
        </main>
        {station.pay_in_app.then(|| bar(&shared))}
    }
    .into_any()
}

fn notices(shared: &Shared) -> AnyView {
    let Shared { station, locale, told, priced, .. } = shared.clone();
    let closed =
        station.closed_reason.as_ref().map(|reason| Refusal::StationClosed { reason: Some(reason.clone()) });
    let standing = closed
        .or_else(|| (!station.open_now).then_some(Refusal::StationClosed { reason: None }))
        .or_else(|| station.silent.then_some(Refusal::StationSilent))
        .or_else(|| (!station.pay_in_app).then_some(Refusal::NotPayable))
        .map(|refusal| of_refusal(&refusal, locale));
    let general = move || {
        let mistake = priced.get().err().filter(|_| told.get())?;
        mistake.field.is_none().then(|| view! { <Notice kind=NoticeKind::Warning text=mistake.text /> })
    };
    view! {
        {standing.map(|text| view! { <Notice kind=NoticeKind::Warning text /> })}
        {general}
    }
    .into_any()
}

fn fuels(shared: &Shared) -> AnyView {
    let error = shared.error_in(&["draft.fuel.id"]);
    let cells = shared.station.fuels.iter().map(|fuel| fuel_cell(shared, fuel)).collect_view();
    view! { <CellGroup legend=shared.locale.pick("Топливо", "Fuel") error>{cells}</CellGroup> }.into_any()
}

fn fuel_cell(shared: &Shared, fuel: &FuelView) -> AnyView {
    let Shared { station, locale, form, .. } = shared.clone();
    let id = fuel.id;
    let label = if fuel.name.is_empty() { id.name(locale).to_owned() } else { fuel.name.clone() };
    let detail = match fuel.price {
        _ if !fuel.available => locale.pick("Нет в наличии", "Sold out").to_owned(),
        Some(price) => locale.unit_price(price, fuel.unit),
        None => locale.pick("Цена на кассе", "Price at the till").to_owned(),
    };
    let disabled = !fuel.available || fuel.price.is_none() || !station.pay_in_app;
    let select = Callback::new(move |()| form.update(|form| choose_fuel(form, &station, id)));
    let checked = Signal::derive(move || form.with(|form| form.fuel == Some(id)));
    view! { <RadioCell name="fuel" value=id.id() label detail checked disabled on_select=select /> }
        .into_any()
}

/// Another grade clears a pump that lacks it; a grade of one pump only chooses that pump.
pub(in crate::pages) fn choose_fuel(form: &mut FormDraft, station: &StationView, id: FuelId) {
    form.fuel = Some(id);
    let mut fitting = station.pumps.iter().filter(|pump| pump.fuels.contains(&id) && pump.state.usable());
    let keeps = form.pump.is_some_and(|number| fitting.clone().any(|pump| pump.number == PumpNumber(number)));
    if !keeps {
        let first = fitting.next().map(|pump| pump.number.0);
        form.pump = first.filter(|_| fitting.next().is_none());
    }
}

fn pumps(shared: &Shared) -> AnyView {
    let Shared { station, locale, form, .. } = shared.clone();
    let options = Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        station
            .pumps
            .iter()
            .map(|pump| {
                let lacks = fuel.is_some_and(|fuel| !pump.fuels.contains(&fuel));
                let number = pump.number;
                let why = match pump.state {
                    PumpState::Busy => locale.pick(", занята", ", busy"),
                    PumpState::OutOfOrder => locale.pick(", не работает", ", out of order"),
                    _ if lacks => locale.pick(", нет этого топлива", ", lacks this fuel"),
                    _ => "",
                };
                PumpOption {
                    number: u32::from(number.0),
                    label: format!("{} {number}{why}", locale.pick("Колонка", "Pump")),
                    disabled: lacks || !pump.state.usable(),
                }
            })
            .collect::<Vec<_>>()
    });
    let selected = Signal::derive(move || form.with(|form| form.pump.map(u32::from)));
    let select = Callback::new(move |number: u32| form.update(|form| form.pump = u16::try_from(number).ok()));
    let error = shared.error_in(&["draft.pump"]);
    view! { <PumpPicker legend=locale.pick("Колонка", "Pump") pumps=options selected on_select=select error /> }.into_any()
}

fn amount(shared: &Shared) -> AnyView {
    let Shared { station, locale, form, .. } = shared.clone();
    let full_tank = station.full_tank;
    let chosen = Memo::new(move |_| {
        let id = form.with(|form| form.fuel)?;
        station.fuels.iter().find(|fuel| fuel.id == id).cloned()
    });
    let is_full = move || form.with(|form| form.by == FillBy::FullTank);
    let unit = move || chosen.get().map_or(Unit::Litre, |fuel| fuel.unit);
    let shown = move |field: FillBy| {
        Signal::derive(move || {
            form.with(|form| other_side(form, field, chosen.get().and_then(|fuel| fuel.price), locale))
        })
    };
    let enter = move |by: FillBy| {
        Callback::new(move |typed: String| form.update(|form| (form.by, form.typed) = (by, typed)))
    };
    // The volume of a full tank is its ceiling, and stays one while it is typed.
    let enter_volume = Callback::new(move |typed: String| {
        let by = if form.with_untracked(|form| form.by == FillBy::FullTank) {
            FillBy::FullTank
        } else {
            FillBy::Volume
        };
        enter(by).run(typed);
    });
    let fill_up = Callback::new(move |()| {
        let ceiling = full_tank_ceiling(chosen.get_untracked().and_then(|fuel| fuel.max));
        enter(FillBy::FullTank).run(locale.hundredths(ceiling.get()));
    });
    let error = shared.error_in(&["draft.fuel.volume_centi", "draft.fuel.by"]);
    let volume_label = Signal::derive(move || {
        let word = if is_full() {
            locale.pick("Не больше", "At most")
        } else {
            locale.pick("Объём", "Volume")
        };
        format!("{word}, {}", unit().sign(locale))
    });
    let cap = Signal::derive(move || {
        let cap = chosen.get().and_then(|fuel| Some(locale.quantity(fuel.max?, fuel.unit)));
        let said =
            |cap| format!("{} {cap} {}", locale.pick("До", "Up to"), locale.pick("за раз", "at a time"));
        cap.map(said).unwrap_or_default()
    });
    let chip = move |by: FillBy, whole: i64| {
        let label = match by {
            FillBy::Amount => Signal::derive(move || locale.short_money(Kopecks::new(whole * 100))),
            _ => Signal::derive(move || format!("{whole}\u{a0}{}", unit().sign(locale))),
        };
        let pressed = Signal::derive(move || {
            form.with(|form| form.by == by && parse_hundredths(&form.typed) == Some(whole * 100))
        });
        let press = Callback::new(move |()| enter(by).run(locale.hundredths(whole * 100)));
        view! { <Chip label pressed on_press=press /> }
    };
    view! {
        <section class="section">
            <h2>{locale.pick("Сумма и объём", "Sum and volume")}</h2>
            <div class="pair">
                <Field
                    id="sum"
                    label=locale.pick("Сумма, ₽", "Sum, ₽").to_owned()
                    value=shown(FillBy::Amount)
                    on_input=enter(FillBy::Amount)
                    inputmode="decimal"
                    maxlength=12
                />
                <Field
                    id="volume"
                    label=volume_label
                    value=shown(FillBy::Volume)
                    on_input=enter_volume
                    hint=cap
                    error
                    inputmode="decimal"
                    maxlength=12
                />
            </div>
            <ChipStrip legend=locale.pick("Сумма", "Sum")>
                {SUMS.map(|sum| chip(FillBy::Amount, sum)).collect_view()}
            </ChipStrip>
            <ChipStrip legend=locale.pick("Объём", "Volume")>
                {VOLUMES.map(|volume| chip(FillBy::Volume, volume)).collect_view()}
                {full_tank.then(|| view! {
                    <Chip
                        label=Signal::stored(locale.pick("Полный бак", "Full tank").to_owned())
                        pressed=Signal::derive(is_full)
                        on_press=fill_up
                    />
                })}
            </ChipStrip>
            {move || is_full().then(|| view! { <p class="caption" role="status">{of_full_tank(locale)}</p> })}
        </section>
    }
    .into_any()
}

/// The master keeps its digits as typed; the other field follows from the price.
pub(in crate::pages) fn other_side(
    form: &FormDraft,
    field: FillBy,
    price: Option<Kopecks>,
    locale: Locale,
) -> String {
    let master = if form.by == FillBy::FullTank { FillBy::Volume } else { form.by };
    if master == field {
        return form.typed.clone();
    }
    let (Some(number), Some(price)) = (parse_hundredths(&form.typed), price) else { return String::new() };
    let followed = match field {
        FillBy::Volume => Centi::affordable(Kopecks::new(number), price).map(Centi::get),
        _ => Centi::new(number).cost(price).map(Kopecks::get),
    };
    followed.map(|value| locale.hundredths(value)).unwrap_or_default()
}

fn services(shared: &Shared) -> AnyView {
    let items = shared.station.services.iter().map(|service| service_row(shared, service)).collect_view();
    view! {
        <section class="section">
            <h2>{shared.locale.pick("Услуги и товары", "Services and goods")}</h2>
            <ul class="items">{items}</ul>
        </section>
    }
    .into_any()
}

fn service_row(shared: &Shared, service: &ServiceView) -> AnyView {
    let Shared { locale, form, .. } = shared.clone();
    let sku = service.sku.0.clone();
    let count = {
        let sku = sku.clone();
        Signal::derive(move || form.with(|form| form.items.get(&sku).copied().unwrap_or_default()))
    };
    let change = Callback::new(move |count: u32| {
        form.update(|form| {
            if count == 0 {
                form.items.remove(&sku);
            } else {
                form.items.insert(sku.clone(), count);
            }
        });
    });
    let name = service.name.clone();
    let words = StepperWords {
        name: name.clone(),
        less: locale.pick("Убрать одну", "One less").to_owned(),
        more: locale.pick("Добавить одну", "One more").to_owned(),
        remove: locale.pick("Удалить", "Remove").to_owned(),
        limit: locale.pick("Не больше 99", "No more than 99").to_owned(),
    };
    let add_label = format!("{} {name}", locale.pick("Добавить", "Add"));
    view! {
        <Item name=name.clone() note=locale.money(service.price)>
            {move || if count.get() == 0 {
                view! {
                    <Button
                        kind=ButtonKind::Secondary
                        size=ButtonSize::Medium
                        label=add_label.clone()
                        on_press=Callback::new(move |()| change.run(1))
                    >
                        {locale.pick("Добавить", "Add")}
                    </Button>
                }
                .into_any()
            } else {
                view! { <Stepper words=words.clone() value=count on_change=change /> }.into_any()
            }}
        </Item>
    }
    .into_any()
}

fn bar(shared: &Shared) -> AnyView {
    let Shared { station, locale, form, told, priced } = shared.clone();
    let navigate = use_navigate();
    let go_on = Callback::new(move |()| {
        if place::Elsewhere::is_asked() {
            return place::point_out();
        }
        if priced.get_untracked().is_ok() {
            navigate(&format!("/stations/{}/confirm", station.id), NavigateOptions::default());
        } else {
            told.set(true);
            focus_first_error();
        }
    });
    let sum = Signal::derive(move || locale.money(priced.get().unwrap_or_default()));
    let count = Signal::derive(move || {
        form.with(|form| u32::from(form.fuel.is_some()) + u32::try_from(form.items.len()).unwrap_or_default())
    });
    view! {
        <AmountBar caption=locale.pick("Итого:", "Total:") sum count>
            <Button kind=ButtonKind::Primary on_press=go_on>{locale.pick("Продолжить", "Continue")}</Button>
        </AmountBar>
    }
    .into_any()
}

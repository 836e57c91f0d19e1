//! A new sale: pump, fuel, how much, goods; priced live by the function that the server prices with.

use domain::{
    draft::FillBy,
    fuel::FuelId,
    id::IdempotencyKey,
    locale::Locale,
    money::Kopecks,
    quote::Quote,
    refusal::{Code, Refusal},
    sentence::of_refusal,
    station::PumpState,
    unit::Unit,
    view::StationView,
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use super::{
    Panel, Till,
    api::{self, Sale},
    goods::goods,
    keys, station,
};
use crate::{
    components::{
        Button, ButtonKind, ChipRadio, ChipStrip, Field, Notice, NoticeKind, PumpOption, PumpPicker, Totals,
    },
    pages::station::{choose_fuel, other_side},
    state::{FormDraft, focus_first_error, new_key},
};

/// What the sections of the form share.
#[derive(Clone, Copy)]
struct Form {
    till: Till,
    draft: RwSignal<FormDraft>,
    priced: Memo<Result<(Kopecks, Kopecks), Mistake>>,
    /// The cashier has pressed the button: now mistakes are told.
    told: RwSignal<bool>,
}

/// A refusal of pricing, as the sections show it.
#[derive(Clone, Debug, PartialEq)]
struct Mistake {
    field: Option<&'static str>,
    text: String,
}

impl Form {
    fn error_in(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        Signal::derive(move || {
            let mistake = self.priced.get().err().filter(|_| self.told.get())?;
            mistake.field.is_some_and(|field| fields.contains(&field)).then_some(mistake.text)
        })
    }
}

/// The form, drawn anew when the station's prices or pumps have changed; what was typed stays.
pub fn sale(till: Till) -> AnyView {
    let (draft, busy) = (RwSignal::new(FormDraft::default()), RwSignal::new(false));
    let last_key = StoredValue::new((Uuid::nil(), None::<Sale>));
    station::refresh(till);
    view! {
        {move || {
            let station = till.station.get()?;
            keys::keep_focus(".till-sale");
            Some(form(till, station, draft, busy, last_key))
        }}
    }
    .into_any()
}

fn form(
    till: Till,
    station: StationView,
    draft: RwSignal<FormDraft>,
    busy: RwSignal<bool>,
    last_key: StoredValue<(Uuid, Option<Sale>)>,
) -> AnyView {
    let locale = till.locale;
    let priced = {
        let station = station.clone();
        Memo::new(move |_| {
            price(&station, draft)
                .map(|quote| (quote.total, quote.vat))
                .map_err(|refusal| Mistake { field: refusal.field(), text: of_refusal(&refusal, locale) })
        })
    };
    let form = Form { till, draft, priced, told: RwSignal::new(false) };
    let submit = {
        let station = station.clone();
        move || match price(&station, draft) {
            Ok(quote) => send(till, asked(&station, draft, &quote, last_key), draft, busy),
            Err(_) => {
                form.told.set(true);
                focus_first_error();
            }
        }
    };
    let general = move || {
        let mistake = form.priced.get().err().filter(|_| form.told.get())?;
        mistake.field.is_none().then(|| view! { <Notice kind=NoticeKind::Warning text=mistake.text /> })
    };
    let total = Signal::derive(move || locale.money(priced.get().map_or(Kopecks::ZERO, |(total, _)| total)));
    let vat = Signal::derive(move || priced.get().map(|(_, vat)| locale.money(vat)).unwrap_or_default());
    view! {
        <form
            class="till-sale"
            aria-labelledby="till-sale-title"
            on:submit=move |event| {
                event.prevent_default();
                if !busy.get_untracked() {
                    submit();
                }
            }
        >
            <h2 id="till-sale-title">{locale.pick("Новая продажа", "New sale")}</h2>
            {general}
            {pumps(form, &station)}
            {fuels(form, &station)}
            {amount(form, &station)}
            {goods(&station, locale, draft)}
            <div class="till-foot">
                <Totals
                    total_label=locale.pick("Итого:", "Total:")
                    total
                    vat_label=locale.pick("В т.ч. НДС:", "VAT included:")
                    vat
                />
                <Button kind=ButtonKind::Primary submit=true busy>
                    {locale.pick("Выпустить пречек", "Issue the pre-check")}
                </Button>
            </div>
        </form>
    }
    .into_any()
}

fn price(station: &StationView, draft: RwSignal<FormDraft>) -> Result<Quote, Refusal> {
    draft.with(|draft| draft.with_basket(|basket| station.quote(basket)))
}

/// The request, with the key of its content: what is sent again after a lost answer is the same sale.
fn asked(
    station: &StationView,
    draft: RwSignal<FormDraft>,
    quote: &Quote,
    last_key: StoredValue<(Uuid, Option<Sale>)>,
) -> Sale {
    let mut sale = draft.with_untracked(|draft| Sale {
        idempotency_key: IdempotencyKey(Uuid::nil()),
        station_id: station.id.clone(),
        pump: draft.pump().filter(|_| draft.fuel.is_some()),
        fuel: draft.fuel_choice(),
        items: draft.items(),
        expected_total: quote.total,
    });
    let (key, before) = last_key.get_value();
    let key = if before.as_ref() == Some(&sale) { key } else { new_key() };
    last_key.set_value((key, Some(sale.clone())));
    sale.idempotency_key = IdempotencyKey(key);
    sale
}

fn send(till: Till, sale: Sale, draft: RwSignal<FormDraft>, busy: RwSignal<bool>) {
    busy.set(true);
    till.trouble.set(None);
    spawn_local(async move {
        let answer = api::sell(till.locale, &sale).await;
        busy.try_set(false);
        match answer {
            Ok(placed) => {
                draft.try_set(FormDraft::default());
                till.panel.try_set(Panel::Order(Box::new(placed)));
                till.reload();
            }
            Err(trouble) => {
                let changed = matches!(
                    trouble.code(),
                    Some(
                        Code::PriceChanged
                            | Code::PumpUnavailable
                            | Code::FuelUnavailable
                            | Code::StationClosed
                    )
                );
                if changed {
                    station::refresh(till);
                }
                till.tell(&trouble);
            }
        }
    });
}

fn pumps(form: Form, station: &StationView) -> AnyView {
    let (locale, draft) = (form.till.locale, form.draft);
    let pumps = station.pumps.clone();
    let options = Signal::derive(move || {
        let fuel = draft.with(|draft| draft.fuel);
        pumps
            .iter()
            .map(|pump| {
                let lacks = fuel.is_some_and(|fuel| !pump.fuels.contains(&fuel));
                let why = match pump.state {
                    PumpState::Busy => locale.pick(", занята", ", busy"),
                    PumpState::OutOfOrder => locale.pick(", не работает", ", out of order"),
                    _ if lacks => locale.pick(", нет этого топлива", ", lacks this fuel"),
                    _ => "",
                };
                PumpOption {
                    number: u32::from(pump.number.0),
                    label: format!("{} {}{why}", locale.pick("Колонка", "Pump"), pump.number),
                    disabled: lacks || !pump.state.usable(),
                }
            })
            .collect::<Vec<_>>()
    });
    let selected = Signal::derive(move || draft.with(|draft| draft.pump.map(u32::from)));
    let select =
        Callback::new(move |number: u32| draft.update(|draft| draft.pump = u16::try_from(number).ok()));
    let error = form.error_in(&["draft.pump"]);
    view! { <PumpPicker legend=locale.pick("Колонка", "Pump") pumps=options selected on_select=select error /> }
        .into_any()
}

fn fuels(form: Form, station: &StationView) -> AnyView {
    let (locale, draft) = (form.till.locale, form.draft);
    let is = move |fuel: Option<FuelId>| Signal::derive(move || draft.with(|draft| draft.fuel == fuel));
    let chip = |fuel: &domain::view::FuelView| {
        let (id, whole) = (fuel.id, station.clone());
        let name = if fuel.name.is_empty() { id.name(locale).to_owned() } else { fuel.name.clone() };
        let price = fuel.price.filter(|_| fuel.available);
        let label = match price {
            Some(price) => format!("{name} · {}", locale.unit_price(price, fuel.unit)),
            None => format!("{name} · {}", locale.pick("нет", "none")),
        };
        let select = Callback::new(move |()| draft.update(|draft| choose_fuel(draft, &whole, id)));
        let disabled = price.is_none();
        view! { <ChipRadio name="till-fuel" value=id.id() label checked=is(Some(id)) disabled on_select=select /> }
    };
    let chips = station.fuels.iter().map(chip).collect_view();
    let without = Callback::new(move |()| draft.update(|draft| draft.fuel = None));
    let error = form.error_in(&["draft.fuel.id"]);
    view! {
        <section class="section">
            <h3 class="legend">{locale.pick("Топливо", "Fuel")}</h3>
            <ChipStrip legend=locale.pick("Топливо", "Fuel") wrap=true>
                {chips}
                <ChipRadio
                    name="till-fuel"
                    value="none"
                    label=locale.pick("Без топлива", "No fuel")
                    checked=is(None)
                    on_select=without
                />
            </ChipStrip>
            {move || error.get().map(|text| view! { <p class="field-note" role="alert" data-error="">{text}</p> })}
        </section>
    }
    .into_any()
}

fn amount(form: Form, station: &StationView) -> AnyView {
    let (locale, draft) = (form.till.locale, form.draft);
    let fuels = station.fuels.clone();
    let chosen = Memo::new(move |_| {
        let id = draft.with(|draft| draft.fuel)?;
        fuels.iter().find(|fuel| fuel.id == id).cloned()
    });
    let shown = move |field: FillBy| {
        Signal::derive(move || {
            let price = chosen.get().and_then(|fuel| fuel.price);
            draft.with(|draft| other_side(draft, field, price, locale))
        })
    };
    let enter = move |by: FillBy| {
        Callback::new(move |typed: String| draft.update(|draft| (draft.by, draft.typed) = (by, typed)))
    };
    let volume_label = Signal::derive(move || {
        let unit = chosen.get().map_or(Unit::Litre, |fuel| fuel.unit);
        format!("{}, {}", locale.pick("Объём", "Volume"), unit.sign(locale))
    });
    let error = form.error_in(&["draft.fuel.volume_centi", "draft.fuel.by"]);
    let fuelled = Memo::new(move |_| chosen.get().is_some());
    view! {
        {move || fuelled.get().then(|| view! {
            <div class="pair">
                <Field
                    id="till-sum"
                    label=sum_label(locale)
                    value=shown(FillBy::Amount)
                    on_input=enter(FillBy::Amount)
                    inputmode="decimal"
                    maxlength=12
                />
                <Field
                    id="till-volume"
                    label=volume_label
                    value=shown(FillBy::Volume)
                    on_input=enter(FillBy::Volume)
                    error
                    inputmode="decimal"
                    maxlength=12
                />
            </div>
        })}
    }
    .into_any()
}

fn sum_label(locale: Locale) -> String {
    locale.pick("Сумма, ₽", "Sum, ₽").to_owned()
}

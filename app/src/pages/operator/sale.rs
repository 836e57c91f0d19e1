//! A new sale: pump, fuel, how much, goods; priced live by the function that the server prices with.

use std::sync::Arc;

use domain::{
    fuel::FuelId, id::IdempotencyKey, quote::Quote, refusal::Code, station::FuelProduct, view::StationView,
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use super::{
    Panel, Till,
    api::{self, Sale},
    keys, station,
};
use crate::{
    components::{Button, ButtonKind, ChipRadio, ChipStrip, Totals},
    pages::basket::{BasketForm, Under, choose_fuel, fuel_offer, goods, pair, pump_picker},
    state::{FormDraft, new_key},
};

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
    let basket = BasketForm::open(Arc::new(station), locale, draft);
    let submit = {
        let basket = basket.clone();
        move || {
            if let Some(quote) = basket.checked() {
                send(till, asked(&basket.station, draft, &quote, last_key), draft, busy);
            }
        }
    };
    let priced = basket.priced;
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
            {basket.general()}
            {pump_picker(&basket)}
            {fuels(&basket)}
            {amount(&basket)}
            {goods(&basket, Under::Part)}
            <div class="till-foot">
                <Totals
                    total_label=locale.pick("Итого:", "Total:")
                    total=basket.total()
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

fn fuels(basket: &BasketForm) -> AnyView {
    let (locale, draft) = (basket.locale, basket.form);
    let is = move |fuel: Option<FuelId>| Signal::derive(move || draft.with(|draft| draft.fuel == fuel));
    let chip = |fuel: &FuelProduct| {
        let (id, station) = (fuel.id, Arc::clone(&basket.station));
        let (label, sold) = fuel_offer(fuel, locale);
        let select = Callback::new(move |()| draft.update(|draft| choose_fuel(draft, &station.trade, id)));
        view! { <ChipRadio name="till-fuel" value=id.id() label checked=is(Some(id)) disabled=!sold on_select=select /> }
    };
    let chips = basket.station.trade.fuels.iter().map(chip).collect_view();
    let without = Callback::new(move |()| draft.update(|draft| draft.fuel = None));
    let error = basket.error_in(&["draft.fuel.id"]);
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

fn amount(basket: &BasketForm) -> AnyView {
    let (basket, chosen) = (basket.clone(), basket.chosen());
    let fuelled = Memo::new(move |_| chosen.get().is_some());
    (move || fuelled.get().then(|| pair(&basket, chosen, "till-"))).into_any()
}

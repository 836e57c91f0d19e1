//! A new sale: pump, fuel, amount, goods; priced live by the function that the server prices with.

use std::sync::Arc;

use domain::{
    fuel::FuelId, id::IdempotencyKey, quote::Quote, refusal::Code, station::FuelProduct, view::StationView,
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use super::{
    api::{self, SaleRequest},
    context::{DeskContext, DeskPanel},
    keys, station,
};
use crate::{
    components::{Button, ButtonKind, ChipRadio, ChipStrip, Totals},
    pages::draft_form::{
        DraftForm, HeadingLevel, amount_fields, choose_fuel, fuel_offer, goods, pump_picker,
    },
    state::{FormDraft, new_key},
};

/// The form, drawn again when the station's prices or pumps have changed; what was typed stays.
pub fn sale(desk: DeskContext) -> AnyView {
    let (draft, busy) = (RwSignal::new(FormDraft::default()), RwSignal::new(false));
    let last_key = StoredValue::new((Uuid::nil(), None::<SaleRequest>));
    station::refresh(desk);
    view! {
        {move || {
            let station = desk.station.get()?;
            keys::keep_focus(".desk-sale");
            Some(form(desk, station, draft, busy, last_key))
        }}
    }
    .into_any()
}

fn form(
    desk: DeskContext,
    station: StationView,
    draft: RwSignal<FormDraft>,
    busy: RwSignal<bool>,
    last_key: StoredValue<(Uuid, Option<SaleRequest>)>,
) -> AnyView {
    let locale = desk.locale;
    let draft_form = DraftForm::open(Arc::new(station), locale, draft);
    let submit = {
        let draft_form = draft_form.clone();
        move || {
            if let Some(quote) = draft_form.check_quote() {
                send(desk, to_sale_request(&draft_form.station, draft, &quote, last_key), draft, busy);
            }
        }
    };
    let priced = draft_form.priced;
    let vat = Signal::derive(move || priced.get().map(|(_, vat)| locale.money(vat)).unwrap_or_default());
    view! {
        <form
            class="desk-sale"
            aria-labelledby="desk-sale-title"
            on:submit=move |event| {
                event.prevent_default();
                if !busy.get_untracked() {
                    submit();
                }
            }
        >
            <h2 id="desk-sale-title">{locale.pick("Новая продажа", "New sale")}</h2>
            {draft_form.general_error()}
            {pump_picker(&draft_form, false)}
            {fuel_choices(&draft_form)}
            {amount(&draft_form)}
            {goods(&draft_form, HeadingLevel::Part)}
            <div class="desk-foot">
                <Totals
                    total_label=locale.pick("Итого:", "Total:")
                    total=draft_form.total()
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

/// The request, with the key of its content: sent again after a lost answer it is the same sale.
fn to_sale_request(
    station: &StationView,
    draft: RwSignal<FormDraft>,
    quote: &Quote,
    last_key: StoredValue<(Uuid, Option<SaleRequest>)>,
) -> SaleRequest {
    let mut sale = draft.with_untracked(|draft| SaleRequest {
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

fn send(desk: DeskContext, sale: SaleRequest, draft: RwSignal<FormDraft>, busy: RwSignal<bool>) {
    busy.set(true);
    desk.failure.set(None);
    spawn_local(async move {
        let answer = api::sell(desk.locale, &sale).await;
        busy.try_set(false);
        match answer {
            Ok(placed) => {
                draft.try_set(FormDraft::default());
                desk.panel.try_set(DeskPanel::Order(Box::new(placed)));
                desk.reload();
            }
            Err(failure) => {
                let changed = matches!(
                    failure.code(),
                    Some(
                        Code::PriceChanged
                            | Code::PumpUnavailable
                            | Code::FuelUnavailable
                            | Code::StationClosed
                    )
                );
                if changed {
                    station::refresh(desk);
                }
                desk.show_failure(&failure);
            }
        }
    });
}

fn fuel_choices(draft_form: &DraftForm) -> AnyView {
    let (locale, draft) = (draft_form.locale, draft_form.form);
    let is = move |fuel: Option<FuelId>| Signal::derive(move || draft.with(|draft| draft.fuel == fuel));
    let chip = |fuel: &FuelProduct| {
        let (id, station) = (fuel.id, Arc::clone(&draft_form.station));
        let (label, sold) = fuel_offer(fuel, locale);
        let select = Callback::new(move |()| draft.update(|draft| choose_fuel(draft, &station.trade, id)));
        view! { <ChipRadio name="desk-fuel" value=id.id() label checked=is(Some(id)) disabled=!sold on_select=select /> }
    };
    let chips = draft_form.station.trade.fuels.iter().map(chip).collect_view();
    let without = Callback::new(move |()| draft.update(|draft| draft.fuel = None));
    let error = draft_form.field_error(&["draft.fuel.id"]);
    view! {
        <section class="section">
            <h3 class="legend">{locale.pick("Топливо", "Fuel")}</h3>
            <ChipStrip legend=locale.pick("Топливо", "Fuel") wrap=true>
                {chips}
                <ChipRadio
                    name="desk-fuel"
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

fn amount(draft_form: &DraftForm) -> AnyView {
    let (draft_form, chosen) = (draft_form.clone(), draft_form.chosen_fuel());
    let fuelled = Memo::new(move |_| chosen.get().is_some());
    (move || fuelled.get().then(|| amount_fields(&draft_form, chosen, "desk-"))).into_any()
}

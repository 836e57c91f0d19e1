//! S8: the whole mini-app inside a card of the payment page. Native lists, since a short frame cuts off any other;
//! no goods; one press adds the order to the invoice that is being paid.

use std::sync::Arc;

use domain::{fuel::FuelId, money::Kopecks, view::StationView};
use leptos::prelude::*;

use super::{
    choice,
    offer::{StationOffer, standing},
};
use crate::{
    components::{Button, ButtonKind, SelectField, SelectOption, Totals},
    pages::{
        draft_form::{DraftForm, choose_fuel, fuel_offer, pair, pump_list},
        placing::{Placing, consent, payer_line},
    },
    state::{DraftStore, Language},
};

pub fn card(station: Arc<StationView>) -> AnyView {
    let locale = Language::from_context().current();
    let store = DraftStore::from_context();
    let draft_form = DraftForm::open(Arc::clone(&station), locale, store.form);
    leave_goods(store);
    let StationOffer { refused, fuel: sells, .. } = StationOffer::at(&station);
    // Without goods the only thing that can be missing altogether is fuel, which its own list says.
    let has_fuel = Memo::new(move |_| store.form.with(|form| form.fuel.is_some()));
    let general = draft_form.clone();
    view! {
        <main data-screen="station">
            <h1 class="lead">{locale.pick("Укажите топливо и объём", "Fuel and volume")}</h1>
            {choice::on_card(&station, locale)}
            {refused.map(|refusal| standing(&refusal, false, locale))}
            {move || has_fuel.get().then(|| general.general())}
            {sells.then(|| view! {
                <div class="card-form">
                    {fuels(&draft_form)}
                    {pump_list(&draft_form)}
                    {pair(&draft_form, draft_form.chosen(), "")}
                </div>
                {order(&draft_form, store)}
            })}
        </main>
    }
    .into_any()
}

/// A draft begun elsewhere may hold goods, which this card does not show: nobody pays for what is not on screen.
fn leave_goods(store: DraftStore) {
    Effect::new(move |_| {
        if store.ready.get() && store.form.with(|form| !form.items.is_empty()) {
            store.form.update(|form| form.items.clear());
        }
    });
}

fn fuels(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let mut options = vec![SelectOption::invitation(locale.pick("Выберите топливо", "Choose fuel"))];
    options.extend(station.trade.fuels.iter().map(|fuel| {
        let (label, sold) = fuel_offer(fuel, locale);
        SelectOption { value: fuel.id.id().to_owned(), label, disabled: !sold }
    }));
    let value =
        Signal::derive(move || form.with(|form| form.fuel.map(|id| id.id().to_owned())).unwrap_or_default());
    let choose = Callback::new(move |id: String| {
        if let Some(id) = FuelId::parse(&id) {
            form.update(|form| choose_fuel(form, &station.trade, id));
        }
    });
    let (told, refused) = (draft_form.shows_mistakes(), draft_form.error_in(&["draft.fuel.id"]));
    let error = Signal::derive(move || {
        let missing = told.get() && form.with(|form| form.fuel.is_none());
        refused.get().or_else(|| missing.then(|| locale.pick("Выберите топливо.", "Choose fuel.").to_owned()))
    });
    view! {
        <SelectField
            id="fuel"
            label=locale.pick("Топливо", "Fuel")
            options=Signal::stored(options)
            value
            on_change=choose
            error
        />
    }
    .into_any()
}

/// Total, payer, consent, and the press.
fn order(draft_form: &DraftForm, store: DraftStore) -> AnyView {
    let (locale, priced) = (draft_form.locale, draft_form.priced);
    // What the server asks for, until the customer changes something.
    let told = RwSignal::new(None::<(Kopecks, Kopecks)>);
    Effect::new(move |_| {
        store.form.track();
        told.set(None);
    });
    let now = move || told.get().or_else(|| priced.get().ok());
    let total = Signal::derive(move || locale.money(now().map_or(Kopecks::ZERO, |(total, _)| total)));
    let vat = Signal::derive(move || now().map(|(_, vat)| locale.money(vat)).unwrap_or_default());
    let placing = Placing::open(store, locale);
    let send = placing.press(Callback::new(move |quote: domain::view::QuoteView| {
        told.set(Some((quote.total, quote.vat)));
    }));
    let draft_form = draft_form.clone();
    let add = Callback::new(move |()| {
        if let Some(quote) = draft_form.checked() {
            send.run(told.get_untracked().map_or(quote.total, |(total, _)| total));
        }
    });
    let payer = move || store.payer.with(payer_line);
    view! {
        <Totals
            total_label=locale.pick("Итого:", "Total:")
            total
            vat_label=locale.pick("В т.ч. НДС:", "VAT included:")
            vat
        />
        <details class="card-payer" prop:open=move || placing.asks_payer().get()>
            <summary>{move || format!("{}: {}", locale.pick("Плательщик", "Payer"), payer())}</summary>
            {placing.payer_fields()}
        </details>
        {consent(locale)}
        {placing.failure()}
        <Button kind=ButtonKind::Primary busy=placing.busy on_press=add>
            {locale.pick("Добавить в заказ", "Add to the order")}
        </Button>
    }
    .into_any()
}

//! The mini-app as a suborder: the card on a payment page. Native lists, since a short frame cuts off any other; no
//! goods; one press adds the order to the invoice that is being paid.

use std::sync::Arc;

use domain::{fuel::FuelId, money::Kopecks, view::StationView};
use leptos::prelude::*;

use super::{
    choice,
    offer::{StationOffer, closed_notice, refusal_notice},
};
use crate::{
    components::{Button, ButtonKind, SelectField, SelectOption, Totals},
    pages::{
        draft_form::{DraftForm, amount_fields, choose_fuel, fuel_offer, pump_list, start_choice},
        placing::{Placing, consent, payer_line},
    },
    state::{DraftStore, Language},
};

pub fn card(station: Arc<StationView>) -> AnyView {
    let locale = Language::from_context().current();
    let store = DraftStore::from_context();
    let draft_form = DraftForm::open(Arc::clone(&station), locale, store.form);
    clear_goods(store);
    let StationOffer { refused, fuel: sells, .. } = StationOffer::from_station(&station);
    // Without goods only fuel can be missing altogether, and its own list shows that.
    let has_fuel = Memo::new(move |_| store.form.with(|form| form.fuel.is_some()));
    let error_form = draft_form.clone();
    view! {
        <main data-screen="station">
            <h1 class="lead">{locale.pick("Укажите топливо и объём", "Fuel and volume")}</h1>
            {choice::on_card(&station, locale)}
            {closed_notice(&station, locale)}
            {refused.map(|refusal| refusal_notice(&refusal, false, locale))}
            {move || has_fuel.get().then(|| error_form.general_error())}
            {sells.then(|| view! {
                <div class="card-form">
                    {fuels(&draft_form)}
                    {pump_list(&draft_form)}
                    {amount_fields(&draft_form, draft_form.chosen_fuel(), "")}
                </div>
                {start_choice(&draft_form)}
                {order(&draft_form, store)}
            })}
        </main>
    }
    .into_any()
}

/// Removes goods from a draft that was begun elsewhere: this card does not show them, and nobody pays for what is not on
/// screen.
fn clear_goods(store: DraftStore) {
    Effect::new(move |_| {
        if store.ready.get() && store.form.with(|form| !form.items.is_empty()) {
            store.form.update(|form| form.items.clear());
        }
    });
}

fn fuels(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let mut options = vec![SelectOption::placeholder(locale.pick("Выберите топливо", "Choose fuel"))];
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
    let (shows_mistakes, refused) = (draft_form.shows_mistakes(), draft_form.field_error(&["draft.fuel.id"]));
    let error = Signal::derive(move || {
        let missing = shows_mistakes.get() && form.with(|form| form.fuel.is_none());
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
    // The server's new price, until the customer changes something.
    let repriced = RwSignal::new(None::<(Kopecks, Kopecks)>);
    Effect::new(move |_| {
        store.form.track();
        repriced.set(None);
    });
    let now = move || repriced.get().or_else(|| priced.get().ok());
    let total = Signal::derive(move || locale.money(now().map_or(Kopecks::ZERO, |(total, _)| total)));
    let vat = Signal::derive(move || now().map(|(_, vat)| locale.money(vat)).unwrap_or_default());
    let placing = Placing::open(store, locale);
    let send = placing.submit(Callback::new(move |quote: domain::view::QuoteView| {
        repriced.set(Some((quote.total, quote.vat)));
    }));
    let draft_form = draft_form.clone();
    let add = Callback::new(move |()| {
        if let Some(quote) = draft_form.check_quote() {
            send.run(repriced.get_untracked().map_or(quote.total, |(total, _)| total));
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
        <details class="card-payer" prop:open=move || placing.has_payer_mistake().get()>
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

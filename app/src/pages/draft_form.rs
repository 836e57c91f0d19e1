//! The parts of a form that fills a draft: those of the customer's page, of the card on a payment page and of the
//! cashier's desk. Priced live by the function that the server prices with.

mod amount;
mod fuel;
mod goods;
mod pumps;
mod start;

use std::sync::Arc;

use domain::{
    locale::Locale, money::Kopecks, pricing::price_draft, quote::Quote, refusal::OrderRefusal,
    station::FuelProduct, texts::describe_order_refusal, view::StationView,
};
use leptos::prelude::*;

pub use amount::amount_fields;
pub use fuel::{choose_fuel, fuel_name, fuel_offer};
pub use goods::{HeadingLevel, goods};
pub use pumps::{choose_pump, list as pump_list, picker as pump_picker, pump_option};
pub use start::{describe_start, describe_start_time, start_choice};

use crate::{
    components::{Notice, NoticeKind},
    state::{FormDraft, focus_first_error},
};

/// State that the parts share.
#[derive(Clone)]
pub struct DraftForm {
    pub station: Arc<StationView>,
    pub locale: Locale,
    pub form: RwSignal<FormDraft>,
    /// Total and the VAT in it.
    pub priced: Memo<Result<(Kopecks, Kopecks), PricingMistake>>,
    /// The button has been pressed: mistakes are shown.
    shows_mistakes: RwSignal<bool>,
}

/// A refusal of pricing, as the parts show it.
#[derive(Clone, Debug, PartialEq)]
pub struct PricingMistake {
    field: Option<&'static str>,
    text: String,
}

impl DraftForm {
    pub fn open(station: Arc<StationView>, locale: Locale, form: RwSignal<FormDraft>) -> Self {
        let priced_station = Arc::clone(&station);
        let priced = Memo::new(move |_| {
            price_form(&priced_station, form).map(|quote| (quote.total, quote.vat)).map_err(|refusal| {
                PricingMistake { field: refusal.field(), text: describe_order_refusal(&refusal, locale) }
            })
        });
        Self { station, locale, form, priced, shows_mistakes: RwSignal::new(false) }
    }

    /// Prices the form for an order. `None` if something is missing: then mistakes are shown from now on, and the first of
    /// them gets the focus.
    pub fn check_quote(&self) -> Option<Quote> {
        let quote = untrack(|| price_form(&self.station, self.form)).ok();
        if quote.is_none() {
            self.shows_mistakes.set(true);
            focus_first_error();
        }
        quote
    }

    /// The total; zero while nothing is chosen.
    pub fn total(&self) -> Signal<String> {
        let (locale, priced) = (self.locale, self.priced);
        Signal::derive(move || locale.money(priced.get().map_or(Kopecks::ZERO, |(total, _)| total)))
    }

    /// Whether mistakes are shown: the button has been pressed.
    pub fn shows_mistakes(&self) -> Signal<bool> {
        self.shows_mistakes.into()
    }

    /// The text of a mistake in one of these fields, once mistakes are shown.
    pub fn field_error(&self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        let (shows_mistakes, priced) = (self.shows_mistakes, self.priced);
        Signal::derive(move || {
            let mistake = priced.get().err().filter(|_| shows_mistakes.get())?;
            mistake.field.is_some_and(|field| fields.contains(&field)).then_some(mistake.text)
        })
    }

    /// A mistake that is in no field, once mistakes are shown.
    pub fn general_error(&self) -> AnyView {
        let (shows_mistakes, priced) = (self.shows_mistakes, self.priced);
        let notice = move || {
            let mistake = priced.get().err().filter(|_| shows_mistakes.get())?;
            mistake.field.is_none().then(|| view! { <Notice kind=NoticeKind::Warning text=mistake.text /> })
        };
        notice.into_any()
    }

    /// The chosen grade.
    pub fn chosen_fuel(&self) -> Memo<Option<FuelProduct>> {
        let (station, form) = (Arc::clone(&self.station), self.form);
        Memo::new(move |_| {
            let id = form.with(|form| form.fuel)?;
            station.trade.fuel(id).cloned()
        })
    }
}

fn price_form(station: &StationView, form: RwSignal<FormDraft>) -> Result<Quote, OrderRefusal> {
    form.with(|form| form.with_content(|content| price_draft(station.offer(), content)))
}

//! The choice of a pump: pumps that lack the grade, are busy or broken are shown with the reason.

use domain::{
    fuel::FuelId,
    locale::Locale,
    station::{Pump, PumpState},
};
use leptos::prelude::*;

use super::DraftForm;
use crate::components::{PumpOption, PumpPicker, SelectField, SelectOption};

/// Whether a pump cannot be chosen, and the reason as a text.
fn pump_unavailability(pump: &Pump, fuel: Option<FuelId>, locale: Locale) -> (bool, &'static str) {
    let lacks = fuel.is_some_and(|fuel| !pump.fuels.contains(&fuel));
    let why = match pump.state {
        PumpState::Busy => locale.pick(", занята", ", busy"),
        PumpState::OutOfOrder => locale.pick(", не работает", ", out of order"),
        _ if lacks => locale.pick(", нет этого топлива", ", lacks this fuel"),
        _ => "",
    };
    (lacks || !pump.state.is_orderable(), why)
}

/// All pumps as big squares.
pub fn picker(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let options = Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        let option = |pump: &Pump| {
            let (disabled, why) = pump_unavailability(pump, fuel, locale);
            let label = format!("{} {}{why}", locale.pick("Колонка", "Pump"), pump.number);
            PumpOption { number: u32::from(pump.number.0), label, disabled }
        };
        station.trade.pumps.iter().map(option).collect::<Vec<_>>()
    });
    let selected = Signal::derive(move || form.with(|form| form.pump.map(u32::from)));
    let select = Callback::new(move |number: u32| form.update(|form| form.pump = u16::try_from(number).ok()));
    let legend = locale.pick("Колонка", "Pump");
    let error = draft_form.field_error(&["draft.pump"]);
    view! { <PumpPicker legend pumps=options selected on_select=select error /> }.into_any()
}

/// All pumps in the phone's own list.
pub fn list(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let options = Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        let line = |pump: &Pump| {
            let (disabled, why) = pump_unavailability(pump, fuel, locale);
            SelectOption { value: pump.number.to_string(), label: format!("{}{why}", pump.number), disabled }
        };
        let first = SelectOption::placeholder(locale.pick("Номер", "Number"));
        std::iter::once(first).chain(station.trade.pumps.iter().map(line)).collect::<Vec<_>>()
    });
    let value = Signal::derive(move || {
        form.with(|form| form.pump.map(|number| number.to_string())).unwrap_or_default()
    });
    let choose = Callback::new(move |number: String| form.update(|form| form.pump = number.parse().ok()));
    let error = draft_form.field_error(&["draft.pump"]);
    let label = locale.pick("Колонка", "Pump");
    view! { <SelectField id="pump" label options value on_change=choose error /> }.into_any()
}

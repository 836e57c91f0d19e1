//! The choice of a pump: pumps that lack the grade, are busy or broken are shown with the reason. A busy one may be
//! chosen, since it is started later.

use domain::{
    fuel::FuelId,
    id::PumpNumber,
    locale::Locale,
    station::{Pump, PumpState, Trade},
};
use leptos::prelude::*;

use super::DraftForm;
use crate::{
    components::{ChipRadio, PumpOption, PumpPicker, SelectField, SelectOption},
    state::FormDraft,
};

/// A pump with its full name, «Колонка 6, занята».
pub fn pump_option(number: PumpNumber, state: PumpState, lacks_fuel: bool, locale: Locale) -> PumpOption {
    PumpOption {
        number: u32::from(number.0),
        label: format!("{} {number}{}", locale.pick("Колонка", "Pump"), objection(state, lacks_fuel, locale)),
        is_busy: state == PumpState::Busy,
        disabled: lacks_fuel || state == PumpState::OutOfOrder,
    }
}

/// What speaks against a pump.
fn objection(state: PumpState, lacks_fuel: bool, locale: Locale) -> &'static str {
    match state {
        PumpState::OutOfOrder => locale.pick(", не работает", ", out of order"),
        _ if lacks_fuel => locale.pick(", нет этого топлива", ", lacks this fuel"),
        PumpState::Busy => locale.pick(", занята", ", busy"),
        _ => "",
    }
}

fn lacks(pump: &Pump, fuel: Option<FuelId>) -> bool {
    fuel.is_some_and(|fuel| !pump.fuels.contains(&fuel))
}

/// Chooses a pump, or none. At a busy one somebody else may be fuelling: a payment must not start it for them unless the
/// customer says so.
pub fn choose_pump(form: &mut FormDraft, trade: &Trade, pump: Option<PumpNumber>) {
    form.pump = pump.map(|pump| pump.0);
    form.starts_later = pump.and_then(|pump| trade.pump(pump)).is_some_and(|pump| !pump.state.is_orderable());
}

/// All pumps as big squares; a customer who is `anywhere` may leave the choice until they are there.
pub fn picker(draft_form: &DraftForm, anywhere: bool) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let choose = Callback::new({
        let station = station.clone();
        move |pump| form.update(|form| choose_pump(form, &station.trade, pump))
    });
    let options = Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        let option = |pump: &Pump| pump_option(pump.number, pump.state, lacks(pump, fuel), locale);
        station.trade.pumps.iter().map(option).collect::<Vec<_>>()
    });
    let selected = Signal::derive(move || form.with(|form| form.pump.map(u32::from)));
    let select = Callback::new(move |number: u32| choose.run(u16::try_from(number).ok().map(PumpNumber)));
    let legend = locale.pick("Колонка", "Pump");
    let error = draft_form.field_error(&["draft.pump"]);
    let later = anywhere.then(|| {
        let label = locale.pick("Выберу на месте", "I’ll choose there");
        let checked = Signal::derive(move || selected.get().is_none());
        let leave = Callback::new(move |()| choose.run(None));
        view! { <ChipRadio name="pump" value="" label checked on_select=leave /> }
    });
    view! { <PumpPicker legend pumps=options selected on_select=select error>{later}</PumpPicker> }.into_any()
}

/// All pumps in the phone's own list.
pub fn list(draft_form: &DraftForm) -> AnyView {
    let DraftForm { station, locale, form, .. } = draft_form.clone();
    let choose = Callback::new({
        let station = station.clone();
        move |number: String| {
            let pump = number.parse().ok().map(PumpNumber);
            form.update(|form| choose_pump(form, &station.trade, pump));
        }
    });
    let options = Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        let line = |pump: &Pump| SelectOption {
            value: pump.number.to_string(),
            label: format!("{}{}", pump.number, objection(pump.state, lacks(pump, fuel), locale)),
            disabled: lacks(pump, fuel) || pump.state == PumpState::OutOfOrder,
        };
        let later = locale.pick("Выберу на месте", "I’ll choose there");
        let first = SelectOption { disabled: false, ..SelectOption::placeholder(later) };
        std::iter::once(first).chain(station.trade.pumps.iter().map(line)).collect::<Vec<_>>()
    });
    let value = Signal::derive(move || {
        form.with(|form| form.pump.map(|number| number.to_string())).unwrap_or_default()
    });
    let error = draft_form.field_error(&["draft.pump"]);
    let label = locale.pick("Колонка", "Pump");
    view! { <SelectField id="pump" label options value on_change=choose error /> }.into_any()
}

//! Which pump: those that lack the grade, are busy or broken are shown with the reason.

use std::sync::Arc;

use domain::station::PumpState;
use leptos::prelude::*;

use super::BasketForm;
use crate::components::{PumpOption, PumpPicker};

pub fn options(basket: &BasketForm) -> Signal<Vec<PumpOption>> {
    let (station, locale, form) = (Arc::clone(&basket.station), basket.locale, basket.form);
    Signal::derive(move || {
        let fuel = form.with(|form| form.fuel);
        let option = |pump: &domain::view::PumpView| {
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
        };
        station.pumps.iter().map(option).collect()
    })
}

pub fn picker(basket: &BasketForm) -> AnyView {
    let form = basket.form;
    let selected = Signal::derive(move || form.with(|form| form.pump.map(u32::from)));
    let select = Callback::new(move |number: u32| form.update(|form| form.pump = u16::try_from(number).ok()));
    let legend = basket.locale.pick("Колонка", "Pump");
    let error = basket.error_in(&["draft.pump"]);
    view! { <PumpPicker legend pumps=options(basket) selected on_select=select error /> }.into_any()
}

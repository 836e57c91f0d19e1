//! The choice of a grade, and what it does to the rest of the form.

use domain::{
    fuel::FuelId,
    id::PumpNumber,
    locale::Locale,
    station::{FuelProduct, Trade},
};

use crate::state::FormDraft;

/// The network's name of a grade; without one the common name.
pub fn fuel_name(fuel: &FuelProduct, locale: Locale) -> String {
    if fuel.name.is_empty() { fuel.id.name(locale).to_owned() } else { fuel.name.clone() }
}

/// «АИ-95 · 61,90 ₽/л», and whether it is available.
pub fn fuel_offer(fuel: &FuelProduct, locale: Locale) -> (String, bool) {
    let price = fuel.price.filter(|_| fuel.available);
    let price_text = price
        .map_or_else(|| locale.pick("нет", "none").to_owned(), |price| locale.unit_price(price, fuel.unit));
    (format!("{} · {price_text}", fuel_name(fuel, locale)), price.is_some())
}

/// Chooses a grade. A pump without it is cleared; a grade of a single pump chooses that pump.
pub fn choose_fuel(form: &mut FormDraft, trade: &Trade, id: FuelId) {
    form.fuel = Some(id);
    let mut fitting = trade.pumps.iter().filter(|pump| pump.fuels.contains(&id) && pump.state.is_orderable());
    let keeps = form.pump.is_some_and(|number| fitting.clone().any(|pump| pump.number == PumpNumber(number)));
    if !keeps {
        let first = fitting.next().map(|pump| pump.number.0);
        form.pump = first.filter(|_| fitting.next().is_none());
    }
}

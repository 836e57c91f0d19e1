//! The choice of a grade, and what it does to the rest of the form.

use domain::{
    fuel::FuelId,
    locale::Locale,
    station::{FuelProduct, Pump, Trade},
};

use super::choose_pump;
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

/// Chooses a grade. A pump without it is cleared; a grade of a single free pump chooses that pump.
pub fn choose_fuel(form: &mut FormDraft, trade: &Trade, id: FuelId) {
    form.fuel = Some(id);
    let fits = |pump: &&Pump| pump.fuels.contains(&id);
    let keeps = form.pump().and_then(|pump| trade.pump(pump)).filter(fits).is_some();
    if !keeps {
        let mut free = trade.pumps.iter().filter(fits).filter(|pump| pump.state.is_orderable());
        let first = free.next().map(|pump| pump.number);
        choose_pump(form, trade, first.filter(|_| free.next().is_none()));
    }
}

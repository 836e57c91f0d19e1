//! The merge of grades, prices, pumps and goods, which must agree with each other.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    fuel::FuelId,
    hidden::{is_hidden, without_hidden},
    id::Sku,
    money::Kopecks,
    quantity::Centi,
    station::{FuelProduct, Product, Pump, Trade},
    vat::Vat,
};

use super::{
    problem::{MAX_TEXT_CHARS, PatchError, PatchProblem},
    station_patch::{FuelPatch, FuelsPatch, GoodsPatch, PumpPatch, TradePatch, Update},
};

/// Most pumps of a station, and products of a station.
const MAX_PUMPS_OR_PRODUCTS: usize = 500;
/// Lowest and highest price of one unit: a million roubles.
const PRICE_RANGE_KOPECKS: std::ops::RangeInclusive<i64> = 1..=100_000_000;

impl TradePatch {
    pub(super) fn apply(self, trade: &mut Trade) -> Result<(), PatchError> {
        apply_goods(self.goods, trade).map_err(|problem| problem.of("goods"))?;
        let list_is_closed = matches!(&self.fuels, FuelsPatch::Replace(fuels) if !fuels.is_empty());
        apply_fuels(self.fuels, trade).map_err(|problem| problem.of("fuels"))?;
        if let Some(prices) = self.prices {
            add_missing_fuels(trade, prices.keys(), list_is_closed)
                .map_err(|problem| problem.of("prices"))?;
            apply_prices(trade, &prices);
        }
        match self.pumps {
            Some(pumps) => apply_pumps(trade, pumps, list_is_closed).map_err(|problem| problem.of("pumps")),
            None => {
                let left: BTreeSet<FuelId> = trade.fuels.iter().map(|fuel| fuel.id).collect();
                trade.pumps.iter_mut().for_each(|pump| pump.fuels.retain(|id| left.contains(id)));
                Ok(())
            }
        }
    }
}

fn apply_goods(patch: GoodsPatch, trade: &mut Trade) -> Result<(), PatchProblem> {
    match patch {
        GoodsPatch::Keep => Ok(()),
        GoodsPatch::Replace(goods) => {
            trade.goods = checked_goods(goods)?;
            Ok(())
        }
        GoodsPatch::Reprice(prices) => {
            for (sku, price) in prices {
                let product = trade.goods.iter_mut().find(|product| product.sku == sku);
                let product = product.ok_or(PatchProblem::GoodsNotSold(sku))?;
                product.price = goods_price(&product.sku, price)?;
            }
            Ok(())
        }
    }
}

fn checked_goods(goods: Vec<Product>) -> Result<Vec<Product>, PatchProblem> {
    if goods.len() > MAX_PUMPS_OR_PRODUCTS {
        return Err(PatchProblem::TooManyProducts);
    }
    let mut skus = BTreeSet::new();
    for product in &goods {
        let Product { sku, name, price, .. } = product;
        if !(1..=64).contains(&sku.0.chars().count()) || sku.0.chars().any(is_hidden) {
            return Err(PatchProblem::SkuLength);
        }
        if without_hidden(name).is_empty() || name.chars().count() > 128 {
            return Err(PatchProblem::GoodsNameLength(sku.clone()));
        }
        if !skus.insert(sku) {
            return Err(PatchProblem::SkuTwice(sku.clone()));
        }
        goods_price(sku, *price)?;
    }
    let shown = |product: Product| Product { name: without_hidden(&product.name), ..product };
    Ok(goods.into_iter().map(shown).collect())
}

fn goods_price(sku: &Sku, price: Kopecks) -> Result<Kopecks, PatchProblem> {
    let wrong = || PatchProblem::GoodsPriceOutOfRange { sku: sku.clone(), price };
    PRICE_RANGE_KOPECKS.contains(&price.get()).then_some(price).ok_or_else(wrong)
}

fn apply_fuels(patch: FuelsPatch, trade: &mut Trade) -> Result<(), PatchProblem> {
    match patch {
        FuelsPatch::Keep => Ok(()),
        FuelsPatch::Replace(patches) => {
            let mut fuels: Vec<FuelProduct> = Vec::with_capacity(patches.len());
            for patch in patches {
                // The same grade twice in a list adds nothing.
                if fuels.iter().all(|fuel| fuel.id != patch.id) {
                    let known = trade.fuel(patch.id).cloned();
                    fuels.push(patched_fuel(known.unwrap_or_else(|| new_fuel(patch.id)), patch)?);
                }
            }
            trade.fuels = fuels;
            Ok(())
        }
        FuelsPatch::Change(patches) => {
            for patch in patches {
                let known = trade.fuels.iter_mut().find(|fuel| fuel.id == patch.id);
                let known = known.ok_or(PatchProblem::FuelNotSold(patch.id))?;
                *known = patched_fuel(known.clone(), patch)?;
            }
            Ok(())
        }
    }
}

fn patched_fuel(known: FuelProduct, patch: FuelPatch) -> Result<FuelProduct, PatchProblem> {
    let fuel = patch.id;
    if let Update::Set(price) = patch.price
        && !PRICE_RANGE_KOPECKS.contains(&price.get())
    {
        return Err(PatchProblem::FuelPriceOutOfRange { fuel, price });
    }
    if matches!(patch.max, Update::Set(max) if max <= Centi::ZERO) {
        return Err(PatchProblem::CapNotPositive { fuel });
    }
    Ok(FuelProduct {
        id: fuel,
        name: patch.name.map_or(known.name, |name| name.trim().chars().take(MAX_TEXT_CHARS).collect()),
        unit: patch.unit.unwrap_or(known.unit),
        price: patch.price.apply_to(known.price),
        max: patch.max.apply_to(known.max),
        available: patch.available.unwrap_or(known.available),
        vat: patch.vat.unwrap_or(known.vat),
    })
}

fn new_fuel(id: FuelId) -> FuelProduct {
    FuelProduct {
        id,
        name: String::new(),
        unit: id.unit(),
        price: None,
        max: None,
        available: true,
        vat: Vat::default(),
    }
}

/// Adds the grades that prices or pumps name and the station lacks; `NotAmongFuels` if the source has given all grades
/// in a list of their own.
fn add_missing_fuels<'a>(
    trade: &mut Trade,
    named: impl Iterator<Item = &'a FuelId>,
    list_is_closed: bool,
) -> Result<(), PatchProblem> {
    for id in named {
        if trade.fuel(*id).is_none() {
            if list_is_closed {
                return Err(PatchProblem::NotAmongFuels(*id));
            }
            trade.fuels.push(new_fuel(*id));
        }
    }
    trade.fuels.sort_by_key(|fuel| fuel.id);
    Ok(())
}

/// Sets all prices. A grade without one loses its price: yesterday's must not stay beside today's.
fn apply_prices(trade: &mut Trade, prices: &BTreeMap<FuelId, Kopecks>) {
    for fuel in &mut trade.fuels {
        fuel.price = prices.get(&fuel.id).copied();
    }
}

fn apply_pumps(trade: &mut Trade, pumps: Vec<PumpPatch>, list_is_closed: bool) -> Result<(), PatchProblem> {
    check_pumps(&pumps)?;
    add_missing_fuels(trade, pumps.iter().flat_map(|pump| &pump.fuels), list_is_closed)?;
    let pumps = pumps.into_iter().map(|PumpPatch { number, fuels, state }| {
        let known = trade.pump(number).map(|pump| pump.state).unwrap_or_default();
        Pump { number, fuels, state: state.unwrap_or(known) }
    });
    trade.pumps = pumps.collect();
    Ok(())
}

fn check_pumps(pumps: &[PumpPatch]) -> Result<(), PatchProblem> {
    let mut numbers = BTreeSet::new();
    for pump in pumps {
        if pump.number.0 == 0 {
            return Err(PatchProblem::PumpZero);
        }
        if pump.fuels.is_empty() {
            return Err(PatchProblem::PumpWithoutFuels(pump.number));
        }
    }
    if !pumps.iter().all(|pump| numbers.insert(pump.number)) {
        return Err(PatchProblem::PumpTwice);
    }
    if pumps.len() > MAX_PUMPS_OR_PRODUCTS { Err(PatchProblem::TooManyPumps) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pump(number: u16, fuels: &[FuelId]) -> PumpPatch {
        PumpPatch { number: domain::id::PumpNumber(number), fuels: fuels.to_vec(), state: None }
    }

    #[test]
    fn a_pump_is_listed_once_and_sells_something() {
        let refused = |pumps: &[PumpPatch]| check_pumps(pumps).err();
        assert_eq!(refused(&[pump(1, &[FuelId::A92, FuelId::A95]), pump(2, &[FuelId::Diesel])]), None);
        let twice = [pump(1, &[FuelId::A92]), pump(1, &[FuelId::A95])];
        assert_eq!(refused(&twice), Some(PatchProblem::PumpTwice));
        let nothing = PatchProblem::PumpWithoutFuels(domain::id::PumpNumber(1));
        assert_eq!(refused(&[pump(1, &[])]), Some(nothing));
        assert_eq!(refused(&[pump(0, &[FuelId::A92])]), Some(PatchProblem::PumpZero));
    }

    #[test]
    fn a_change_is_whole_or_refused() {
        let sold =
            |id| TradePatch { fuels: FuelsPatch::Change(vec![FuelPatch::new(id)]), ..TradePatch::default() };
        let mut trade = Trade { fuels: vec![new_fuel(FuelId::A95)], ..Trade::default() };
        assert_eq!(sold(FuelId::A95).apply(&mut trade), Ok(()));
        let refused = PatchError { field: "fuels", problem: PatchProblem::FuelNotSold(FuelId::Metan) };
        assert_eq!(sold(FuelId::Metan).apply(&mut trade), Err(refused));
    }
}

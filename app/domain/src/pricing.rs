//! The only place that prices. Used by the server for every order and by the page for the total on screen.

use crate::{
    draft::{DraftContent, FillBy, FuelChoice, Item},
    fuel::FuelId,
    id::{PumpNumber, Sku},
    money::Kopecks,
    order::StartMode,
    quantity::Centi,
    quote::{Line, LineKind, Quote, QuoteWarning},
    refusal::OrderRefusal,
    station::{Automation, FuelProduct, Offer, ProductKind, Trade},
};

/// Least volume of fuel in one order: below it the meter's own error matters.
pub const MIN_FUEL_VOLUME: Centi = Centi::new(200);
/// Cap where the station names none: cars.
pub const DEFAULT_MAX_VOLUME: Centi = Centi::new(20_000);
/// Cap where the station names none: diesel, for trucks.
pub const DEFAULT_MAX_DIESEL_VOLUME: Centi = Centi::new(100_000);
/// Ceiling of a full tank where the customer names none: what fits into nearly every car.
pub const DEFAULT_FULL_TANK: Centi = Centi::new(6_000);
/// Most pieces of one product.
pub const MAX_ITEM_COUNT: u32 = 99;
/// Most lines of an order; Invoicebox takes a hundred.
pub const MAX_ORDER_LINES: usize = 100;

/// Prices a draft at a station.
///
/// # Errors
/// `StationClosed`, `NotPayable` or `StationSilent` if nothing can be ordered there now; otherwise the first thing that
/// the customer has to change: the refusal of fuel, pump, volume or goods, in this order.
pub fn price_draft(offer: Offer<'_>, content: DraftContent<'_>) -> Result<Quote, OrderRefusal> {
    if let Some(reason) = offer.closed_reason {
        return Err(OrderRefusal::StationClosed { reason: Some(reason.to_owned()) });
    }
    if !offer.trade.sells_fuel() {
        return Err(OrderRefusal::NotPayable);
    }
    // What a person hands over waits for no automation.
    if content.fuel.is_some() && !offer.can_order_fuel() {
        return Err(OrderRefusal::StationSilent);
    }
    let mut lines = Vec::with_capacity(1 + content.items.len());
    if let Some(choice) = content.fuel {
        lines.push(price_fuel_line(offer, content, choice)?);
    }
    for item in content.items {
        lines.push(price_item(offer.trade, item)?);
    }
    let full_tank = content.fuel.filter(|choice| choice.is_full_tank()).map(|_| QuoteWarning::FullTank);
    // The driver may start another pump, or this one later.
    let busy = content.pump.filter(|_| content.fuel.is_some()).and_then(|pump| offer.trade.pump(pump));
    let busy = busy.filter(|pump| !pump.state.is_orderable());
    let busy = busy.map(|pump| QuoteWarning::PumpBusy { pump: pump.number });
    Ok(Quote { warnings: full_tank.into_iter().chain(busy).collect(), ..add_up_lines(lines)? })
}

/// Adds up the lines of an order: each product once, no more of them than Invoicebox takes.
pub(crate) fn add_up_lines(lines: Vec<Line>) -> Result<Quote, OrderRefusal> {
    let mut skus: Vec<&Sku> = lines.iter().map(|line| &line.sku).collect();
    skus.sort_unstable();
    if let Some(twice) =
        skus.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first())?)
    {
        return Err(OrderRefusal::CountOutOfRange { sku: twice.0.clone() });
    }
    match lines.len() {
        0 => Err(OrderRefusal::EmptyDraft),
        n if n > MAX_ORDER_LINES => Err(OrderRefusal::TooManyLines),
        _ => Ok(Quote::from_lines(lines)),
    }
}

fn price_fuel_line(
    offer: Offer<'_>,
    content: DraftContent<'_>,
    choice: &FuelChoice,
) -> Result<Line, OrderRefusal> {
    let (product, price) = find_on_sale(offer.trade, choice.id)?;
    match content.pump {
        Some(pump) => check_pump(offer.trade, pump, choice.id)?,
        None if content.start == StartMode::WhenPaid => return Err(OrderRefusal::PumpRequired),
        None if !offer.trade.has_pump_of(choice.id) => {
            return Err(OrderRefusal::FuelUnknown { fuel: choice.id });
        }
        None => {}
    }
    price_fuel(product, price, requested_volume(offer.automation, product, price, choice)?)
}

/// A grade that can be sold now, and its price.
pub(crate) fn find_on_sale(trade: &Trade, fuel: FuelId) -> Result<(&FuelProduct, Kopecks), OrderRefusal> {
    let product = trade.fuel(fuel).ok_or(OrderRefusal::FuelUnknown { fuel })?;
    let price = product.price.filter(|price| price.get() > 0).ok_or(OrderRefusal::FuelUnknown { fuel })?;
    if !product.available {
        return Err(OrderRefusal::FuelSoldOut { fuel });
    }
    Ok((product, price))
}

/// Checks that this pump sells this grade; whether it is free is asked when it is started.
///
/// # Errors
/// `PumpUnknown`, or `PumpLacksFuel`.
pub fn check_pump(trade: &Trade, pump: PumpNumber, fuel: FuelId) -> Result<(), OrderRefusal> {
    let found = trade.pump(pump).ok_or(OrderRefusal::PumpUnknown { pump })?;
    if !found.fuels.contains(&fuel) {
        return Err(OrderRefusal::PumpLacksFuel { pump, fuel });
    }
    Ok(())
}

pub(crate) fn price_fuel(product: &FuelProduct, price: Kopecks, volume: Centi) -> Result<Line, OrderRefusal> {
    let fuel = product.id;
    let name = if product.name.is_empty() { fuel.goods_name().to_owned() } else { product.name.clone() };
    let sku = Sku(fuel.id().to_owned());
    Line::new(sku, name, LineKind::Fuel(fuel), product.unit, volume, price, product.vat)
        .ok_or(OrderRefusal::VolumeTooLarge { max: max_volume(product), unit: product.unit })
}

/// The volume that is meant, or at most of a full tank; within what the station gives at a time.
pub(crate) fn requested_volume(
    automation: Automation,
    product: &FuelProduct,
    price: Kopecks,
    choice: &FuelChoice,
) -> Result<Centi, OrderRefusal> {
    let by_amount = || choice.amount.map(|sum| Centi::affordable(sum, price).unwrap_or_default());
    let volume = match choice.by {
        FillBy::Volume => choice.volume,
        FillBy::Amount => by_amount(),
        FillBy::FullTank if !automation.full_tank => return Err(OrderRefusal::FullTankNotOffered),
        FillBy::FullTank => choice.volume.or_else(by_amount).or(Some(full_tank_ceiling(product.max))),
    }
    .ok_or(OrderRefusal::VolumeMissing)?;
    let max = max_volume(product);
    if volume < MIN_FUEL_VOLUME {
        Err(OrderRefusal::VolumeTooSmall { min: MIN_FUEL_VOLUME, unit: product.unit })
    } else if volume > max {
        Err(OrderRefusal::VolumeTooLarge { max, unit: product.unit })
    } else {
        Ok(volume)
    }
}

/// The ceiling of a full tank where the customer names none, under the cap of the grade.
#[must_use]
pub fn full_tank_ceiling(max: Option<Centi>) -> Centi {
    max.map_or(DEFAULT_FULL_TANK, |max| max.min(DEFAULT_FULL_TANK))
}

/// Most of this grade that one order may take.
#[must_use]
pub fn max_volume(product: &FuelProduct) -> Centi {
    let default = match product.id {
        FuelId::Diesel | FuelId::DieselPremium | FuelId::DieselWinter => DEFAULT_MAX_DIESEL_VOLUME,
        _ => DEFAULT_MAX_VOLUME,
    };
    product.max.map_or(default, |cap| cap.min(DEFAULT_MAX_DIESEL_VOLUME))
}

pub(crate) fn price_item(trade: &Trade, item: &Item) -> Result<Line, OrderRefusal> {
    let sku = || item.sku.0.chars().take(64).collect::<String>();
    let product = trade.product(&item.sku).ok_or_else(|| OrderRefusal::ProductUnknown { sku: sku() })?;
    if !(1..=MAX_ITEM_COUNT).contains(&item.count) {
        return Err(OrderRefusal::CountOutOfRange { sku: sku() });
    }
    let kind = match product.kind {
        ProductKind::Service => LineKind::Service,
        ProductKind::Goods => LineKind::Goods,
    };
    let quantity = Centi::units(item.count);
    Line::new(
        product.sku.clone(),
        product.name.clone(),
        kind,
        product.unit,
        quantity,
        product.price,
        product.vat,
    )
    .ok_or_else(|| OrderRefusal::CountOutOfRange { sku: sku() })
}

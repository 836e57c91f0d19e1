//! A sale that a cashier or the back office puts together: by grade, from the catalogue, or by lines of their own.
//! Priced by the rules of [`crate::pricing`], with two liberties: a pump need not be named, and nobody need know who pays.

use serde::{Deserialize, Serialize};

use crate::{
    checks::{check_taxpayer, non_blank},
    draft::{Customer, FillBy, FuelChoice, Item},
    hidden::is_plain,
    id::{PumpNumber, Sku},
    money::Kopecks,
    pricing::{add_up_lines, check_pump, find_on_sale, price_fuel, price_item, requested_volume},
    quantity::Centi,
    quote::{Line, LineKind, Quote},
    refusal::{FieldProblem, OrderRefusal, Refusal, RequestError},
    requisites::{Email, Phone},
    station::{Offer, ProductKind, Trade},
    unit::Unit,
    vat::Vat,
};

/// Highest price of one unit: a million roubles, as in the catalogue.
const MAX_UNIT_PRICE: Kopecks = Kopecks::new(100_000_000);
/// Largest quantity of a line: a hundred thousand units.
const MAX_LINE_QUANTITY: Centi = Centi::new(10_000_000);
/// Largest order: ten million roubles. What is above it was typed wrong.
pub const MAX_SALE_TOTAL: Kopecks = Kopecks::new(1_000_000_000);
/// Longest name of a line; Invoicebox keeps as much.
const MAX_NAME_CHARS: usize = 300;

/// What is sold.
#[derive(Clone, Copy, Debug)]
pub struct SaleContent<'a> {
    /// `None`: chosen with the start; or the cashier gives the fuel, or has given it already.
    pub pump: Option<PumpNumber>,
    pub fuel: Option<&'a FuelChoice>,
    pub items: &'a [SaleItem],
}

/// One position beside the fuel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleItem {
    /// From the catalogue of the station, at its price.
    Catalogue(Item),
    Free(FreeLine),
}

/// A line of the cashier's own. Code and sign of the measure are those of ОКЕИ; the tax is one that the seller is under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeLine {
    pub name: String,
    pub kind: ProductKind,
    /// Price of one unit, tax included.
    pub price: Kopecks,
    pub quantity: Centi,
    pub unit: Unit,
    pub vat: Vat,
}

/// Prices a sale at a station.
///
/// # Errors
/// `StationClosed` if nothing is sold there; otherwise the first thing that has to be changed: the refusal of fuel, pump,
/// volume or items, in this order, or `RequestError::Field` and `RequestError::Line` with the field.
pub fn price_sale(offer: Offer<'_>, content: SaleContent<'_>) -> Result<Quote, Refusal> {
    if let Some(reason) = offer.closed_reason {
        return Err(OrderRefusal::StationClosed { reason: Some(reason.to_owned()) }.into());
    }
    let mut lines = Vec::with_capacity(1 + content.items.len());
    if let Some(choice) = content.fuel {
        lines.push(price_fuel_line(offer, content.pump, choice)?);
    } else if let Some(pump) = content.pump
        && !offer.trade.pumps.is_empty()
        && offer.trade.pump(pump).is_none()
    {
        return Err(OrderRefusal::PumpUnknown { pump }.into());
    }
    for (index, item) in content.items.iter().enumerate() {
        lines.push(match item {
            SaleItem::Catalogue(item) => price_item(offer.trade, item)?,
            SaleItem::Free(free) => price_free_line(offer.trade, index, free)?,
        });
    }
    let quote = add_up_lines(lines)?;
    if quote.total > MAX_SALE_TOTAL {
        return Err(RequestError::Field { field: "draft.items", problem: FieldProblem::OutOfRange }.into());
    }
    Ok(quote)
}

fn price_fuel_line(offer: Offer<'_>, pump: Option<PumpNumber>, choice: &FuelChoice) -> Result<Line, Refusal> {
    let (product, price) = find_on_sale(offer.trade, choice.id)?;
    if let Some(pump) = pump {
        check_pump(offer.trade, pump, choice.id)?;
    }
    let volume = requested_volume(offer.automation, product, price, choice)?;
    let line = price_fuel(product, price, volume)?;
    // The cashier may give both numbers: then they must be the same sale.
    let agrees = match choice.by {
        FillBy::Volume => choice.amount.is_none_or(|amount| amount == line.total),
        FillBy::Amount => choice.volume.is_none_or(|given| given == volume),
        FillBy::FullTank => true,
    };
    if agrees {
        Ok(line)
    } else {
        Err(RequestError::Field { field: "draft.fuel.amount_kopecks", problem: FieldProblem::SumDiffers }
            .into())
    }
}

/// A line of the cashier's own is named by its place: refunds match lines by their sku.
fn price_free_line(trade: &Trade, index: usize, free: &FreeLine) -> Result<Line, RequestError> {
    let wrong = |field, problem| RequestError::Line { index, field, problem };
    let name = free.name.trim();
    if name.is_empty() {
        return Err(wrong("name", FieldProblem::Missing));
    }
    if !is_plain(name, MAX_NAME_CHARS) {
        return Err(wrong("name", FieldProblem::TooLong));
    }
    if free.price <= Kopecks::ZERO {
        return Err(wrong("price_kopecks", FieldProblem::NotPositive));
    }
    if free.price > MAX_UNIT_PRICE {
        return Err(wrong("price_kopecks", FieldProblem::OutOfRange));
    }
    if free.quantity <= Centi::ZERO {
        return Err(wrong("quantity_centi", FieldProblem::NotPositive));
    }
    if free.quantity > MAX_LINE_QUANTITY {
        return Err(wrong("quantity_centi", FieldProblem::OutOfRange));
    }
    let used = trade.fuels.iter().map(|fuel| fuel.vat).chain(trade.goods.iter().map(|goods| goods.vat));
    if !free.vat.is_allowed_beside(used) {
        return Err(wrong("vat", FieldProblem::VatNotUsed));
    }
    let kind = match free.kind {
        ProductKind::Service => LineKind::Service,
        ProductKind::Goods => LineKind::Goods,
    };
    let sku = Sku(format!("till-{}", index.saturating_add(1)));
    let line = Line::new(sku, name.to_owned(), kind, free.unit, free.quantity, free.price, free.vat)
        .ok_or(wrong("quantity_centi", FieldProblem::OutOfRange))?;
    if line.total <= Kopecks::ZERO {
        return Err(wrong("quantity_centi", FieldProblem::NotPositive));
    }
    Ok(line)
}

/// Refuses what is given of the payer and cannot be. Nothing has to be given.
///
/// # Errors
/// The first field that is wrong.
pub fn check_payer(customer: &Customer) -> Result<(), RequestError> {
    let wrong = |field, problem| Err(RequestError::Field { field, problem });
    if !is_plain(&customer.name, MAX_NAME_CHARS) {
        return wrong("draft.customer.name", FieldProblem::TooLong);
    }
    if non_blank(Some(&customer.email)).is_some_and(|email| Email::parse(email).is_none()) {
        return wrong("draft.customer.email", FieldProblem::BadEmail);
    }
    if non_blank(Some(&customer.phone)).is_some_and(|phone| Phone::parse(phone).is_none()) {
        return wrong("draft.customer.phone", FieldProblem::BadPhone);
    }
    check_taxpayer(customer)
}

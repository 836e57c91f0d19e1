//! The only place that prices. Used by the server for every order and by the page for the total on screen.

use crate::{
    draft::{Basket, Customer, FillBy, FuelChoice, Host, Item, MinappType, Vehicle},
    fuel::FuelId,
    id::{PumpNumber, Sku},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    refusal::{FieldProblem, Refusal},
    requisites::{Email, Inn, Kpp, Phone, Plate},
    station::{FuelProduct, ProductKind, Station},
    unit::Unit,
    vat::Vat,
};

/// Least volume of fuel in one order: below it the meter's own error matters.
pub const MIN_FUEL: Centi = Centi::new(200);
/// Cap where the station names none: cars.
pub const DEFAULT_MAX: Centi = Centi::new(20_000);
/// Cap where the station names none: diesel, for trucks.
pub const DEFAULT_MAX_DIESEL: Centi = Centi::new(100_000);
/// Ceiling of a full tank where the customer names none: what fits into nearly every car.
pub const FULL_TANK: Centi = Centi::new(6_000);
/// Most pieces of one product.
pub const MAX_COUNT: u32 = 99;
/// Most lines of an order; Invoicebox takes a hundred.
pub const MAX_LINES: usize = 100;

/// A priced basket. Sums are exact: the total is the sum of the line totals, the tax the sum of the line taxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<Line>,
    pub total: Kopecks,
    pub vat: Kopecks,
}

/// One priced line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub sku: Sku,
    /// The name on documents.
    pub name: String,
    pub kind: LineKind,
    pub unit: Unit,
    pub quantity: Centi,
    /// Price of one unit, tax included.
    pub price: Kopecks,
    pub total: Kopecks,
    pub vat_sum: Kopecks,
    pub vat: Vat,
}

/// What is sold by a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Fuel(FuelId),
    Service,
    Goods,
}

impl Line {
    /// Prices a line: `total = half_up(price × quantity)`, tax from the rounded total.
    #[must_use]
    pub fn priced(
        sku: Sku,
        name: String,
        kind: LineKind,
        unit: Unit,
        quantity: Centi,
        price: Kopecks,
        vat: Vat,
    ) -> Option<Self> {
        let total = quantity.cost(price)?;
        Some(Self { sku, name, kind, unit, quantity, price, total, vat_sum: vat.inside(total)?, vat })
    }

    /// The grade, when the line is fuel.
    #[must_use]
    pub fn fuel(&self) -> Option<FuelId> {
        match self.kind {
            LineKind::Fuel(id) => Some(id),
            LineKind::Service | LineKind::Goods => None,
        }
    }

    /// What the customer reads: fuel by its name on the pump, everything else as it is called.
    #[must_use]
    pub fn title(&self, locale: Locale) -> String {
        self.fuel().map_or_else(|| self.name.clone(), |fuel| fuel.name(locale).to_owned())
    }
}

impl Quote {
    /// Adds up lines.
    #[must_use]
    pub fn of(lines: Vec<Line>) -> Self {
        let total = lines.iter().map(|line| line.total).sum();
        let vat = lines.iter().map(|line| line.vat_sum).sum();
        Self { lines, total, vat }
    }
}

/// Prices a basket at a station.
///
/// # Errors
/// The first thing that the customer has to change: fuel, pump, volume, goods, in this order.
pub fn quote(station: &Station, basket: Basket<'_>) -> Result<Quote, Refusal> {
    if !station.enabled {
        return Err(Refusal::StationUnknown);
    }
    if let Some(reason) = &station.closed_reason {
        return Err(Refusal::StationClosed { reason: Some(reason.clone()) });
    }
    if !station.sells_fuel() {
        return Err(Refusal::NotPayable);
    }
    // What a person hands over waits for no automation.
    if basket.fuel.is_some() && !station.pay_in_app() {
        return Err(Refusal::StationSilent);
    }
    let mut lines = Vec::with_capacity(1 + basket.items.len());
    if let Some(choice) = basket.fuel {
        lines.push(fuel_line(station, basket, choice)?);
    }
    for item in basket.items {
        lines.push(item_line(station, item)?);
    }
    summed(lines)
}

/// Adds up the lines of an order: each product once, no more of them than Invoicebox takes.
pub(crate) fn summed(lines: Vec<Line>) -> Result<Quote, Refusal> {
    let mut skus: Vec<&Sku> = lines.iter().map(|line| &line.sku).collect();
    skus.sort_unstable();
    if let Some(twice) =
        skus.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first())?)
    {
        return Err(Refusal::CountOutOfRange { sku: twice.0.clone() });
    }
    match lines.len() {
        0 => Err(Refusal::EmptyBasket),
        n if n > MAX_LINES => Err(Refusal::TooManyLines),
        _ => Ok(Quote::of(lines)),
    }
}

fn fuel_line(station: &Station, basket: Basket<'_>, choice: &FuelChoice) -> Result<Line, Refusal> {
    let (product, price) = on_sale(station, choice.id)?;
    let pump = basket.pump.ok_or(Refusal::PumpRequired)?;
    check_pump(station, pump, choice.id)?;
    fuel_priced(product, price, volume(station, product, price, choice)?)
}

/// A grade that can be sold now, and its price.
pub(crate) fn on_sale(station: &Station, fuel: FuelId) -> Result<(&FuelProduct, Kopecks), Refusal> {
    let product = station.fuel(fuel).ok_or(Refusal::FuelUnknown { fuel })?;
    let price = product.price.filter(|price| price.get() > 0).ok_or(Refusal::FuelUnknown { fuel })?;
    if !product.available {
        return Err(Refusal::FuelSoldOut { fuel });
    }
    Ok((product, price))
}

/// Does this pump sell this grade now?
pub(crate) fn check_pump(station: &Station, pump: PumpNumber, fuel: FuelId) -> Result<(), Refusal> {
    let found = station.pump(pump).ok_or(Refusal::PumpUnknown { pump })?;
    if !found.fuels.contains(&fuel) {
        return Err(Refusal::PumpLacksFuel { pump, fuel });
    }
    if !found.state.usable() {
        return Err(Refusal::PumpBusy { pump });
    }
    Ok(())
}

pub(crate) fn fuel_priced(product: &FuelProduct, price: Kopecks, volume: Centi) -> Result<Line, Refusal> {
    let fuel = product.id;
    let name = if product.name.is_empty() { fuel.goods_name().to_owned() } else { product.name.clone() };
    let sku = Sku(fuel.id().to_owned());
    Line::priced(sku, name, LineKind::Fuel(fuel), product.unit, volume, price, product.vat)
        .ok_or(Refusal::VolumeTooLarge { max: max_volume(product), unit: product.unit })
}

/// How much is meant, or at most of a full tank; within what the station gives at a time.
pub(crate) fn volume(
    station: &Station,
    product: &FuelProduct,
    price: Kopecks,
    choice: &FuelChoice,
) -> Result<Centi, Refusal> {
    let by_amount = || choice.amount.map(|sum| Centi::affordable(sum, price).unwrap_or_default());
    let volume = match choice.by {
        FillBy::Volume => choice.volume,
        FillBy::Amount => by_amount(),
        FillBy::FullTank if !station.automation.full_tank => return Err(Refusal::FullTankNotOffered),
        FillBy::FullTank => choice.volume.or_else(by_amount).or(Some(full_tank_ceiling(product.max))),
    }
    .ok_or(Refusal::VolumeMissing)?;
    let max = max_volume(product);
    if volume < MIN_FUEL {
        Err(Refusal::VolumeTooSmall { min: MIN_FUEL, unit: product.unit })
    } else if volume > max {
        Err(Refusal::VolumeTooLarge { max, unit: product.unit })
    } else {
        Ok(volume)
    }
}

/// The ceiling of a full tank where the customer names none, under the cap of the grade.
#[must_use]
pub fn full_tank_ceiling(max: Option<Centi>) -> Centi {
    max.map_or(FULL_TANK, |max| max.min(FULL_TANK))
}

/// Most of this grade that one order may take.
#[must_use]
pub fn max_volume(product: &FuelProduct) -> Centi {
    let default = match product.id {
        FuelId::Diesel | FuelId::DieselPremium | FuelId::DieselWinter => DEFAULT_MAX_DIESEL,
        _ => DEFAULT_MAX,
    };
    product.max.map_or(default, |cap| cap.min(DEFAULT_MAX_DIESEL))
}

pub(crate) fn item_line(station: &Station, item: &Item) -> Result<Line, Refusal> {
    let sku = || item.sku.0.chars().take(64).collect::<String>();
    let product = station.product(&item.sku).ok_or_else(|| Refusal::ProductUnknown { sku: sku() })?;
    if !(1..=MAX_COUNT).contains(&item.count) {
        return Err(Refusal::CountOutOfRange { sku: sku() });
    }
    let kind = match product.kind {
        ProductKind::Service => LineKind::Service,
        ProductKind::Goods => LineKind::Goods,
    };
    let quantity = Centi::units(item.count);
    Line::priced(
        product.sku.clone(),
        product.name.clone(),
        kind,
        product.unit,
        quantity,
        product.price,
        product.vat,
    )
    .ok_or_else(|| Refusal::CountOutOfRange { sku: sku() })
}

/// Refuses a payer that no closing document could name: name, e-mail and phone are needed, ИНН and КПП only when
/// they are given, and then they must be real.
///
/// # Errors
/// The first field that is wrong, in the order of the form.
pub fn check_customer(customer: &Customer) -> Result<(), Refusal> {
    let wrong = |field, problem| Err(Refusal::Field { field, problem });
    let name = customer.name.trim();
    if name.is_empty() {
        return wrong("draft.customer.name", FieldProblem::Missing);
    }
    if name.chars().count() > 300 || name.chars().any(char::is_control) {
        return wrong("draft.customer.name", FieldProblem::TooLong);
    }
    if Email::parse(customer.email.trim()).is_none() {
        return wrong("draft.customer.email", FieldProblem::BadEmail);
    }
    if Phone::parse(customer.phone.trim()).is_none() {
        return wrong("draft.customer.phone", FieldProblem::BadPhone);
    }
    check_taxpayer(customer)
}

/// Refuses an ИНН or a КПП that cannot be, where they are given.
pub(crate) fn check_taxpayer(customer: &Customer) -> Result<(), Refusal> {
    let wrong = |field, problem| Err(Refusal::Field { field, problem });
    let inn = match given(customer.inn.as_deref()) {
        None => None,
        Some(text) => match Inn::parse(text) {
            None => return wrong("draft.customer.inn", FieldProblem::BadInn),
            inn => inn,
        },
    };
    match (given(customer.kpp.as_deref()), inn) {
        (None, _) => Ok(()),
        (Some(_), None) => wrong("draft.customer.kpp", FieldProblem::KppWithoutInn),
        (Some(_), Some(inn)) if inn.is_person() => wrong("draft.customer.kpp", FieldProblem::KppWithPerson),
        (Some(kpp), _) if Kpp::parse(kpp).is_none() => wrong("draft.customer.kpp", FieldProblem::BadKpp),
        _ => Ok(()),
    }
}

/// Refuses a malformed plate, an odometer beyond ten million kilometres, and over-long texts.
///
/// # Errors
/// The first field that is wrong.
pub fn check_vehicle(vehicle: &Vehicle) -> Result<(), Refusal> {
    let wrong = |field, problem| Err(Refusal::Field { field, problem });
    if given(vehicle.plate.as_deref()).is_some_and(|plate| Plate::parse(plate).is_none()) {
        return wrong("draft.vehicle.plate", FieldProblem::BadPlate);
    }
    if vehicle.driver.as_ref().is_some_and(|driver| driver.chars().count() > 200) {
        return wrong("draft.vehicle.driver", FieldProblem::TooLong);
    }
    if vehicle.odometer_km.is_some_and(|km| km > 9_999_999) {
        return wrong("draft.vehicle.odometer_km", FieldProblem::OutOfRange);
    }
    if vehicle.cost_centre.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return wrong("draft.vehicle.cost_centre", FieldProblem::TooLong);
    }
    Ok(())
}

/// A suborder must name the container it joins; nobody else may.
///
/// # Errors
/// The field that is missing or too long.
pub fn check_host(host: &Host) -> Result<(), Refusal> {
    const FIELD: &str = "draft.host.order_container_id";
    match (host.minapp_type, given(host.order_container_id.as_deref())) {
        (MinappType::Suborder, None) => {
            Err(Refusal::Field { field: FIELD, problem: FieldProblem::ContainerMissing })
        }
        (_, Some(id)) if id.len() > 36 || !id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') => {
            Err(Refusal::Field { field: FIELD, problem: FieldProblem::TooLong })
        }
        _ => Ok(()),
    }
}

/// The text, unless it is missing or blank.
#[must_use]
pub fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

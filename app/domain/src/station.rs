//! A filling station: what it sells, at which pumps, at what price.

use serde::{Deserialize, Serialize};

use crate::{
    fuel::FuelId,
    geo::Point,
    id::{PumpNumber, Sku, StationId},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
    unit::Unit,
    vat::Vat,
};

/// A station as the catalogue keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    pub id: StationId,
    /// «АЗС «Север» № 12».
    pub name: String,
    /// The network on the sign; empty when unknown.
    pub brand: String,
    /// The network's own number of the station, as painted: `12`.
    pub number: Option<String>,
    pub address: String,
    pub city: String,
    pub point: Point,
    /// Opening hours in the syntax of OpenStreetMap; `None` when unknown.
    pub opening_hours: Option<String>,
    /// IANA name of the time zone in which the hours are meant.
    pub time_zone: String,
    pub phone: Option<String>,
    /// Shown to customers. A disabled station is unknown to them.
    pub enabled: bool,
    /// Closed for a while, whatever the hours say, with the reason shown.
    pub closed_reason: Option<String>,
    /// The seller's account at Invoicebox where it differs from the network's.
    pub merchant_id: Option<String>,
    /// The entry of this station in the Invoicebox marketplace.
    pub shop_id: Option<i64>,
    /// Facilities on the spot: `shop`, `cafe`, `car_wash`, `tyre_air`, `toilet`, `atm`, `wifi`, `vacuum`.
    pub amenities: Vec<String>,
    pub trade: Trade,
}

/// What a station sells: pumps, grades with their prices, and services and goods beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trade {
    pub pumps: Vec<Pump>,
    pub fuels: Vec<FuelProduct>,
    pub goods: Vec<Product>,
}

/// Whether the automation of a station answers, and what it can do. It changes while the server runs, and is never
/// stored with the station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Automation {
    /// It has given no sign of life for too long: nobody may pay for a pump that may not start.
    pub silent: bool,
    /// It pumps until the nozzle cuts off, within a ceiling that is paid; the rest comes back.
    pub full_tank: bool,
}

/// Offer of a station, as pricing reads it: what it sells, and whether that may be sold at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub trade: &'a Trade,
    /// As [`Station::closed_reason`].
    pub closed_reason: Option<&'a str>,
    pub automation: Automation,
}

impl Offer<'_> {
    /// Whether fuel can be ordered from the app at this moment: it is sold, and the automation answers.
    #[must_use]
    pub fn can_order_fuel(&self) -> bool {
        self.trade.sells_fuel() && !self.automation.silent
    }
}

/// A pump and the grades of its nozzles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pump {
    pub number: PumpNumber,
    pub fuels: Vec<FuelId>,
    pub state: PumpState,
}

/// State of a pump at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PumpState {
    Free,
    Busy,
    OutOfOrder,
    /// Not reported; treated as usable, the station is asked before paying.
    #[default]
    Unknown,
}

impl PumpState {
    /// Whether an order may name this pump.
    #[must_use]
    pub fn is_orderable(self) -> bool {
        matches!(self, Self::Free | Self::Unknown)
    }
}

/// A grade on sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelProduct {
    pub id: FuelId,
    /// What the network calls it: «АИ-95 Pulsar»; empty for the standard name.
    #[serde(default)]
    pub name: String,
    pub unit: Unit,
    /// Retail price of one unit, tax included; `None` when the network has not reported it.
    pub price: Option<Kopecks>,
    /// Most that one visit may take.
    pub max: Option<Centi>,
    pub available: bool,
    #[serde(default)]
    pub vat: Vat,
}

/// A service or goods on sale beside fuel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub sku: Sku,
    pub name: String,
    pub price: Kopecks,
    pub kind: ProductKind,
    pub unit: Unit,
    #[serde(default)]
    pub vat: Vat,
}

/// Kind of a product, which documents distinguish: goods are handed over, services are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProductKind {
    Service,
    Goods,
}

impl Station {
    /// What is sold here while its automation is in this state.
    #[must_use]
    pub fn offer(&self, automation: Automation) -> Offer<'_> {
        Offer { trade: &self.trade, closed_reason: self.closed_reason.as_deref(), automation }
    }
}

impl Trade {
    #[must_use]
    pub fn fuel(&self, id: FuelId) -> Option<&FuelProduct> {
        self.fuels.iter().find(|fuel| fuel.id == id)
    }

    #[must_use]
    pub fn pump(&self, number: PumpNumber) -> Option<&Pump> {
        self.pumps.iter().find(|pump| pump.number == number)
    }

    /// Whether a person has put this pump out of order.
    #[must_use]
    pub fn is_out_of_order(&self, number: PumpNumber) -> bool {
        self.pump(number).is_some_and(|pump| pump.state == PumpState::OutOfOrder)
    }

    /// A pump that gives this grade: one in order, where there is any.
    #[must_use]
    pub fn pump_of(&self, fuel: FuelId) -> Option<PumpNumber> {
        let of_grade = self.pumps.iter().filter(|pump| pump.fuels.contains(&fuel));
        of_grade.min_by_key(|pump| pump.state == PumpState::OutOfOrder).map(|pump| pump.number)
    }

    /// Whether a pump gives this grade.
    #[must_use]
    pub fn has_pump_of(&self, fuel: FuelId) -> bool {
        self.pumps.iter().any(|pump| pump.fuels.contains(&fuel))
    }

    #[must_use]
    pub fn product(&self, sku: &Sku) -> Option<&Product> {
        self.goods.iter().find(|product| product.sku == *sku)
    }

    /// Whether fuel is sold here. It needs a price and a pump; a station whose prices or pumps are unknown is shown, but
    /// nothing is sold from it.
    #[must_use]
    pub fn sells_fuel(&self) -> bool {
        let mut offered = self.pumps.iter().flat_map(|pump| &pump.fuels);
        offered.any(|id| self.fuel(*id).is_some_and(|fuel| fuel.price.is_some()))
    }

    /// Whether every pump is taken or broken.
    #[must_use]
    pub fn has_no_free_pumps(&self) -> bool {
        !self.pumps.is_empty() && self.pumps.iter().all(|pump| !pump.state.is_orderable())
    }
}

/// What people call a facility of [`Station::amenities`]; `None` where we do not know it.
#[must_use]
pub fn amenity_name(id: &str, locale: Locale) -> Option<&'static str> {
    let (ru, en) = match id {
        "shop" => ("Магазин", "Shop"),
        "cafe" => ("Кафе", "Café"),
        "car_wash" => ("Мойка", "Car wash"),
        "tyre_air" => ("Подкачка шин", "Tyre air"),
        "toilet" => ("Туалет", "Toilet"),
        "atm" => ("Банкомат", "ATM"),
        "wifi" => ("Wi-Fi", "Wi-Fi"),
        "vacuum" => ("Пылесос", "Vacuum cleaner"),
        _ => return None,
    };
    Some(locale.pick(ru, en))
}

/// Two letters for a round badge where the network gave no picture: «Се» for «Север».
#[must_use]
pub fn initials(brand: &str) -> String {
    let text: String = brand.chars().filter(|c| c.is_alphanumeric()).take(2).collect();
    if text.is_empty() { "АЗ".to_owned() } else { text }
}

//! What a customer asks for, before it is priced. The shapes are flat and strict: unknown keys are refused.

use serde::{Deserialize, Serialize};

use crate::{
    fuel::FuelId,
    id::{IdempotencyKey, PumpNumber, Sku, StationId},
    locale::Locale,
    money::Kopecks,
    quantity::Centi,
};

/// Moment at which the pump of an order is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartMode {
    /// When the driver starts it: whoever pays is often not whoever drives.
    #[default]
    ByDriver,
    /// When the payment is learned of soon after placing: the buyer has shown to be at the pump.
    WhenPaid,
}

impl StartMode {
    /// Whether the field is left out of the JSON.
    #[must_use]
    pub fn is_by_driver(&self) -> bool {
        *self == Self::ByDriver
    }
}

/// Everything that one press of «Перейти к оплате» sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub idempotency_key: IdempotencyKey,
    pub station_id: StationId,
    #[serde(default)]
    pub pump: Option<PumpNumber>,
    #[serde(default)]
    pub fuel: Option<FuelChoice>,
    #[serde(default)]
    pub items: Vec<Item>,
    pub customer: Customer,
    #[serde(default)]
    pub vehicle: Option<Vehicle>,
    /// When the pump is released. Left out while it is the default, so that stored hashes stay.
    #[serde(default, skip_serializing_if = "StartMode::is_by_driver")]
    pub start: StartMode,
    pub host: Host,
    /// What the customer saw. Another total is refused with the new quote.
    #[serde(rename = "expected_total_kopecks")]
    pub expected_total: Kopecks,
    /// Metres between the phone and the station, where the customer has said to be there all the same. Only logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_m: Option<u32>,
}

/// The grade and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FuelChoice {
    pub id: FuelId,
    pub by: FillBy,
    #[serde(default, rename = "volume_centi")]
    pub volume: Option<Centi>,
    #[serde(default, rename = "amount_kopecks")]
    pub amount: Option<Kopecks>,
}

/// Number that the customer chose; the other one follows from the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FillBy {
    #[default]
    Volume,
    Amount,
    /// Until the nozzle cuts off. Volume, or else sum, is a ceiling that is paid; without either it is one of a car's
    /// tank. What is not filled comes back.
    FullTank,
}

impl FuelChoice {
    #[must_use]
    pub fn is_full_tank(&self) -> bool {
        self.by == FillBy::FullTank
    }
}

/// Goods or a service, in whole pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub sku: Sku,
    pub count: u32,
}

/// The payer as typed or as the host hinted. Checked by [`crate::checks::check_customer`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub name: String,
    pub email: String,
    pub phone: String,
    #[serde(default)]
    pub inn: Option<String>,
    #[serde(default)]
    pub kpp: Option<String>,
}

/// Vehicle for the waybill. Never sent to Invoicebox: order metadata is shown to other mini-apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    #[serde(default)]
    pub plate: Option<String>,
    #[serde(default)]
    pub driver: Option<String>,
    #[serde(default)]
    pub odometer_km: Option<u32>,
    #[serde(default)]
    pub cost_centre: Option<String>,
}

/// The host that frames the mini-app, and how it opened it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub minapp_type: MinappType,
    #[serde(default)]
    pub order_container_id: Option<String>,
    #[serde(default)]
    pub shop_id: Option<i64>,
    #[serde(default)]
    pub locale: Locale,
}

/// Main order, or an extra inside somebody else's invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MinappType {
    #[default]
    Order,
    Suborder,
}

/// The part of a draft that has a price.
#[derive(Clone, Copy, Debug)]
pub struct DraftContent<'a> {
    pub pump: Option<PumpNumber>,
    pub start: StartMode,
    pub fuel: Option<&'a FuelChoice>,
    pub items: &'a [Item],
}

impl Draft {
    #[must_use]
    pub fn content(&self) -> DraftContent<'_> {
        DraftContent { pump: self.pump, start: self.start, fuel: self.fuel.as_ref(), items: &self.items }
    }
}

//! The JSON of this API: flat shapes, so that an unknown key is reported at any depth, turned into our types at once.

use domain::{
    draft::{Customer, FuelChoice, Item},
    hidden::is_plain,
    id::{IdempotencyKey, OrderId, PumpNumber, Sku, StationId},
    money::Kopecks,
    quantity::Centi,
    refusal::{FieldProblem, RequestError},
    sale::{FreeLine, SaleItem},
    station::ProductKind,
    unit::Unit,
    vat::Vat,
    view::OrderView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::CashierSale;

/// Longest number of a back office.
const MAX_EXTERNAL_ID_CHARS: usize = 64;

/// A sale at the till: by grade, from the catalogue, by lines of its own, or all of these.
#[derive(Deserialize, ToSchema)]
pub struct NewOrder {
    /// Made by the caller for this sale. The same key with the same body is the same order, however often it is sent.
    idempotency_key: IdempotencyKey,
    /// The caller's own number, unique, 1 to 64 characters. A changed composition is a new order under the number with
    /// a suffix: cancel `AZS12-000451`, then create `AZS12-000451-2`.
    #[serde(default)]
    external_id: Option<String>,
    station_id: StationId,
    /// Without a pump the paid order waits for a start: `/orders/{id}/start`, or the driver's page. Where no link reaches the pumps
    /// the cashier gives the fuel.
    #[serde(default)]
    pump: Option<PumpNumber>,
    #[serde(default)]
    fuel: Option<FuelChoice>,
    #[serde(default)]
    items: Vec<NewItem>,
    /// The payer, as far as known; each field may be missing.
    #[serde(default)]
    customer: Option<NewCustomer>,
    /// The caller's own total. Another one of ours is refused as `price_changed`, with our quote in `details`.
    #[serde(default, rename = "expected_total_kopecks")]
    expected_total: Option<Kopecks>,
}

/// Either `sku` (and `count`) from the catalogue of the station, or a line of the caller's own with all other fields.
#[derive(Deserialize, ToSchema)]
pub struct NewItem {
    #[serde(default)]
    sku: Option<Sku>,
    /// Whole pieces, 1 when missing.
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    kind: Option<ProductKind>,
    /// Price of one unit, tax included.
    #[serde(default, rename = "price_kopecks")]
    price: Option<Kopecks>,
    #[serde(default, rename = "quantity_centi")]
    quantity: Option<Centi>,
    /// ОКЕИ code as text, leading zeros kept: 112 л, 113 м3, 166 кг, 796 шт, 356 ч, 163 г, 168 т, 778 упак, 839 компл.
    #[serde(default)]
    measure_code: Option<String>,
    /// A VAT code of Invoicebox that the seller is under, such as `RUS_VAT22`, `RUS_VAT10`, `VATNONE`.
    #[serde(default)]
    vat: Option<String>,
}

/// The payer, as far as it is known.
#[derive(Deserialize, ToSchema)]
pub struct NewCustomer {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    /// ИНН, 10 or 12 digits.
    #[serde(default)]
    inn: Option<String>,
    #[serde(default)]
    kpp: Option<String>,
}

impl NewOrder {
    /// Checks the fields of the sale.
    ///
    /// # Errors
    /// `Field` or `Line` with the field that is missing or impossible; `Malformed` if an item mixes its two forms.
    pub fn into_sale(self) -> Result<CashierSale, RequestError> {
        let external_id = self.external_id.map(external_id).transpose()?;
        let items =
            self.items.into_iter().enumerate().map(|(at, item)| item.read(at)).collect::<Result<_, _>>()?;
        Ok(CashierSale {
            key: self.idempotency_key,
            external_id,
            station_id: self.station_id,
            pump: self.pump,
            fuel: self.fuel,
            items,
            customer: self.customer.map(NewCustomer::read).unwrap_or_default(),
            expected_total: self.expected_total,
        })
    }
}

fn external_id(text: String) -> Result<String, RequestError> {
    let fits =
        !text.trim().is_empty() && text.trim().len() == text.len() && is_plain(&text, MAX_EXTERNAL_ID_CHARS);
    match fits {
        true => Ok(text),
        false => Err(RequestError::Field { field: "external_id", problem: FieldProblem::BadExternalId }),
    }
}

impl NewItem {
    fn read(self, index: usize) -> Result<SaleItem, RequestError> {
        let wrong = |field, problem| RequestError::Line { index, field, problem };
        let missing = |field| wrong(field, FieldProblem::Missing);
        if let Some(sku) = self.sku {
            let own = [
                self.name.is_some(),
                self.kind.is_some(),
                self.price.is_some(),
                self.quantity.is_some(),
                self.measure_code.is_some(),
                self.vat.is_some(),
            ];
            if own.contains(&true) {
                let problem =
                    format!("items[{index}] has a sku and fields of a line of its own: one or the other");
                return Err(RequestError::Malformed { problem });
            }
            return Ok(SaleItem::Catalogue(Item { sku, count: self.count.unwrap_or(1) }));
        }
        if self.count.is_some() {
            let problem =
                format!("items[{index}].count belongs to a sku; a line of its own has quantity_centi");
            return Err(RequestError::Malformed { problem });
        }
        let code = self.measure_code.ok_or(missing("measure_code"))?;
        let vat = self.vat.ok_or(missing("vat"))?;
        Ok(SaleItem::Free(FreeLine {
            name: self.name.ok_or(missing("name"))?,
            kind: self.kind.ok_or(missing("kind"))?,
            price: self.price.ok_or(missing("price_kopecks"))?,
            quantity: self.quantity.ok_or(missing("quantity_centi"))?,
            unit: Unit::from_okei(&code).ok_or(wrong("measure_code", FieldProblem::UnknownMeasure))?,
            vat: Vat::parse(&vat).ok_or(wrong("vat", FieldProblem::UnknownVat))?,
        }))
    }
}

impl NewCustomer {
    fn read(self) -> Customer {
        Customer {
            name: self.name.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            inn: self.inn,
            kpp: self.kpp,
        }
    }
}

/// An order that was placed.
#[derive(Serialize, ToSchema)]
pub struct PlacedOrder {
    pub order_id: OrderId,
    /// Short enough to read aloud.
    pub number: String,
    /// Text of the QR code; opaque.
    pub payment_url: String,
    pub precheck_url: String,
    pub qr_svg_url: String,
    pub view: OrderView,
}

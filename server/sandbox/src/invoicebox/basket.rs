//! Sums by line of orders, shipments and refunds, and what is left of them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    arithmetic::{self, Profile, RefundVat, Tax},
    wire::{ApiRefusal, FieldError, JsonObject},
};

/// Sum and tax by `sku`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket(BTreeMap<String, Portion>);

/// Part of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// With tax.
    pub amount: Decimal,
    /// The tax in it.
    pub vat: Decimal,
}

impl Basket {
    /// Reads the lines of a request.
    pub fn from_request(request: &JsonObject) -> Self {
        let mut basket = Self::default();
        for line in arithmetic::lines(request) {
            let portion = basket.0.entry(sku(line)).or_default();
            portion.amount += arithmetic::amount(line, "totalAmount");
            portion.vat += arithmetic::amount(line, "totalVatAmount");
        }
        basket
    }

    /// The sums of one line; zero for a line that is not in the basket.
    pub fn portion(&self, sku: &str) -> Portion {
        self.0.get(sku).copied().unwrap_or_default()
    }

    /// Adds the sums of another basket.
    pub fn add(&mut self, other: &Self) {
        for (sku, portion) in &other.0 {
            let mine = self.0.entry(sku.clone()).or_default();
            mine.amount += portion.amount;
            mine.vat += portion.vat;
        }
    }

    /// Subtracts the sums of another basket.
    pub fn take(&mut self, other: &Self) {
        for (sku, portion) in &other.0 {
            let mine = self.0.entry(sku.clone()).or_default();
            mine.amount -= portion.amount;
            mine.vat -= portion.vat;
        }
    }

    /// Checks that a part of the order fits into what is left: its own sums first, then line by line.
    ///
    /// # Errors
    /// The codes of a new order's sums; `validation` naming every line that asks for too much.
    pub fn check_part(
        &self,
        request: &JsonObject,
        profile: Profile,
        refund_vat: RefundVat,
    ) -> Result<(), ApiRefusal> {
        let mut left = self.clone();
        let mut too_much = Vec::new();
        for (index, line) in arithmetic::lines(request).enumerate() {
            let rest = left.portion(&sku(line));
            let asked = Portion {
                amount: arithmetic::amount(line, "totalAmount"),
                vat: arithmetic::amount(line, "totalVatAmount"),
            };
            let is_capped = asked.vat == rest.vat && rest.vat < arithmetic::tax_of(line, asked.amount);
            let is_last = asked == rest && refund_vat == RefundVat::Available;
            let tax = if is_capped || is_last { Tax::Rest } else { Tax::Computed };
            if refund_vat == RefundVat::Formula && !arithmetic::is_tax_of_part(line, rest.vat) {
                let name = format!("basketItems[{index}].totalVatAmount");
                let code = "wrong_basket_item_total_vat_amount";
                return Err(ApiRefusal::field(code, "Calculation Error", name));
            }
            arithmetic::check_line(line, index, profile, tax)?;
            let fields =
                [("totalAmount", asked.amount, rest.amount), ("totalVatAmount", asked.vat, rest.vat)];
            for (name, asked, rest) in fields {
                if asked > rest {
                    too_much.push(FieldError {
                        name: format!("basketItems[{index}].{name}"),
                        code: "wrong_value",
                        message: format!("Only {rest} is available."),
                    });
                }
            }
            if let Some(portion) = left.0.get_mut(&sku(line)) {
                portion.amount -= asked.amount;
                portion.vat -= asked.vat;
            }
        }
        if too_much.is_empty() { Ok(()) } else { Err(ApiRefusal::validation(too_much)) }
    }
}

fn sku(line: &JsonObject) -> String {
    line.get("sku").and_then(Value::as_str).unwrap_or_default().to_owned()
}

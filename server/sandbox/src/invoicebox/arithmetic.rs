//! Checks of the sums of an order: which are compared, with which tolerance, and in which order.
//!
//! The live service is silent on its tolerances. The rules here accept tax taken from the line total
//! (the law) as well as tax derived from the unit price (a common shop module); the profile
//! `strict-line` adds the per-line control sum that the vendor's newest client demands.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire::{self, ApiRefusal, JsonObject};

/// Strictness of the checks of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Unit price without tax may be rounded to kopecks.
    #[default]
    Lenient,
    /// Unit price without tax times quantity plus tax must give the line total within a kopeck.
    StrictLine,
}

/// Checks all sums of an order whose fields are already valid. Lines first, then the order; the
/// first failure wins.
///
/// # Errors
/// 422 with the code of the failed check and the path of the property.
pub fn check(order: &JsonObject, profile: Profile) -> Result<(), ApiRefusal> {
    for (index, line) in lines(order).enumerate() {
        check_line(line, index, profile, Tax::Computed)?;
    }
    check_totals(order)
}

/// Origin of the tax of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tax {
    /// Computed from the sum of the line.
    Computed,
    /// What other parts of the ordered line have left of its tax, with the roundings of all parts. The unit price
    /// without tax may follow from it.
    Rest,
}

/// The tax of the last part of a line of which others were refunded before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundVat {
    /// By formula, or what the others have left of the line's tax.
    #[default]
    Available,
    /// By formula only, to a kopeck; less where less is left.
    Formula,
}

/// Whether the tax of a part of a line is by formula, or less because no more is left.
pub fn is_tax_of_part(line: &JsonObject, left: Decimal) -> bool {
    let wanted = tax_of(line, amount(line, "totalAmount")).min(left);
    !is_beyond_tolerance(amount(line, "totalVatAmount"), wanted, Decimal::new(1, 2))
}

/// The tax in a sum, at the rate of a line.
pub fn tax_of(line: &JsonObject, sum: Decimal) -> Decimal {
    let rate = rate_of(line);
    half_up(sum * rate / (Decimal::ONE_HUNDRED + rate))
}

/// The lines of an order, a shipment or a refund.
pub fn lines(request: &JsonObject) -> impl Iterator<Item = &JsonObject> {
    request.get("basketItems").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// Checks the sum and the tax of the order against its lines.
///
/// # Errors
/// 422 `wrong_total_amount` or `wrong_total_vat_amount`.
pub fn check_totals(order: &JsonObject) -> Result<(), ApiRefusal> {
    let total = |name: &str| -> Decimal { lines(order).map(|line| amount(line, name)).sum() };
    if amount(order, "amount") != round(total("totalAmount"), round_policy(order)) {
        return Err(ApiRefusal::field("wrong_total_amount", "Calculation Error", "amount"));
    }
    if amount(order, "vatAmount") != total("totalVatAmount") {
        return Err(ApiRefusal::field("wrong_total_vat_amount", "Calculation Error", "vatAmount"));
    }
    Ok(())
}

/// Percent of a VAT code; `None` for a code that does not exist (any more).
pub fn rate(code: &str) -> Option<Decimal> {
    let percent = match code {
        "RUS_VAT22" | "RUS_VAT22_ADDED" => 22,
        "RUS_VAT20" | "RUS_VAT20_ADDED" => 20,
        "RUS_VAT10" | "RUS_VAT10_ADDED" => 10,
        "RUS_VAT7" | "RUS_VAT7_ADDED" => 7,
        "RUS_VAT5" | "RUS_VAT5_ADDED" => 5,
        "RUS_VAT0" | "VATNONE" => 0,
        _ => return None,
    };
    Some(Decimal::from(percent))
}

/// The order amount that a rounding policy makes of the sum of lines. A missing or unknown policy
/// is `strict`.
pub fn round(sum: Decimal, policy: &str) -> Decimal {
    match policy {
        "floor" => sum.floor(),
        "ceil" => sum.ceil(),
        "halfUp" => sum.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero),
        "halfDown" => sum.round_dp_with_strategy(0, RoundingStrategy::MidpointTowardZero),
        _ => sum,
    }
}

/// Checks one line: its sum, its tax, its unit price without tax.
///
/// # Errors
/// 422 with the code of the failed check and the path of the property.
// Field rules keep every number below 10^12, so none of the products can overflow.
pub fn check_line(line: &JsonObject, index: usize, profile: Profile, tax: Tax) -> Result<(), ApiRefusal> {
    let refuse = |code, name: &str| {
        Err(ApiRefusal::field(code, "Calculation Error", format!("basketItems[{index}].{name}")))
    };
    let kopeck = Decimal::new(1, 2);
    let [price, quantity] = [amount(line, "amount"), amount(line, "quantity")];
    let [total, vat, net] =
        [amount(line, "totalAmount"), amount(line, "totalVatAmount"), amount(line, "amountWoVat")];
    let rate = rate_of(line);
    let gross = Decimal::ONE_HUNDRED + rate;

    if is_beyond_tolerance(total, half_up(price * quantity), kopeck) {
        return refuse("wrong_basket_item_total_amount", "totalAmount");
    }
    let tolerance = if rate.is_zero() { Decimal::ZERO } else { kopeck + Decimal::new(5, 3) * quantity };
    if vat > total || (tax == Tax::Computed && is_beyond_tolerance(vat, total * rate / gross, tolerance)) {
        return refuse("wrong_basket_item_total_vat_amount", "totalVatAmount");
    }
    let is_by_formula = !is_beyond_tolerance(net, price * Decimal::ONE_HUNDRED / gross, kopeck);
    let adds_up = !is_beyond_tolerance(half_up(net * quantity) + vat, total, kopeck);
    let is_net_right = match tax {
        Tax::Rest => is_by_formula || adds_up,
        Tax::Computed => is_by_formula && (adds_up || profile == Profile::Lenient),
    };
    if is_net_right { Ok(()) } else { refuse("wrong_basket_item_amount_wo_vat", "amountWoVat") }
}

fn rate_of(line: &JsonObject) -> Decimal {
    line.get("vatCode").and_then(Value::as_str).and_then(rate).unwrap_or_default()
}

fn round_policy(order: &JsonObject) -> &str {
    order
        .get("orderSetting")
        .and_then(|setting| setting.get("roundPolicy"))
        .and_then(Value::as_str)
        .unwrap_or("strict")
}

/// A number of an object; zero where there is none.
pub fn amount(object: &JsonObject, name: &str) -> Decimal {
    object.get(name).and_then(wire::decimal).unwrap_or_default()
}

fn half_up(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn is_beyond_tolerance(left: Decimal, right: Decimal, tolerance: Decimal) -> bool {
    (left - right).abs() > tolerance
}

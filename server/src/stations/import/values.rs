//! Values of single cells. Every error is the reason that the report shows.

use std::collections::BTreeMap;

use domain::{
    fuel::FuelId,
    id::{PumpNumber, Sku},
    money::Kopecks,
    quantity::Centi,
    station::{Product, ProductKind, PumpState},
    unit::Unit,
    vat::Vat,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::stations::patch::{AMENITIES, FuelPatch, PumpPatch, Update};

/// A grade in JSON: its id, and whatever else is reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonFuel {
    id: String,
    name: Option<String>,
    unit: Option<Unit>,
    /// Roubles.
    price: Option<Value>,
    max_centi: Option<Centi>,
    available: Option<bool>,
    vat: Option<Vat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonPump {
    number: u16,
    fuels: Vec<String>,
    state: Option<PumpState>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonProduct {
    sku: String,
    name: String,
    /// Roubles.
    price: Value,
    kind: ProductKind,
    unit: Option<Unit>,
    #[serde(default)]
    vat: Vat,
}

/// `a92|a95`, or in JSON a list of ids or of objects.
pub(super) fn parse_fuels(cell: &Value) -> Result<Vec<FuelPatch>, String> {
    match cell {
        Value::Array(list) if list.iter().any(Value::is_object) => {
            parse_json::<Vec<JsonFuel>>(cell)?.into_iter().map(from_json_fuel).collect()
        }
        _ => parse_list(cell)?.iter().map(|id| parse_fuel(id).map(FuelPatch::new)).collect(),
    }
}

fn from_json_fuel(json: JsonFuel) -> Result<FuelPatch, String> {
    let id = parse_fuel(&json.id)?;
    let price = json.price.as_ref().map(parse_json_roubles).transpose();
    Ok(FuelPatch {
        id,
        name: json.name,
        unit: json.unit,
        price: to_update(price.map_err(|reason| format!("{}: {reason}", id.id()))?),
        max: to_update(json.max_centi),
        available: json.available,
        vat: json.vat,
    })
}

/// Update by a value of a file: what is missing in an object is kept.
fn to_update<T>(value: Option<T>) -> Update<T> {
    value.map_or(Update::Keep, Update::Set)
}

/// Reads an id of a grade, with the spellings that stations' own systems use.
fn parse_fuel(text: &str) -> Result<FuelId, String> {
    let id = match text.trim().to_ascii_lowercase().as_str() {
        "propan" | "lpg" => Some(FuelId::Propane),
        "methane" | "cng" => Some(FuelId::Metan),
        id => FuelId::parse(id),
    };
    id.ok_or_else(|| {
        if AMENITIES.contains(&text.trim()) {
            return format!("«{text}» is a service: have the columns fuels and services changed places?");
        }
        let known: Vec<&str> = FuelId::ALL.iter().map(|fuel| fuel.id()).collect();
        format!("unknown fuel «{text}»; known are {}", known.join(" "))
    })
}

/// `1:a92|a95;2:diesel`, or in JSON a list of `{number, fuels, state}`.
pub(super) fn parse_pumps(cell: &Value) -> Result<Vec<PumpPatch>, String> {
    match cell {
        Value::String(text) => parts(text, ';').map(parse_pump).collect(),
        _ => parse_json::<Vec<JsonPump>>(cell)?.into_iter().map(from_json_pump).collect(),
    }
}

fn parse_pump(text: &str) -> Result<PumpPatch, String> {
    let (number, grades) = text.split_once(':').ok_or_else(|| format!("«{text}» is not like 1:a92|a95"))?;
    let number = number.trim().parse().map_err(|_| format!("«{}» is not a pump number", number.trim()))?;
    from_json_pump(JsonPump { number, fuels: parts(grades, '|').map(str::to_owned).collect(), state: None })
}

fn from_json_pump(pump: JsonPump) -> Result<PumpPatch, String> {
    let fuels = pump.fuels.iter().map(|id| parse_fuel(id)).collect::<Result<_, _>>()?;
    Ok(PumpPatch { number: PumpNumber(pump.number), fuels, state: pump.state })
}

/// `a95=61.90|diesel=74.35`, or in JSON an object of roubles by id.
pub(super) fn parse_prices(cell: &Value) -> Result<BTreeMap<FuelId, Kopecks>, String> {
    match cell {
        Value::String(text) => parts(text, '|')
            .map(|part| {
                let (id, price) =
                    part.split_once('=').ok_or_else(|| format!("«{part}» is not like a95=61.90"))?;
                Ok((parse_fuel(id)?, parse_roubles(price)?))
            })
            .collect(),
        Value::Object(prices) => {
            prices.iter().map(|(id, price)| Ok((parse_fuel(id)?, parse_json_roubles(price)?))).collect()
        }
        _ => Err("is not an object of prices by fuel".to_owned()),
    }
}

/// Products, in JSON only: a list of `{sku, name, price, kind, unit, vat}`.
pub(super) fn parse_goods(cell: &Value) -> Result<Vec<Product>, String> {
    parse_json::<Vec<JsonProduct>>(cell)?.into_iter().map(from_json_product).collect()
}

fn from_json_product(json: JsonProduct) -> Result<Product, String> {
    Ok(Product {
        price: parse_json_roubles(&json.price).map_err(|reason| format!("{}: {reason}", json.sku))?,
        sku: Sku(json.sku),
        name: json.name,
        kind: json.kind,
        unit: json.unit.unwrap_or(Unit::Piece),
        vat: json.vat,
    })
}

/// `a|b`, `a;b`, or in JSON a list of texts.
pub(super) fn parse_list(cell: &Value) -> Result<Vec<String>, String> {
    match cell {
        Value::String(text) => Ok(text
            .split(['|', ';'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()),
        _ => parse_json(cell),
    }
}

/// A price in JSON: `"61.90"` or `61.9`. A number is taken by its digits, never as a binary fraction.
pub(super) fn parse_json_roubles(value: &Value) -> Result<Kopecks, String> {
    match value {
        Value::String(text) => parse_roubles(text),
        Value::Number(number) => parse_roubles(&number.to_string()),
        _ => Err("a price is roubles such as 61.90".to_owned()),
    }
}

/// Roubles with at most two decimals, point or comma, above nothing and at most 1,000,000.
fn parse_roubles(text: &str) -> Result<Kopecks, String> {
    let wrong = || format!("«{}» is not a price in roubles such as 61.90", text.trim());
    let plain = text.trim().replace(',', ".");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || fraction.len() > 2 || !is_number(whole) || !is_number(fraction)
    {
        return Err(wrong());
    }
    let kopecks: i64 = format!("{whole}{fraction:0<2}").parse().map_err(|_| wrong())?;
    if (1..=100_000_000).contains(&kopecks) { Ok(Kopecks::new(kopecks)) } else { Err(wrong()) }
}

/// Yes or no in the spellings of tables.
pub(super) fn parse_flag(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "да" => Ok(true),
        "0" | "false" | "no" | "нет" => Ok(false),
        _ => Err(format!("«{text}» is neither yes nor no")),
    }
}

fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty())
}

fn parse_json<T: DeserializeOwned>(cell: &Value) -> Result<T, String> {
    T::deserialize(cell).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::money::Kopecks;
    use serde_json::json;

    use super::{parse_json_roubles, parse_pumps};

    #[test]
    fn roubles_are_read_exactly() {
        for (written, kopecks) in
            [(json!("61.90"), 6190), (json!("61,9"), 6190), (json!(61.9), 6190), (json!(450), 45_000)]
        {
            assert_eq!(parse_json_roubles(&written), Ok(Kopecks::new(kopecks)), "{written}");
        }
        for written in [json!("61.905"), json!("-1"), json!("0"), json!("1e3"), json!(""), json!(null)] {
            assert!(parse_json_roubles(&written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_pump_has_a_number_and_grades_that_are_known() {
        assert_eq!(parse_pumps(&json!("1:a92|a95;2:diesel")).map(|pumps| pumps.len()), Ok(2));
        for wrong in ["a92", "1:a93", "x:a92"] {
            assert!(parse_pumps(&json!(wrong)).is_err(), "{wrong}");
        }
    }
}

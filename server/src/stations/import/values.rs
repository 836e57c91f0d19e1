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

use super::station::SERVICES;

/// A grade as a row tells it: its id, and in JSON whatever else is told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FuelCell {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) unit: Option<Unit>,
    /// Roubles.
    pub(super) price: Option<Value>,
    pub(super) max_centi: Option<Centi>,
    pub(super) available: Option<bool>,
    pub(super) vat: Option<Vat>,
}

/// A pump as a row tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PumpCell {
    pub(super) number: PumpNumber,
    pub(super) fuels: Vec<FuelId>,
    pub(super) state: Option<PumpState>,
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

/// Most pumps of a station, grades of a pump and products of a station.
const MAX_ITEMS: usize = 500;

/// `a92|a95`, or in JSON a list of ids or of objects.
pub(super) fn fuels(cell: &Value) -> Result<Vec<(FuelId, FuelCell)>, String> {
    let cells: Vec<FuelCell> = match cell {
        Value::Array(list) if list.iter().any(Value::is_object) => json(cell)?,
        _ => list(cell)?.into_iter().map(|id| FuelCell { id, ..FuelCell::default() }).collect(),
    };
    let mut fuels: Vec<(FuelId, FuelCell)> = Vec::new();
    for cell in cells {
        let id = fuel(&cell.id)?;
        // The same grade twice in a list of ids says nothing new.
        if !fuels.iter().any(|(known, _)| *known == id) {
            fuels.push((id, cell));
        }
    }
    Ok(fuels)
}

/// An id of a grade, with the spellings that stations' own systems use.
fn fuel(text: &str) -> Result<FuelId, String> {
    let id = match text.trim().to_ascii_lowercase().as_str() {
        "propan" | "lpg" => Some(FuelId::Propane),
        "methane" | "cng" => Some(FuelId::Metan),
        id => FuelId::parse(id),
    };
    id.ok_or_else(|| {
        if SERVICES.contains(&text.trim()) {
            return format!("«{text}» is a service: have the columns fuels and services changed places?");
        }
        let known: Vec<&str> = FuelId::ALL.iter().map(|fuel| fuel.id()).collect();
        format!("unknown fuel «{text}»; known are {}", known.join(" "))
    })
}

/// `1:a92|a95;2:diesel`, or in JSON a list of `{number, fuels, state}`.
pub(super) fn pumps(cell: &Value) -> Result<Vec<PumpCell>, String> {
    let pumps: Vec<PumpCell> = match cell {
        Value::String(text) => parts(text, ';').map(pump).collect::<Result<_, _>>()?,
        _ => json::<Vec<JsonPump>>(cell)?.into_iter().map(json_pump).collect::<Result<_, _>>()?,
    };
    let mut numbers: Vec<_> = pumps.iter().map(|pump| pump.number).collect();
    numbers.sort_unstable();
    match numbers.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(_) => Err("a pump number stands twice".to_owned()),
        None if pumps.len() > MAX_ITEMS => Err("too many pumps".to_owned()),
        None => Ok(pumps),
    }
}

fn pump(text: &str) -> Result<PumpCell, String> {
    let (number, grades) = text.split_once(':').ok_or_else(|| format!("«{text}» is not like 1:a92|a95"))?;
    let number = number.trim().parse().map_err(|_| format!("«{}» is not a pump number", number.trim()))?;
    json_pump(JsonPump { number, fuels: parts(grades, '|').map(str::to_owned).collect(), state: None })
}

fn json_pump(pump: JsonPump) -> Result<PumpCell, String> {
    if pump.number == 0 {
        return Err("pumps are numbered from 1".to_owned());
    }
    if pump.fuels.is_empty() {
        return Err(format!("pump {} has no fuels", pump.number));
    }
    let fuels = pump.fuels.iter().map(|id| fuel(id)).collect::<Result<_, _>>()?;
    Ok(PumpCell { number: PumpNumber(pump.number), fuels, state: pump.state })
}

/// `a95=61.90|diesel=74.35`, or in JSON an object of roubles by id.
pub(super) fn prices(cell: &Value) -> Result<BTreeMap<FuelId, Kopecks>, String> {
    match cell {
        Value::String(text) => parts(text, '|')
            .map(|part| {
                let (id, price) =
                    part.split_once('=').ok_or_else(|| format!("«{part}» is not like a95=61.90"))?;
                Ok((fuel(id)?, roubles(price)?))
            })
            .collect(),
        Value::Object(prices) => {
            prices.iter().map(|(id, price)| Ok((fuel(id)?, json_roubles(price)?))).collect()
        }
        _ => Err("is not an object of prices by fuel".to_owned()),
    }
}

/// Products, in JSON only: a list of `{sku, name, price, kind, unit, vat}`.
pub(super) fn goods(cell: &Value) -> Result<Vec<Product>, String> {
    let cells: Vec<JsonProduct> = json(cell)?;
    if cells.len() > MAX_ITEMS {
        return Err("too many products".to_owned());
    }
    let mut goods: Vec<Product> = Vec::new();
    for cell in cells {
        if cell.sku.is_empty() || cell.sku.chars().count() > 64 {
            return Err("a sku has 1 to 64 characters".to_owned());
        }
        if cell.name.trim().is_empty() || cell.name.chars().count() > 128 {
            return Err(format!("the name of {} must have 1 to 128 characters", cell.sku));
        }
        if goods.iter().any(|product| product.sku.0 == cell.sku) {
            return Err(format!("the sku {} stands twice", cell.sku));
        }
        goods.push(Product {
            price: json_roubles(&cell.price).map_err(|reason| format!("{}: {reason}", cell.sku))?,
            sku: Sku(cell.sku),
            name: cell.name.trim().to_owned(),
            kind: cell.kind,
            unit: cell.unit.unwrap_or(Unit::Piece),
            vat: cell.vat,
        });
    }
    Ok(goods)
}

/// `a|b`, `a;b`, or in JSON a list of texts.
pub(super) fn list(cell: &Value) -> Result<Vec<String>, String> {
    match cell {
        Value::String(text) => Ok(text
            .split(['|', ';'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()),
        _ => json(cell),
    }
}

/// A price in JSON: `"61.90"` or `61.9`. A number is taken by its digits, never as a binary fraction.
pub(super) fn json_roubles(value: &Value) -> Result<Kopecks, String> {
    match value {
        Value::String(text) => roubles(text),
        Value::Number(number) => roubles(&number.to_string()),
        _ => Err("a price is roubles such as 61.90".to_owned()),
    }
}

/// Roubles with at most two decimals, point or comma, above nothing and at most 1,000,000.
fn roubles(text: &str) -> Result<Kopecks, String> {
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
pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "да" => Ok(true),
        "0" | "false" | "no" | "нет" => Ok(false),
        _ => Err(format!("«{text}» is neither yes nor no")),
    }
}

fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty())
}

fn json<T: DeserializeOwned>(cell: &Value) -> Result<T, String> {
    T::deserialize(cell).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::money::Kopecks;
    use serde_json::json;

    use super::{json_roubles, pumps};

    #[test]
    fn roubles_are_read_exactly() {
        for (written, kopecks) in
            [(json!("61.90"), 6190), (json!("61,9"), 6190), (json!(61.9), 6190), (json!(450), 45_000)]
        {
            assert_eq!(json_roubles(&written), Ok(Kopecks::new(kopecks)), "{written}");
        }
        for written in [json!("61.905"), json!("-1"), json!("0"), json!("1e3"), json!(""), json!(null)] {
            assert!(json_roubles(&written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_pump_stands_once_and_sells_something() {
        assert_eq!(pumps(&json!("1:a92|a95;2:diesel")).map(|pumps| pumps.len()), Ok(2));
        for wrong in ["1:a92;1:a95", "1:", "0:a92", "a92", "1:a93"] {
            assert!(pumps(&json!(wrong)).is_err(), "{wrong}");
        }
    }
}

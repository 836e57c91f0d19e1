//! The columns of a file, and the patch that a row of them makes.
//!
//! The columns are [`COLUMNS`]: `id` or `osm_id` and `lat`, `lon` must be there, `ref` and `number` are the same.
//! Others are not read.

use domain::{geo::Point, id::StationId};
use serde_json::Value;

use super::{report::ImportFinding, row::ImportRow, values};
use crate::stations::patch::{FuelsPatch, GoodsPatch, StationPatch, TradePatch, Update};

/// The columns that are read.
pub(super) const COLUMNS: [&str; 24] = [
    "id",
    "osm_id",
    "lat",
    "lon",
    "name",
    "brand",
    "operator",
    "ref",
    "number",
    "city",
    "address",
    "opening_hours",
    "is_24_7",
    "time_zone",
    "phone",
    "fuels",
    "services",
    "pumps",
    "prices",
    "goods",
    "enabled",
    "closed_reason",
    "merchant_id",
    "shop_id",
];

/// The id of a row: `id` as it is, or `osm-n123` for the object `n123` or `node/123` of OpenStreetMap.
pub(super) fn read_id(row: &ImportRow) -> Result<StationId, ImportFinding> {
    let (column, text) = match (row.text("id"), row.text("osm_id")) {
        (Some(id), _) => ("id", id),
        (None, Some(osm_id)) => ("osm_id", format!("osm-{}", short_osm_id(&osm_id))),
        (None, None) => return Err(row.finding("id", "missing; osm_id would do as well")),
    };
    StationId::parse(&text).ok_or_else(|| {
        row.finding(column, format!("«{text}» is not 1 to 64 characters of A–Z a–z 0–9 . _ -"))
    })
}

fn short_osm_id(id: &str) -> String {
    match id.split_once('/') {
        Some((kind, number)) => kind.chars().take(1).chain(number.chars()).collect(),
        None => id.to_owned(),
    }
}

/// Reads the patch that a row makes.
pub(super) fn read_patch(row: &ImportRow) -> Result<StationPatch, ImportFinding> {
    Ok(StationPatch {
        point: Some(Point { lat: degrees(row, "lat")?, lon: degrees(row, "lon")? }),
        brand: row.text_update("brand")?,
        city: row.text_update("city")?,
        address: row.text_update("address")?,
        closed_reason: row.text_update("closed_reason")?,
        merchant_id: row.text_update("merchant_id")?,
        shop_id: shop_id(row)?,
        number: row.text_update(if row.has_column("number") { "number" } else { "ref" })?,
        phone: row.text_update("phone")?,
        enabled: enabled(row)?,
        name: row.text_update("name")?,
        operator: row.checked_text("operator")?,
        is_own_name: row.text("id").is_some(),
        time_zone: row.text("time_zone"),
        opening_hours: opening_hours(row)?,
        amenities: read_list(row, "services", values::parse_list)?,
        trade: trade(row)?,
    })
}

/// Degrees with a decimal point or comma.
fn degrees(row: &ImportRow, column: &str) -> Result<f64, ImportFinding> {
    let text = row.text(column).ok_or_else(|| row.finding(column, "missing"))?;
    match text.replace(',', ".").parse::<f64>() {
        Ok(degrees) if degrees.is_finite() => Ok(degrees),
        _ => Err(row.finding(column, format!("«{text}» is not a number of degrees"))),
    }
}

fn enabled(row: &ImportRow) -> Result<Option<bool>, ImportFinding> {
    let flag = row.text("enabled").map(|text| values::parse_flag(&text));
    flag.transpose().map_err(|reason| row.finding("enabled", reason))
}

fn shop_id(row: &ImportRow) -> Result<Update<i64>, ImportFinding> {
    if !row.has_column("shop_id") {
        return Ok(Update::Keep);
    }
    let number = row.text("shop_id").map(|text| text.parse()).transpose();
    number.map(Update::from_option).map_err(|_| row.finding("shop_id", "is not a whole number"))
}

/// Reads the hours; `is_24_7` counts where there are none.
fn opening_hours(row: &ImportRow) -> Result<Update<String>, ImportFinding> {
    if !row.has_column("opening_hours") && !row.has_column("is_24_7") {
        return Ok(Update::Keep);
    }
    let is_always_open = row.text("is_24_7").is_some_and(|text| values::parse_flag(&text) == Ok(true));
    let hours = row.checked_text("opening_hours")?;
    Ok(Update::from_option(hours.or_else(|| is_always_open.then(|| "24/7".to_owned()))))
}

fn trade(row: &ImportRow) -> Result<TradePatch, ImportFinding> {
    Ok(TradePatch {
        fuels: read_list(row, "fuels", values::parse_fuels)?.map_or(FuelsPatch::Keep, FuelsPatch::Replace),
        prices: read_list(row, "prices", values::parse_prices)?,
        pumps: read_list(row, "pumps", values::parse_pumps)?,
        goods: read_list(row, "goods", values::parse_goods)?.map_or(GoodsPatch::Keep, GoodsPatch::Replace),
    })
}

/// The list of this column, which replaces the one that is known; an empty cell is an empty list.
fn read_list<T: Default>(
    row: &ImportRow,
    column: &str,
    read: impl FnOnce(&Value) -> Result<T, String>,
) -> Result<Option<T>, ImportFinding> {
    if row.has_column(column) { Ok(Some(row.read_cell(column, read)?.unwrap_or_default())) } else { Ok(None) }
}

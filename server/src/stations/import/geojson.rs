use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{error::ImportError, report::ImportFinding, row::ImportRow};

#[derive(Deserialize)]
struct FeatureCollection {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    id: Value,
    geometry: Option<Geometry>,
    properties: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Value,
}

/// Rows of a `FeatureCollection` of points. Properties have our column names, or are OpenStreetMap's tags.
pub(super) fn rows(text: &str) -> Result<Vec<Result<ImportRow, ImportFinding>>, ImportError> {
    let shape = |problem: String| ImportError::Shape { kind: "GeoJSON", problem };
    let collection: FeatureCollection =
        serde_json::from_str(text).map_err(|error| shape(error.to_string()))?;
    if collection.kind != "FeatureCollection" {
        return Err(shape(format!("it is a {}, not a FeatureCollection", collection.kind)));
    }
    Ok((1..).zip(collection.features).map(|(number, feature)| row(number, feature)).collect())
}

fn row(number: u64, feature: Feature) -> Result<ImportRow, ImportFinding> {
    let wrong = |reason: String| ImportFinding { row: number, column: "geometry".to_owned(), reason };
    let geometry = feature.geometry.ok_or_else(|| wrong("missing".to_owned()))?;
    if geometry.kind != "Point" {
        return Err(wrong(format!(
            "a {}; only points are taken, export the centres of areas",
            geometry.kind
        )));
    }
    let (Some(lon), Some(lat)) = (geometry.coordinates.get(0), geometry.coordinates.get(1)) else {
        return Err(wrong("a point has a longitude and a latitude".to_owned()));
    };
    let mut cells: BTreeMap<_, _> = feature.properties.unwrap_or_default().into_iter().collect();
    cells.insert("lon".to_owned(), lon.clone());
    cells.insert("lat".to_owned(), lat.clone());
    if !cells.contains_key("id") && !cells.contains_key("osm_id") {
        let id = cells.get("@id").cloned().unwrap_or(feature.id);
        let column = if id.as_str().is_some_and(|id| id.contains('/')) { "osm_id" } else { "id" };
        cells.insert(column.to_owned(), id);
    }
    add_columns_of_tags(&mut cells);
    Ok(ImportRow { number, cells })
}

const FUEL_TAGS: [(&str, &str); 9] = [
    ("fuel:octane_80", "a80"),
    ("fuel:octane_92", "a92"),
    ("fuel:octane_95", "a95"),
    ("fuel:octane_98", "a98"),
    ("fuel:octane_100", "a100"),
    ("fuel:diesel", "diesel"),
    ("fuel:lpg", "propane"),
    ("fuel:cng", "metan"),
    ("fuel:adblue", "adblue"),
];

const SERVICE_TAGS: [(&str, &str); 8] = [
    ("shop", "shop"),
    ("cafe", "cafe"),
    ("car_wash", "car_wash"),
    ("compressed_air", "tyre_air"),
    ("toilets", "toilet"),
    ("atm", "atm"),
    ("internet_access", "wifi"),
    ("vacuum_cleaner", "vacuum"),
];

/// Adds our columns where there are only tags for them.
fn add_columns_of_tags(cells: &mut BTreeMap<String, Value>) {
    let fuels = tagged(cells, &FUEL_TAGS);
    if !fuels.is_empty() {
        cells.entry("fuels".to_owned()).or_insert(Value::Array(fuels));
    }
    let services = tagged(cells, &SERVICE_TAGS);
    if !services.is_empty() {
        cells.entry("services".to_owned()).or_insert(Value::Array(services));
    }
    let tag = |name: &str| cells.get(name).and_then(Value::as_str).map(str::to_owned);
    let address: Vec<String> = [tag("addr:street"), tag("addr:housenumber")].into_iter().flatten().collect();
    let copies = [
        ("address", (!address.is_empty()).then(|| address.join(", "))),
        ("city", tag("addr:city")),
        ("phone", tag("contact:phone")),
    ];
    for (column, value) in copies {
        if let Some(value) = value {
            cells.entry(column.to_owned()).or_insert(Value::String(value));
        }
    }
}

/// Ids whose tag has another value than no.
fn tagged(cells: &BTreeMap<String, Value>, tags: &[(&str, &str)]) -> Vec<Value> {
    let is_set = |tag: &str| match cells.get(tag) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(value)) => !matches!(value.as_str(), "" | "no" | "none"),
        Some(_) => true,
    };
    tags.iter().filter(|(tag, _)| is_set(tag)).map(|(_, id)| Value::from(*id)).collect()
}

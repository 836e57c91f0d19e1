//! Stations from files: `.csv`, `.json`, `.geojson`. A row is taken whole or rejected with its number, the column
//! and the reason; the rows that are taken are written in one transaction.
//!
//! A column that the file has not leaves what a known station has; an empty cell clears it. The columns are listed
//! at [`station`].

mod csv;
mod geojson;
mod hours;
mod json;
mod place;
mod report;
mod row;
mod station;
mod text;
mod twins;
mod values;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use domain::{geo::Point, id::StationId, station::Station};
use serde_json::json;
use time::OffsetDateTime;

pub use report::{Finding, Report};
use row::Row;
pub(super) use station::{UNNAMED, admit_grades};
use twins::Twins;

use super::store::{Store, StoreError};

/// The largest file: the whole of Russia has 30,000 stations, which is a tenth of it.
pub const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// Why a file was not imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file has {bytes} bytes; the most is {MAX_BYTES}")]
    TooLarge { bytes: u64 },
    #[error("the name of the file must end in .csv, .json or .geojson")]
    Kind,
    #[error("the file is not {kind}: {problem}")]
    Shape { kind: &'static str, problem: String },
    #[error("the file has no column {0}")]
    NoColumn(&'static str),
    #[error("the heading has two columns {0}: which of them is meant?")]
    ColumnTwice(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    GeoJson,
}

impl Format {
    /// By the end of the file's name, in any letter case.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "geojson" => Some(Self::GeoJson),
            _ => None,
        }
    }
}

/// Imports a file. `now` becomes the time of change of every station that is inserted or updated.
///
/// # Errors
/// The file cannot be read, is too large or not what its name says, or the database does not answer; then nothing
/// was written.
pub async fn import_file(store: &Store, path: &Path, now: OffsetDateTime) -> Result<Report, ImportError> {
    let format = Format::of(path).ok_or(ImportError::Kind)?;
    let bytes = tokio::fs::metadata(path).await?.len();
    if bytes > MAX_BYTES {
        return Err(ImportError::TooLarge { bytes });
    }
    import_bytes(store, format, &tokio::fs::read(path).await?, now).await
}

/// Imports what a file of this form holds.
///
/// # Errors
/// As [`import_file`].
pub async fn import_bytes(
    store: &Store,
    format: Format,
    bytes: &[u8],
    now: OffsetDateTime,
) -> Result<Report, ImportError> {
    let decoded = text::decode(bytes);
    let rows = rows(format, &decoded.text)?;
    let note = decoded.note.map(|note| Finding { row: 1, column: String::new(), reason: note.to_owned() });
    let (changes, findings) = store.merge(now, |present| plan(rows, present)).await?;
    Ok(Report {
        inserted: changes.inserted,
        updated: changes.updated,
        unchanged: changes.unchanged,
        rejected: findings.rejected,
        warnings: note.into_iter().chain(findings.warnings).collect(),
    })
}

/// The stations that a file of this form holds, each as it would be in an empty database; nothing is written.
///
/// # Errors
/// The file is not what its form says.
pub fn read_bytes(format: Format, bytes: &[u8]) -> Result<Vec<Station>, ImportError> {
    let rows = rows(format, &text::decode(bytes).text)?;
    Ok(plan(rows, &BTreeMap::new()).0)
}

fn rows(format: Format, text: &str) -> Result<Vec<Result<Row, Finding>>, ImportError> {
    match format {
        Format::Csv => csv::rows(text),
        Format::Json => json::rows(text),
        Format::GeoJson => geojson::rows(text),
    }
}

/// Writes one station told as a row of a JSON file is; the same rules.
///
/// # Errors
/// The database does not answer; then nothing was written.
pub async fn import_one(
    store: &Store,
    cells: serde_json::Map<String, serde_json::Value>,
    now: OffsetDateTime,
) -> Result<Report, StoreError> {
    let row = Row { number: 1, cells: cells.into_iter().collect() };
    let (changes, findings) = store.merge(now, |present| plan(vec![Ok(row)], present)).await?;
    Ok(Report {
        inserted: changes.inserted,
        updated: changes.updated,
        unchanged: changes.unchanged,
        rejected: findings.rejected,
        warnings: findings.warnings,
    })
}

/// What has to be known of a station before it can be in the catalogue.
pub(super) struct Told<'a> {
    pub(super) id: &'a StationId,
    pub(super) name: &'a str,
    pub(super) address: &'a str,
    pub(super) point: Point,
}

/// A station that is not in the catalogue yet, held to the rules of the import, with what was repaired.
pub(super) fn make(told: Told<'_>) -> Result<(Station, Vec<Finding>), Finding> {
    let cells = [
        ("id", json!(told.id)),
        ("lat", json!(told.point.lat)),
        ("lon", json!(told.point.lon)),
        ("name", json!(told.name)),
        ("address", json!(told.address)),
    ];
    let row = Row { number: 1, cells: cells.map(|(column, cell)| (column.to_owned(), cell)).into() };
    station::lay_over(&row, told.id.clone(), None)
}

#[derive(Debug, Default)]
struct Findings {
    rejected: Vec<Finding>,
    warnings: Vec<Finding>,
}

/// Turns rows into stations, each laid over the station of the same id that is `present`.
fn plan(rows: Vec<Result<Row, Finding>>, present: &BTreeMap<StationId, Station>) -> (Vec<Station>, Findings) {
    let mut findings = Findings::default();
    let mut stations = Vec::new();
    let mut seen = HashMap::new();
    let mut twins = Twins::default();
    for row in rows {
        let taken = row.and_then(|row| {
            if let Some(column) = row.damaged(&station::COLUMNS) {
                return Err(row.finding(column, "has letters that cannot be read: save the file as UTF-8"));
            }
            let id = station::id(&row)?;
            if let Some(first) = seen.get(&id) {
                return Err(row.finding("id", format!("«{id}» stands in row {first} already")));
            }
            let taken = station::lay_over(&row, id.clone(), present.get(&id))?;
            seen.insert(id, row.number);
            let twin = twins.meet(row.number, &taken.0);
            Ok((taken.0, taken.1.into_iter().chain(twin).collect::<Vec<_>>()))
        });
        match taken {
            Ok((station, warnings)) => {
                stations.push(station);
                findings.warnings.extend(warnings);
            }
            Err(finding) => findings.rejected.push(finding),
        }
    }
    (stations, findings)
}

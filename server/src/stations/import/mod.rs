//! Stations from files: `.csv`, `.json`, `.geojson`. A row is taken whole or rejected with its number, the column
//! and the reason; the rows that are taken are written in one transaction.
//!
//! A column that the file has not leaves what a known station has; an empty cell clears it. The columns are listed
//! at [`columns`].

mod columns;
mod csv;
mod duplicates;
mod error;
mod geojson;
mod json;
mod report;
mod row;
mod text;
mod values;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use domain::{id::StationId, station::Station};
use time::OffsetDateTime;

use duplicates::NearbyDuplicates;
pub use error::{ImportError, MAX_FILE_BYTES};
pub use report::{ImportFinding, ImportReport};
use row::ImportRow;

use super::store::StationStore;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    Csv,
    Json,
    GeoJson,
}

impl ImportFormat {
    /// Finds the form by the end of the file's name, in any letter case.
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
/// `Read`, `TooLarge` or `Kind` if the file cannot be read; otherwise as [`import_bytes`]. Nothing was written then.
pub async fn import_file(
    store: &StationStore,
    path: &Path,
    now: OffsetDateTime,
) -> Result<ImportReport, ImportError> {
    let format = ImportFormat::of(path).ok_or(ImportError::Kind)?;
    let bytes = tokio::fs::metadata(path).await?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge { bytes });
    }
    import_bytes(store, format, &tokio::fs::read(path).await?, now).await
}

/// Imports the contents of a file of this form.
///
/// # Errors
/// `Shape`, `NoColumn` or `ColumnTwice` if the file is not what its form says, `Store` if the database does not answer;
/// then nothing was written.
pub async fn import_bytes(
    store: &StationStore,
    format: ImportFormat,
    bytes: &[u8],
    now: OffsetDateTime,
) -> Result<ImportReport, ImportError> {
    let decoded = text::decode(bytes);
    let rows = rows(format, &decoded.text)?;
    let note =
        decoded.note.map(|note| ImportFinding { row: 1, column: String::new(), reason: note.to_owned() });
    let (changes, findings) = store.merge(now, |present| plan(rows, present)).await?;
    Ok(ImportReport {
        inserted: changes.inserted,
        updated: changes.updated,
        unchanged: changes.unchanged,
        rejected: findings.rejected,
        warnings: note.into_iter().chain(findings.warnings).collect(),
    })
}

/// Reads the stations of a file of this form, each as it would be in an empty database; nothing is written.
///
/// # Errors
/// `Shape`, `NoColumn` or `ColumnTwice` if the file is not what its form says.
pub fn read_bytes(format: ImportFormat, bytes: &[u8]) -> Result<Vec<Station>, ImportError> {
    let rows = rows(format, &text::decode(bytes).text)?;
    Ok(plan(rows, &BTreeMap::new()).0)
}

fn rows(format: ImportFormat, text: &str) -> Result<Vec<Result<ImportRow, ImportFinding>>, ImportError> {
    match format {
        ImportFormat::Csv => csv::rows(text),
        ImportFormat::Json => json::rows(text),
        ImportFormat::GeoJson => geojson::rows(text),
    }
}

#[derive(Debug, Default)]
struct Findings {
    rejected: Vec<ImportFinding>,
    warnings: Vec<ImportFinding>,
}

/// Turns rows into stations, each merged into the station of the same id that is `present`.
fn plan(
    rows: Vec<Result<ImportRow, ImportFinding>>,
    present: &BTreeMap<StationId, Station>,
) -> (Vec<Station>, Findings) {
    let mut findings = Findings::default();
    let mut stations = Vec::new();
    let mut seen = HashMap::new();
    let mut duplicates = NearbyDuplicates::default();
    for row in rows {
        let applied = row.and_then(|row| {
            let (station, mut warnings) = apply_row(&row, present, &seen)?;
            seen.insert(station.id.clone(), row.number);
            warnings.extend(duplicates.check_and_add(row.number, &station));
            Ok((station, warnings))
        });
        match applied {
            Ok((station, warnings)) => {
                stations.push(station);
                findings.warnings.extend(warnings);
            }
            Err(finding) => findings.rejected.push(finding),
        }
    }
    (stations, findings)
}

/// Makes the station of a row, with warnings of what was repaired or not understood. `seen` holds the ids of the rows
/// before.
fn apply_row(
    row: &ImportRow,
    present: &BTreeMap<StationId, Station>,
    seen: &HashMap<StationId, u64>,
) -> Result<(Station, Vec<ImportFinding>), ImportFinding> {
    if let Some(column) = row.damaged_column(&columns::COLUMNS) {
        return Err(row.finding(column, "has letters that cannot be read: save the file as UTF-8"));
    }
    let id = columns::read_id(row)?;
    if let Some(first) = seen.get(&id) {
        return Err(row.finding("id", format!("«{id}» is in row {first} already")));
    }
    let patched =
        columns::read_patch(row)?.apply(&id, present.get(&id)).map_err(|error| row.to_rejection(&error))?;
    let warnings = patched.notes.iter().map(|note| row.to_warning(note)).collect();
    Ok((patched.station, warnings))
}

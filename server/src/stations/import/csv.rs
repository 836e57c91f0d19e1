use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::Value;

use super::{error::ImportError, report::ImportFinding, row::ImportRow};

/// Rows of a table with a heading, separated by commas, semicolons or tabs. A row that has more or fewer cells than
/// the heading is a finding: its cells may have slipped.
pub(super) fn rows(text: &str) -> Result<Vec<Result<ImportRow, ImportFinding>>, ImportError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let shape = |error: csv::Error| ImportError::Shape { kind: "CSV", problem: error.to_string() };
    let columns: Vec<String> = reader.headers().map_err(shape)?.iter().map(str::to_lowercase).collect();
    for needed in ["lat", "lon"] {
        if !columns.iter().any(|column| column == needed) {
            return Err(ImportError::NoColumn(needed));
        }
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = columns.iter().find(|column| !column.is_empty() && !seen.insert(*column)) {
        return Err(ImportError::ColumnTwice(twice.clone()));
    }
    reader.records().map(|record| Ok(row(&columns, &record.map_err(shape)?))).collect()
}

/// The separator that the heading has most of.
fn delimiter(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| heading.bytes().filter(|byte| byte == separator).count();
    // The last of equals wins: a comma.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn row(columns: &[String], record: &StringRecord) -> Result<ImportRow, ImportFinding> {
    let number = record.position().map_or(0, csv::Position::line);
    if record.len() != columns.len() {
        let reason = format!("{} cells under a heading of {}", record.len(), columns.len());
        return Err(ImportFinding { row: number, column: String::new(), reason });
    }
    let cells =
        columns.iter().zip(record).map(|(column, cell)| (column.clone(), Value::from(cell))).collect();
    Ok(ImportRow { number, cells })
}

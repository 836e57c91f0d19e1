use std::collections::BTreeMap;

use serde_json::Value;

use super::report::ImportFinding;
use crate::stations::patch::{PatchError, PatchNote, Update};

/// A row of any of the file forms. Cells of a CSV file are texts; JSON may hold lists and objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImportRow {
    /// See [`ImportFinding::row`].
    pub(super) number: u64,
    pub(super) cells: BTreeMap<String, Value>,
}

impl ImportRow {
    /// Whether the file has this column, be the cell empty or not.
    pub(super) fn has_column(&self, column: &str) -> bool {
        self.cells.contains_key(column)
    }

    /// A cell that is not empty.
    pub(super) fn cell(&self, column: &str) -> Option<&Value> {
        self.cells.get(column).filter(|cell| match cell {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        })
    }

    /// A cell as text without blanks around it; `None` when it is empty, a list or an object.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        match self.cell(column)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A text of this column; `None` for an empty cell.
    pub(super) fn checked_text(&self, column: &str) -> Result<Option<String>, ImportFinding> {
        match self.text(column) {
            None if self.cell(column).is_some() => Err(self.finding(column, "is not a text")),
            text => Ok(text),
        }
    }

    /// Update of a text by this column: an empty cell clears it, a missing column keeps it.
    pub(super) fn text_update(&self, column: &str) -> Result<Update<String>, ImportFinding> {
        if self.has_column(column) {
            self.checked_text(column).map(Update::from_option)
        } else {
            Ok(Update::Keep)
        }
    }

    /// Reads a cell that is not empty.
    pub(super) fn read_cell<T>(
        &self,
        column: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<Option<T>, ImportFinding> {
        self.cell(column).map(read).transpose().map_err(|reason| self.finding(column, reason))
    }

    /// Finds the first of these columns with letters that decoding could not read.
    pub(super) fn damaged_column<'a>(&self, columns: &[&'a str]) -> Option<&'a str> {
        columns
            .iter()
            .copied()
            .find(|column| self.text(column).is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER)))
    }

    pub(super) fn finding(&self, column: &str, reason: impl Into<String>) -> ImportFinding {
        ImportFinding { row: self.number, column: column.to_owned(), reason: reason.into() }
    }

    pub(super) fn to_rejection(&self, error: &PatchError) -> ImportFinding {
        self.finding(self.column_of(error.field), error.problem.to_string())
    }

    pub(super) fn to_warning(&self, note: &PatchNote) -> ImportFinding {
        self.finding(self.column_of(note.field()), note.to_string())
    }

    /// The network's number of a station has two names.
    fn column_of(&self, field: &'static str) -> &'static str {
        if field == "number" && !self.has_column("number") { "ref" } else { field }
    }
}

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;

/// A row of any of the file forms. Cells of a CSV file are texts; JSON may hold lists and objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// See [`Finding::row`].
    pub(super) number: u64,
    pub(super) cells: BTreeMap<String, Value>,
}

impl Row {
    /// Does the file have this column, be the cell empty or not?
    pub(super) fn has(&self, column: &str) -> bool {
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

    /// The first of these columns that has letters which decoding could not read.
    pub(super) fn damaged<'a>(&self, columns: &[&'a str]) -> Option<&'a str> {
        columns
            .iter()
            .copied()
            .find(|column| self.text(column).is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER)))
    }

    pub(super) fn finding(&self, column: &str, reason: impl Into<String>) -> Finding {
        Finding { row: self.number, column: column.to_owned(), reason: reason.into() }
    }
}

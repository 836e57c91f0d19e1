use std::fmt;

/// Counts and findings of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub inserted: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Rows that were left out.
    pub rejected: Vec<ImportFinding>,
    /// Rows that were taken with something repaired or not understood.
    pub warnings: Vec<ImportFinding>,
}

/// A finding about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFinding {
    /// CSV: the line of the file where the row begins, the heading being line 1. JSON and GeoJSON: the place in the
    /// list, from 1.
    pub row: u64,
    /// Empty when it is about the row as a whole.
    pub column: String,
    pub reason: String,
}

impl fmt::Display for ImportFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column.as_str() {
            "" => write!(f, "row {}: {}", self.row, self.reason),
            column => write!(f, "row {}, {column}: {}", self.row, self.reason),
        }
    }
}

impl fmt::Display for ImportReport {
    /// One line of sums, then a line for each finding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "inserted {}, updated {}, unchanged {}, rejected {}",
            self.inserted,
            self.updated,
            self.unchanged,
            self.rejected.len()
        )?;
        for finding in &self.rejected {
            write!(f, "\nrejected {finding}")?;
        }
        for finding in &self.warnings {
            write!(f, "\nwarning {finding}")?;
        }
        Ok(())
    }
}
